"""REST API of the profile service: people, company settings, personal preferences."""

import msgspec
from flask import Blueprint, Response, jsonify, request
from pydantic import ValidationError
from spectree import Response as Answers

from models.profile.access_tokens import use_access_token
from models.profile.commands import change_setting as change_one
from models.profile.commands import set_preferences
from models.profile.queries import (
    SettingNow,
    get_setting,
    get_setting_history,
    list_settings,
    preferences_changed_since,
    settings_changed_since,
)
from models.shared.errors import Invalid
from models.shared.settings.company import BY_NAME, as_json, shown
from models.shared.settings.names import name_from_uid
from models.shared.settings.preferences import Channels, as_record
from models.shared.transactions import reading
from webapp.profile.api.shapes import (
    AllPreferencesOut,
    ChangedQuery,
    PeopleOut,
    PreferencesOut,
    PreferencesPatch,
    SettingChangeOut,
    SettingHistoryOut,
    SettingIn,
    SettingOut,
    SettingsOut,
    TokenDigestIn,
    TokenInUseOut,
)
from webapp.profile.directory import DirectoryAway, colleagues_of, company
from webapp.profile.preferences import change_preferences, current_preferences
from webapp.shared.answers.problems import problem
from webapp.shared.people.rights import needs, person
from webapp.shared.requests.commands import run, run_each_time
from webapp.shared.rest.api import (
    api_page,
    choices,
    expected_version,
    spec,
    with_etag,
)

blueprint = Blueprint("profile_api", __name__, url_prefix="/api/v1")


@blueprint.get("/people")
@needs("people.see")
@spec.validate(resp=Answers(HTTP_200=PeopleOut), tags=["profile"], skip_validation=True)
def people() -> Response:
    """Return everyone in the company, by uid, with department, manager and groups.

    The ETag is a hash of the answer; 304 if `If-None-Match` has the current one.
    """
    try:
        listing = company().listing()
    except DirectoryAway:
        return problem(
            503, "directory_away", "The company directory is unavailable. Try again in a moment."
        )
    items = [msgspec.to_builtins(employee) for employee in listing.employees]
    return with_etag(jsonify(items=items), listing.version)


@blueprint.post("/access-tokens/use")
@needs("tokens.check")
@spec.validate(json=TokenDigestIn, resp=Answers(HTTP_200=TokenInUseOut), tags=["profile"])
def use_token(json: TokenDigestIn) -> Response:
    """Return whose personal access token this is, noting its use; for the gateway only."""
    used = run_each_time(use_access_token, json.digest)
    found = TokenInUseOut(in_force=False)
    if used:
        found = TokenInUseOut(
            in_force=True,
            id=used.id,
            uid=used.uid,
            name=None if used.roles is None else name_from_uid(used.uid),
            rights=used.rights,
            roles=used.roles,
        )
    return jsonify(found.model_dump(mode="json"))


@blueprint.get("/settings")
@needs("settings.see")
@spec.validate(
    query=ChangedQuery, resp=Answers(HTTP_200=SettingsOut), tags=["profile"], skip_validation=True
)
def settings() -> Response:
    """Return the company's settings, or those changed after a revision; the ETag is the latest."""
    since = changed_since()
    with reading("profile") as session:
        found = settings_changed_since(session, since or 0)
        rows = list_settings(session) if since is None else found.rows
    body = {
        "items": [_setting(row) for row in rows],
        "revision": found.revision,
        "complete": found.complete,
    }
    return with_etag(jsonify(body), found.revision)


@blueprint.get("/settings/<name>")
@needs("settings.see")
@choices(name=tuple(BY_NAME))
@spec.validate(resp=Answers(HTTP_200=SettingOut), tags=["profile"], skip_validation=True)
def setting(name: str) -> Response:
    """Return one setting; the ETag is the revision of its last change."""
    with reading("profile") as session:
        now = get_setting(session, name)
    return with_etag(jsonify(_setting(now)), now.revision)


