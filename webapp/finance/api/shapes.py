"""Request and response models of the finance REST API."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from models.finance.policy import CATEGORIES
from models.finance.rules import STATUSES
from webapp.shared.rest.shapes import (
    AMOUNT,
    Amount,
    Shape,
    Whole,
)


class ExpenseSummary(Shape):
    """An expense in a list."""

    number: str = Field(examples=["EX-2051"])
    owner: str
    owner_name: str
    department: str
    purpose: str
    status: str
    currency: str
    total: Decimal
    approved_total: Decimal | None
    approver: str
    round: int
    run_number: str | None
    changed_at: datetime
    version: int


class VoucherShape(Shape):
    """Metadata of a receipt photo or PDF; the file has its own URL."""

    id: UUID
    name: str
    kind: str
    size: int
    pages: int
    sha256: str


class ExpenseLineShape(Shape):
    """A line; `approved` is the part of `amount` that was approved."""

    line: int
    what: str
    category: str
    spent_on: date | None
    amount: Decimal | None
    approved: Decimal | None
    why: str
    vouchers: list[VoucherShape]


class ExpenseShape(ExpenseSummary):
    """A complete expense; its version is the ETag."""

    reason: str
    reply: str
    correlation_id: str
    lines: list[ExpenseLineShape]


class LineIn(Shape):
    """A line, possibly incomplete; set `line` to its number, or to 0 for a new line."""

    line: Whole = Field(0, ge=0, le=100_000)
    what: str = ""
    category: Literal["", *CATEGORIES] = ""  # type: ignore[valid-type]
    spent_on: date | None = None
    amount: Annotated[Decimal, Field(max_digits=12, decimal_places=2), AMOUNT] | None = None
    why: str = ""


class ExpenseIn(Shape):
    """A draft, complete or not.

    `reply` answers the question the expense was sent back with (`reason`), in at most 500
    characters. Omit it to keep the current reply.
    """

    purpose: str = ""
    reply: str | None = None
    lines: list[LineIn] = Field(default=[])


class DecisionIn(Shape):
    """An approver's decision; set `amounts`, by line, to approve less than requested."""

    do: Literal["approve", "refuse", "send_back"]
    reason: str = ""
    amounts: dict[Whole, Amount] | None = None


class ExpensesOut(Shape):
    """One page of expenses; pass `next` as `after` to get the following page."""

    items: list[ExpenseSummary]
    next: str | None


class ExpensesQuery(Shape):
    """Filters and sort order of a list of expenses.

    `scope` is `mine` (the caller's own expenses), `decide` (expenses that need the caller's
    approval) or `team` (other people's expenses that the caller may see).
    """

    scope: Literal["mine", "decide", "team"] = "mine"
    q: str = Field("", max_length=100, description="Search in number, employee, purpose and lines")
    status: list[Literal[STATUSES]] = Field(default_factory=list)  # type: ignore[valid-type]
    category: Literal["", *CATEGORIES] = ""  # type: ignore[valid-type]
    sort: Literal["newest", "oldest", "total"] = "newest"
    after: str = ""
    limit: Whole = Field(25, ge=1, le=100)


class ReceiptQuery(Shape):
    """The line to attach the receipt photo to, and its file name."""

    line: Whole = Field(ge=1, le=100_000)
    name: str = Field("", max_length=200)
