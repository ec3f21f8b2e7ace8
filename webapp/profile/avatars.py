"""Avatars: upload and remove one's own, serve anybody's."""

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from models.profile.avatars import MOST_BYTES, make_avatar
from models.profile.commands import set_avatar
from models.profile.queries import get_avatar
from models.shared.errors import Invalid
from models.shared.transactions import reading
from webapp.profile.area import blueprint
from webapp.profile.people import show_person
from webapp.profile.preferences import change_preferences
from webapp.shared.pages.fragments import go_to
from webapp.shared.people.rights import needs, person, takes_upload
from webapp.shared.process.threads import beside
from webapp.shared.process.turns import TURNS

OVERHEAD = 64 * 1024  # what multipart encoding adds to the file


@blueprint.post("/avatar")
@needs("profile.own")
@takes_upload(MOST_BYTES + OVERHEAD)
def send_avatar() -> ResponseReturnValue:
    """Set the person's avatar from the uploaded file, ignoring its name."""
    sent = request.files.get("avatar")
    try:
        keep_avatar(sent.read(MOST_BYTES + 1) if sent else b"")
    except Invalid as error:
        return show_person(person().uid, error.status, errors=error.errors)
    return go_to(url_for("profile.own_page"))


@blueprint.post("/avatar/none")
@needs("profile.own")
def drop_avatar() -> ResponseReturnValue:
    """Remove the person's avatar; pages show their initials again."""
    keep_avatar(None)
    return go_to(url_for("profile.own_page"))


@blueprint.get("/people/<uid>/face")
@needs("people.see")
def face(uid: str) -> ResponseReturnValue:
    """Serve a person's avatar, cached as immutable if the URL has its digest (`v`).

    Otherwise browsers revalidate it by ETag.
    """
    with reading("profile") as session:
        kept = get_avatar(session, uid)
    response = Response(kept.picture, mimetype="image/webp")
    response.set_etag(kept.digest)
    is_this_one = request.args.get("v") == kept.digest
    response.headers["Cache-Control"] = (
        f"private, {'max-age=31536000, immutable' if is_this_one else 'no-cache'}"
    )
    return response.make_conditional(request)


def keep_avatar(file: bytes | None) -> str:
    """Make and store the avatar, or remove it for None; return its digest.

    Raises Invalid for the field `avatar`, and TooManyRequests if too many pictures wait.
    """
    if file is None:
        return change_preferences(set_avatar, None).avatar
    with TURNS.take(person().uid):
        picture = beside(make_avatar, file)
    return change_preferences(set_avatar, picture).avatar
