"""The page for programs: a person's own access tokens and how to use them; everyone's for IT."""

from collections.abc import Collection
from uuid import UUID

from flask import current_app, request, url_for
from flask.typing import ResponseReturnValue

from models.profile.access_tokens import (
    LIFETIMES,
    LONGEST_NAME,
    create_access_token,
    list_access_tokens,
    revoke_access_token,
)
from models.profile.tables import AccessToken
from models.shared import clock
from models.shared.errors import DomainError, Invalid
from models.shared.transactions import reading
from settings import settings
from webapp.profile.area import blueprint
from webapp.shared.manifest import registry
from webapp.shared.pages.form_keys import whole
from webapp.shared.pages.fragments import go_to, render_page_or_block
from webapp.shared.people.access_tokens import (
    READ,
    WRITE,
    digest_of,
    grantable_rights,
    make_token,
)
from webapp.shared.people.rights import needs, person
from webapp.shared.requests.commands import run

DEFAULT_DAYS = 90
LEVELS = {READ: "Read", WRITE: "Read and write"}


@blueprint.get("/programs")
@needs("tokens.own")
def programs() -> ResponseReturnValue:
    """Show how programs use the API, and the person's own access tokens."""
    return _page()


@blueprint.post("/programs")
@needs("tokens.own")
def create_token() -> ResponseReturnValue:
    """Create an access token and show it, this once."""
    raw = make_token()
    digest, ending = digest_of(raw), raw[-4:]
    try:
        made = run(
            create_access_token,
            request.form.get("name", ""),
            sorted(wanted_rights()),
            whole(request.form.get("days")) or 0,
            digest,
            ending,
            _grantable(),
        )
    except DomainError as error:
        return _page(error=error)
    if made.digest != digest:
        return _page(error=already_shown())
    return _page(201, created=raw)


@blueprint.post("/programs/tokens/<uuid:id_>/revoke")
@needs("tokens.own")
def revoke_token(id_: UUID) -> ResponseReturnValue:
    """Revoke one of the person's own access tokens."""
    run(revoke_access_token, id_)
    return go_to(url_for("profile.programs"))


@blueprint.get("/access-tokens")
@needs("tokens.manage")
def all_tokens() -> ResponseReturnValue:
    """Show everyone's access tokens, for administrators."""
    with reading("profile") as session:
        tokens = list_access_tokens(session)
    return render_page_or_block(
        "profile/access_tokens.html", "main", tokens=tokens, words=rights_in_words, now=clock.now()
    )


@blueprint.post("/access-tokens/<uuid:id_>/revoke")
@needs("tokens.manage")
def revoke_anyones_token(id_: UUID) -> ResponseReturnValue:
    """Revoke anyone's access token."""
    run(revoke_access_token, id_, anyones=True)
    return go_to(url_for("profile.all_tokens"))


def rights_in_words(token: AccessToken) -> str:
    """Return what a token is limited to, such as `Orders: read and write; Expenses: read`."""
    each = {area: level for area, _, level in (right.partition(":") for right in token.rights)}
    return "; ".join(
        f"{name}: {LEVELS[each[area]].lower()}"
        for area, name in registry().apis.items()
        if area in each
    )


def wanted_rights() -> set[str]:
    """Return the rights chosen in the form: at most one level for each area."""
    chosen = {area: request.form.get(f"right-{area}", "") for area in registry().apis}
    return {f"{area}:{level}" for area, level in chosen.items() if level}


def _page(
    status: int = 200, created: str = "", error: DomainError | None = None
) -> ResponseReturnValue:
    with reading("profile") as session:
        tokens = list_access_tokens(session, person().uid)
    return render_page_or_block(
        "profile/programs.html",
        "main",
        error.status if error else status,
        tokens=tokens,
        words=rights_in_words,
        now=clock.now(),
        created=created,
        error=error,
        errors=error.errors if isinstance(error, Invalid) else {},
        areas=choices_among(_grantable()),
        lifetimes=LIFETIMES,
        days=whole(request.form.get("days")) or DEFAULT_DAYS,
        longest_name=LONGEST_NAME,
        base=settings().public_url,
        per_minute=settings().api_token_per_minute,
    )


def _grantable() -> list[str]:
    return grantable_rights(current_app, person(), registry().apis)


def choices_among(rights: Collection[str]) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Return each area with the levels among these rights, for the form."""
    return [
        (area, name, levels)
        for area, name in registry().apis.items()
        if (levels := [each for each in LEVELS.items() if f"{area}:{each[0]}" in rights])
    ]


def already_shown() -> DomainError:
    """Return the refusal of a form that was sent twice: a token is shown only the first time."""
    return DomainError(
        "already_shown",
        "This token was already created, and shown then. If you did not copy it, revoke it "
        "and create another.",
    )
