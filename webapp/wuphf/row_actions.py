"""The actions offered in a notification's row, which the areas register in their manifests.

An action posts to the route of the record's own page, so the same checks apply. Its URL is built
from the subject alone. The owning area responds as it does on its page; fragments.go_to leaves the
person where they are, and the row disappears when the owner's event settles the request (SETTLINGS
in models/wuphf/notifications).
"""

from typing import Any, NamedTuple

from flask import url_for

from models.wuphf.queries import Notice
from models.wuphf.words import dollars
from webapp.shared.manifest import RowAction, registry
from webapp.shared.people.rights import can


class Offered(NamedTuple):
    """An action with its URL and hidden fields, ready for the row's template.

    `what` is what it acts on, for a button that confirms: the amount of an expense, otherwise the
    record's number.
    """

    deed: RowAction
    url: str
    fields: dict[str, str]
    what: str


def offered(notice: Notice) -> list[Offered]:
    """Return the actions this person can take here; none without an open request."""
    if not notice.asked:
        return []
    return [
        Offered(deed, _address(deed, notice.subject_key), _fields(deed, notice), _what(notice))
        for deed in registry().row_actions.get(notice.kind, ())
        if can(deed.right)
    ]


def _what(notice: Notice) -> str:
    total = notice.parts.get("total") if notice.subject_type == "expense" else None
    return dollars(total) if total else notice.subject_key


def _address(deed: RowAction, key: str) -> str:
    values: dict[str, Any] = {**deed.address, deed.argument: key}
    return url_for(deed.endpoint, **values)


def _fields(deed: RowAction, notice: Notice) -> dict[str, str]:
    return {
        **deed.fixed,
        **{name: notice.parts.get(name, deed.fixed.get(name, "")) for name in deed.carried},
    }
