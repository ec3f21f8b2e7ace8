"""What finance brings to the product."""

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


def _decides_daily() -> bool:
    return can("clients.limit") or can("expenses.report")


def _decisions(step: str) -> tuple[RowAction, ...]:
    """Return the actions on one approval step of an expense: approve, or refuse with a reason."""
    return (
        RowAction(
            label="Refuse",
            icon="x",
            tone="no",
            right="expenses.decide",
            endpoint="finance.decide",
            done="Refused",
            fixed={"do": "refuse", "step": step},
            carried=("round",),
            blanks=(Blank(name="reason", label="Reason"),),
        ),
        RowAction(
            label="Approve",
            icon="check",
            tone="yes",
            right="expenses.decide",
            endpoint="finance.decide",
            done="Approved",
            fixed={"do": "approve", "step": step},
            carried=("round",),
        ),
    )


MANIFEST = Manifest(
    blueprints=("webapp.finance.pages", "webapp.finance.api"),
    api="Expenses",
    places=(
        Place(
            rank=80,
            endpoint="finance.index",
            label="Expenses",
            icon="receipt",
            action="expenses.claim",
            key="e",
        ),
    ),
    searches=(
        Search(rank=60, endpoint="finance.search", label="Expenses", action="expenses.claim"),
    ),
    commands=(
        Command(
            rank=70,
            endpoint="finance.new",
            label="New expense",
            icon="plus",
            action="expenses.claim",
            posts=True,
        ),
    ),
    cards=(
        HomeCard(
            rank=10,
            endpoint="finance.home_card",
            title="Expenses to approve",
            watches="expenses:*",
            rows=2,
            shown=_decides_daily,
        ),
        HomeCard(
            rank=50,
            endpoint="finance.home_card",
            title="Expenses to approve",
            watches="expenses:*",
            rows=0,
            shown=lambda: can("expenses.decide") and not _decides_daily(),
        ),
        HomeCard(
            rank=20,
            endpoint="finance.spent_card",
            title="Your expenses this month",
            watches="expenses:*",
            rows=2,
            column="side",
            shown=lambda: can("expenses.claim"),
        ),
    ),
    records=(
        Record(kind="expense", endpoint="finance.detail", prefix="EX"),
        Record(kind="run", endpoint="finance.run", prefix="RR"),
    ),
    row_actions={
        "expense_to_approve": _decisions("manager"),
        "expense_to_check": _decisions("accounting"),
    },
)