@blueprint.put("/settings/<name>")
@needs("settings.change")
@choices(name=tuple(BY_NAME))
@spec.validate(json=SettingIn, resp=Answers(HTTP_200=SettingOut), tags=["profile"])
def change_setting(name: str, json: SettingIn) -> Response:
    """Change one setting; send the revision you read as `If-Match`."""
    run(change_one, name, shown(json.value), expected_version())
    changed: Response = setting(name)
    return changed


@blueprint.get("/settings/<name>/history")
@needs("settings.see")
@choices(name=tuple(BY_NAME))
@spec.validate(resp=Answers(HTTP_200=SettingHistoryOut), tags=["profile"], skip_validation=True)
def history_of_setting(name: str) -> Response:
    """Return the changes of a setting, newest first."""
    with reading("profile") as session:
        get_setting(session, name)
        entries = get_setting_history(session, name)
    shape = SettingChangeOut
    return api_page(
        [
            shape(
                at=entry.at,
                actor=entry.actor,
                was=entry.changes["was"],
                now=entry.changes["now"],
                correlation_id=entry.correlation_id,
            ).model_dump(mode="json")
            for entry in entries
        ]
    )


@blueprint.get("/me/preferences")
@needs("profile.own")
@spec.validate(resp=Answers(HTTP_200=PreferencesOut), tags=["profile"], skip_validation=True)
def my_preferences() -> Response:
    """Return the caller's preferences; the ETag is their revision."""
    now = current_preferences()
    return with_etag(jsonify(as_record(now)), now.revision)


@blueprint.patch("/me/preferences")
@needs("profile.own")
@spec.validate(json=PreferencesPatch, resp=Answers(HTTP_200=PreferencesOut), tags=["profile"])
def change_my_preferences(json: PreferencesPatch) -> Response:
    """Change some of the caller's preferences (RFC 7396).

    Send the revision you read as `If-Match`; without it, the request overwrites any revision.
    """
    wanted = json.model_dump(include=json.model_fields_set)
    if "notify" in wanted:
        wanted["notify"] = msgspec.convert(wanted["notify"], dict[str, Channels])
    _refuse_stranger(wanted.get("delegate"))
    revision = expected_version() if request.if_match else None
    holds = change_preferences(set_preferences, wanted, revision)
    return with_etag(jsonify(as_record(holds)), holds.revision)


@blueprint.get("/preferences")
@needs("preferences.read")
@spec.validate(
    query=ChangedQuery,
    resp=Answers(HTTP_200=AllPreferencesOut),
    tags=["profile"],
    skip_validation=True,
)
def preferences() -> Response:
    """Return everyone's preferences, or those changed after a revision; for services only.

    Services must not show them to anyone else.
    """
    with reading("profile") as session:
        found = preferences_changed_since(session, changed_since() or 0)
    body = {
        "items": [as_record(row) for row in found.rows],
        "revision": found.revision,
        "complete": found.complete,
    }
    return with_etag(jsonify(body), found.revision)


def _refuse_stranger(delegate: str | None) -> None:
    known = colleagues_of(person().uid) if delegate else None
    if delegate and (known is None or delegate not in {each.uid for each in known}):
        raise Invalid(
            {"delegate": "No one in the company directory has this username, or it is unavailable."}
        )


def changed_since() -> int | None:
    """Return the revision in the query, if any; raise Invalid if it is malformed."""
    try:
        return ChangedQuery.model_validate(request.args.to_dict()).changed_since
    except ValidationError as error:
        raise Invalid({"changed_since": error.errors()[0]["msg"]}) from error


def _setting(now: SettingNow) -> dict[str, object]:
    one = now.setting
    return SettingOut(
        name=one.name,
        kind=one.kind,
        value=as_json(now.value),
        default=as_json(one.default),
        label=one.label,
        revision=now.revision,
        changed_by=now.changed_by,
        changed_at=now.changed_at,
    ).model_dump(mode="json")
