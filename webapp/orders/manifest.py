"""What orders brings to the product."""

from webapp.shared.manifest import (
    Blank,
    Command,
    HomeCard,
    Manifest,
    Place,
    Record,
    RowAction,
    Search,
)
from webapp.shared.people.rights import can

MANIFEST = Manifest(
    blueprints=("webapp.orders.pages", "webapp.orders.api"),
    api="Orders",
    places=(
        Place(
            rank=30,
            endpoint="orders.index",
            label="Orders",
            icon="file-invoice",
            action="orders.see",
            key="o",
        ),
    ),
    searches=(Search(rank=40, endpoint="orders.search", label="Orders", action="orders.see"),),
    commands=(
        Command(
            rank=10,
            endpoint="orders.new",
            label="New order",
            icon="plus",
            action="orders.place",
            on_home=True,
        ),
    ),
    cards=(
        HomeCard(
            rank=20,
            endpoint="orders.home_card",
            title="My orders in progress",
            watches="orders:*",
            shown=lambda: can("orders.place"),
        ),
        HomeCard(
            rank=20,
            endpoint="orders.home_card",
            title="Orders to approve",
            watches="orders:*",
            rows=0,
            shown=lambda: can("orders.approve") and not can("orders.place"),
        ),
        HomeCard(
            rank=10,
            endpoint="orders.booked_card",
            title="Booked this month",
            watches="orders:*",
            rows=2,
            column="side",
            shown=lambda: can("orders.place") or can("orders.cancel"),
        ),
    ),
    records=(Record(kind="order", endpoint="orders.detail", prefix="DM"),),
    row_actions={
        # The version that approval was requested for; older notifications carry none: version 1.
        "approval_asked": (
            RowAction(
                label="Approve",
                icon="check",
                tone="yes",
                right="orders.approve",
                endpoint="orders.decide",
                done="Approved",
                fixed={"decision": "approve", "version": "1"},
                carried=("version",),
            ),
            RowAction(
                label="Send back",
                icon="arrow-back-up",
                tone="no",
                right="orders.approve",
                endpoint="orders.decide",
                done="Sent back",
                fixed={"decision": "refuse", "version": "1"},
                carried=("version",),
                blanks=(Blank(name="reason", label="Reason"),),
            ),
        ),
    },
)
