"""The shapes of the REST API of finance."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import Field

from models.finance.policy import CATEGORIES
from models.finance.rules import STATUSES
from webapp.shared.shapes import Shape


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
    """A receipt; its content is on the expense's page."""

    id: UUID
    name: str
    kind: str
    size: int
    pages: int
    sha256: str


class ExpenseLineShape(Shape):
    """A line; `approved` is what was granted of it."""

    line: int
    what: str
    category: str
    spent_on: date | None
    amount: Decimal | None
    approved: Decimal | None
    why: str
    vouchers: list[VoucherShape]


class ExpenseShape(ExpenseSummary):
    """A whole expense; its version is the ETag."""

    reason: str
    correlation_id: str
    lines: list[ExpenseLineShape]


class LineIn(Shape):
    """A line as far as it is filled in; `line` names one that is there already."""

    line: int = Field(0, ge=0, le=100_000)
    what: str = ""
    category: Literal["", *CATEGORIES] = ""  # type: ignore[valid-type]
    spent_on: date | None = None
    amount: Decimal | None = Field(None, max_digits=12, decimal_places=2)
    why: str = ""


class ExpenseIn(Shape):
    """A draft, half filled or not."""

    purpose: str = ""
    lines: list[LineIn] = Field(default=[])


class DecisionIn(Shape):
    """What an approver says; `amounts` by line grants less than asked."""

    do: Literal["approve", "refuse", "send_back"]
    reason: str = ""
    amounts: dict[int, Decimal] | None = None


class ExpensesOut(Shape):
    """One page of expenses; `next` goes into `after` for the page that follows."""

    items: list[ExpenseSummary]
    next: str | None


class ExpensesQuery(Shape):
    """Which expenses, and in which order. `scope`: one's own, those to decide, or others' that one may see."""

    scope: Literal["mine", "decide", "team"] = "mine"
    q: str = Field("", max_length=100, description="In number, person, purpose and lines")
    status: list[Literal[STATUSES]] = Field(default_factory=list)  # type: ignore[valid-type]
    category: Literal["", *CATEGORIES] = ""  # type: ignore[valid-type]
    sort: Literal["newest", "oldest", "total"] = "newest"
    after: str = ""
    limit: int = Field(25, ge=1, le=100)


class ReceiptQuery(Shape):
    """Which line a receipt belongs to, and what its file is called."""

    line: int = Field(ge=1, le=100_000)
    name: str = Field("", max_length=200)
