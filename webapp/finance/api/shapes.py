"""Request and response models of the finance REST API."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import Field

from models.finance.policy import CATEGORIES
from models.finance.rules import STATUSES
from webapp.shared.rest.shapes import Shape


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
    """A receipt's metadata; its content has a URL of its own."""

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
    correlation_id: str
    lines: list[ExpenseLineShape]


class LineIn(Shape):
    """A line, possibly incomplete; `line` names an existing line, 0 a new one."""

    line: int = Field(0, ge=0, le=100_000)
    what: str = ""
    category: Literal["", *CATEGORIES] = ""  # type: ignore[valid-type]
    spent_on: date | None = None
    amount: Decimal | None = Field(None, max_digits=12, decimal_places=2)
    why: str = ""


class ExpenseIn(Shape):
    """A draft, complete or not."""

    purpose: str = ""
    lines: list[LineIn] = Field(default=[])


class DecisionIn(Shape):
    """An approver's decision; `amounts`, by line, approves less than was claimed."""

    do: Literal["approve", "refuse", "send_back"]
    reason: str = ""
    amounts: dict[int, Decimal] | None = None


class ExpensesOut(Shape):
    """One page of expenses; pass `next` as `after` to get the following page."""

    items: list[ExpenseSummary]
    next: str | None


class ExpensesQuery(Shape):
    """Filters and sort order of a list of expenses.

    `scope` is the caller's own expenses, those to decide, or others' that the caller may see.
    """

    scope: Literal["mine", "decide", "team"] = "mine"
    q: str = Field("", max_length=100, description="In number, person, purpose and lines")
    status: list[Literal[STATUSES]] = Field(default_factory=list)  # type: ignore[valid-type]
    category: Literal["", *CATEGORIES] = ""  # type: ignore[valid-type]
    sort: Literal["newest", "oldest", "total"] = "newest"
    after: str = ""
    limit: int = Field(25, ge=1, le=100)


class ReceiptQuery(Shape):
    """The line that a receipt belongs to, and the name of its file."""

    line: int = Field(ge=1, le=100_000)
    name: str = Field("", max_length=200)
