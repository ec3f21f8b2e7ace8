"""The company's settings: one form for administrators, and the history of each setting."""

from decimal import Decimal
from itertools import groupby

from flask import request, url_for
from flask.typing import ResponseReturnValue

from models.profile.commands import change_settings
from models.profile.queries import SettingNow, get_setting, get_setting_history, list_settings
from models.profile.rules import Change
from models.shared.counts import counted
from models.shared.errors import DomainError, Invalid, Stale
from models.shared.settings.company import SETTINGS, shown
from models.shared.transactions import reading
from webapp.profile.area import blueprint
from webapp.shared.pages.fragments import go_to, render_page_or_block
from webapp.shared.pages.presentation import moment, name_of
from webapp.shared.people.rights import needs
from webapp.shared.requests.commands import run


@blueprint.get("/settings")
@needs("settings.change")
def settings_page() -> ResponseReturnValue:
    """Show the form with the current settings."""
    return _form({})


@blueprint.post("/settings")
@needs("settings.change")
def save_settings() -> ResponseReturnValue:
    """Change the settings that differ from what the person saw, once per form."""
    typed = {setting.name: _typed(setting.name, setting.kind == "switch") for setting in SETTINGS}
    try:
        run(change_settings, {name: change for name, change in typed.items() if change})
    except (Invalid, Stale) as error:
        return _form(typed, error)
    return go_to(url_for("profile.settings_page"))


@blueprint.get("/settings/<name>")
@needs("settings.change")
def setting_history(name: str) -> ResponseReturnValue:
    """Show who changed one setting, when, from what and to what."""
    with reading("profile") as session:
        now, history = get_setting(session, name), get_setting_history(session, name)
    return render_page_or_block(
        "profile/setting.html", "main", now=now, history=history, words=in_words
    )


def in_words(now: SettingNow, typed: str) -> str:
    """Format a value for a sentence: `10%`, `$1,000.00`, `90 days`, or the label of a choice."""
    kind = now.setting.kind
    if kind == "choice":
        return dict(now.setting.choices).get(typed, typed)
    if kind == "money":
        return f"${Decimal(typed):,.2f}"
    if kind == "days":
        return counted(int(typed), "day")
    return f"{typed}%" if kind == "percent" else typed.capitalize()


def _typed(name: str, is_switch: bool) -> Change | None:
    """Return what was posted for one setting; None if the form did not have it.

    An unchecked box posts nothing, so the hidden `was-` field says that the setting was on the
    form.
    """
    was = request.form.get(f"was-{name}")
    new = request.form.get(name, "no" if is_switch else None)
    return None if was is None or new is None else Change(was, new)


def _form(typed: dict[str, Change | None], error: DomainError | None = None) -> ResponseReturnValue:
    with reading("profile") as session:
        rows = list_settings(session)
    fields = [(row, _shown(row, typed)) for row in rows]
    groups = [
        (name, list(each))
        for name, each in groupby(fields, key=lambda field: field[0].setting.group)
    ]
    return render_page_or_block(
        "profile/settings.html",
        "form",
        error.status if error else 200,
        groups=groups,
        words=in_words,
        errors=_errors(error, rows),
    )


def _shown(row: SettingNow, typed: dict[str, Change | None]) -> str:
    """Return what the person typed if they changed it, else the current value."""
    change = typed.get(row.setting.name)
    return change.new if change and change.new != change.was else shown(row.value)


def _errors(error: DomainError | None, rows: list[SettingNow]) -> dict[str, str]:
    if isinstance(error, Invalid):
        return error.errors
    overtaken = error.changes if isinstance(error, Stale) else {}
    return {
        row.setting.name: f"{name_of(row.changed_by or '')} changed this to "
        f"{in_words(row, shown(row.value))}"
        f"{f' ({moment(row.changed_at)})' if row.changed_at else ''}. "
        "Save again to replace it with your value."
        for row in rows
        if row.setting.name in overtaken
    }
