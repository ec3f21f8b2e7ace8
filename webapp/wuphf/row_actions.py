"""The actions offered in a notification's row, by kind.

An action posts to the route of the record's own page, so the same checks apply. Its URL is built
from the subject alone. The owning area responds as it does on its page; fragments.go_to leaves the
person where they are, and the row disappears when the owner's event settles the request (SETTLINGS
in models/wuphf/audiences.py).
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from flask import current_app, url_for

from models.wuphf.queries import Notice
from webapp.shared.people.rights import can


class Blank(NamedTuple):
    """A field to fill in before the action runs."""

    name: str
    label: str
    most: int = 500
    required: bool = True


class Deed(NamedTuple):
    """One button.

    - `argument`: the URL argument that takes the subject's key; `address` holds the other URL
      arguments.
    - `fixed`: hidden fields.
    - `carried`: parts of the notification sent along under their own names (a version or a round,
      which the owner checks); they override `fixed`.
    - `right`: the right that the owner's route needs; people without it are not offered the action.
    - `blanks`: fields that open under the row first.
    - `tone`: yes, no or empty.
    """

    label: str
    icon: str
    tone: str
    right: str
    endpoint: str
    argument: str
    address: Mapping[str, str] = {}
    fixed: Mapping[str, str] = {}
    carried: tuple[str, ...] = ()
    blanks: tuple[Blank, ...] = ()


class Offered(NamedTuple):
    """An action with its URL and hidden fields, ready for the row's template."""

    deed: Deed
    url: str
    fields: dict[str, str]


def _decisions(step: str) -> tuple[Deed, ...]:
    """Return the actions on one approval step of an expense: approve, or refuse with a reason."""
    where: tuple[str, str, str] = ("expenses.decide", "finance.decide", "number")
    why = (Blank("reason", "Why? They will read this"),)
    return (
        Deed(
            "Approve",
            "check",
            "yes",
            *where,
            fixed={"do": "approve", "step": step},
            carried=("round",),
        ),
        Deed(
            "Refuse",
            "x",
            "no",
            *where,
            fixed={"do": "refuse", "step": step},
            carried=("round",),
            blanks=why,
        ),
    )


DEEDS: dict[str, tuple[Deed, ...]] = {
    # The version that approval was requested for; older notifications carry none: version 1.
    "approval_asked": (
        Deed(
            "Approve",
            "check",
            "yes",
            "orders.approve",
            "orders.decide",
            "number",
            fixed={"decision": "approve", "version": "1"},
            carried=("version",),
        ),
        Deed(
            "Send back",
            "arrow-back-up",
            "no",
            "orders.approve",
            "orders.decide",
            "number",
            fixed={"decision": "refuse", "version": "1"},
            carried=("version",),
            blanks=(Blank("reason", "Why not?"),),
        ),
    ),
    "shipment_waiting": (
        Deed(
            "Picked, all of it",
            "hand-grab",
            "yes",
            "shipments.work",
            "inventory.take_step",
            "number",
            address={"step": "pick"},
            fixed={"version": "1"},
        ),
    ),
    "expense_to_approve": _decisions("manager"),
    "expense_to_check": _decisions("accounting"),
    "broadcast_asked": (
        Deed("Acknowledge", "check", "yes", "inbox.see", "wuphf.acknowledge", "number"),
    ),
}


def offered(notice: Notice) -> list[Offered]:
    """Return the actions this person can take here; none without an open request."""
    if not notice.asked:
        return []
    return [
        Offered(deed, _address(deed, notice.subject_key), _fields(deed, notice))
        for deed in DEEDS.get(notice.kind, ())
        if deed.endpoint in current_app.view_functions and can(deed.right)
    ]


def _address(deed: Deed, key: str) -> str:
    values: dict[str, Any] = {**deed.address, deed.argument: key}
    return url_for(deed.endpoint, **values)


def _fields(deed: Deed, notice: Notice) -> dict[str, str]:
    return {
        **deed.fixed,
        **{name: notice.parts.get(name, deed.fixed.get(name, "")) for name in deed.carried},
    }
