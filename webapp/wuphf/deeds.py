"""What can be done about a notification in its row: one table from kind to deeds.

A deed posts to the owner's route, the one that the record's page posts to, so its checks are the
page's. Its address is made from the subject alone. The owner answers as it answers its page;
fragments.go_to leaves the person where they are, and the row goes when the owner's event settles
the request (models/notifications/tellings.py, SETTLINGS).
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from flask import current_app, url_for

from models.notifications.queries import Notice
from webapp.shared.rights import can


class Blank(NamedTuple):
    """A field that the person fills in before the deed is done."""

    name: str
    label: str
    most: int = 500
    required: bool = True


class Deed(NamedTuple):
    """One button. `argument` takes the subject's key in the address, `address` is the rest of it;
    `fixed` are hidden fields, `carried` the parts of the notice that go along under their names (a
    version, a round: the owner checks them), over `fixed`.

    `right` is the action that the owner's route needs; who may not do it is offered nothing.
    `blanks` open under the row first. `tone`: yes, no or empty.
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
    """A deed with its address and hidden fields, as the row prints it."""

    deed: Deed
    url: str
    fields: dict[str, str]


def _decisions(step: str) -> tuple[Deed, ...]:
    """Approve, or refuse with a reason, on one step of an expense's way."""
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
    # of the order as it was asked for, the first time or changed; notices of before name no version
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
    """What this person may do about it here; nothing about what was settled, or never asked for anything."""
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
