"""What the finance service publishes about expenses. Money is in `currency`."""

from decimal import Decimal

import msgspec

from models.shared.events import event


class _Expense(msgspec.Struct, frozen=True, kw_only=True):
    expense_number: str
    purpose: str
    owner: str
    owner_name: str
    department: str
    currency: str
    total: Decimal
    round: int


class _Request(_Expense, frozen=True, kw_only=True):
    lines: int
    marks: int
    remark: str
    approvers: list[str]


class _Decision(_Expense, frozen=True, kw_only=True):
    decided_by: str
    in_place_of: str
    step: str
    reason: str
    approved_total: Decimal


@event("dm.finance.expense.submitted.v1")
class ExpenseSubmitted(_Request, frozen=True, kw_only=True):
    """The owner hands an expense in, for the `round`-th time; one of `approvers` is to decide.

    `step` is manager, or accounting where nobody stands above the owner. `marks` counts what policy remarks on,
    `remark` is the first of it.
    """

    step: str


@event("dm.finance.expense.approvers_changed.v1")
class ExpenseApproversChanged(_Request, frozen=True, kw_only=True):
    """Nobody decided, but somebody went away, came back or joined: from now on one of `approvers` is to decide.

    `added` are those of them who were not asked before. Who was asked and is not among them is no longer.
    """

    step: str
    added: list[str]


@event("dm.finance.expense.passed_on.v1")
class ExpensePassedOn(_Request, frozen=True, kw_only=True):
    """Approved by `decided_by` (maybe in `in_place_of`'s place); above the limit, so accounting is to decide, too."""

    decided_by: str
    in_place_of: str
    approved_total: Decimal


@event("dm.finance.expense.withdrawn.v1")
class ExpenseWithdrawn(_Expense, frozen=True, kw_only=True):
    """The owner took it back before it was decided; it is a draft again."""


@event("dm.finance.expense.sent_back.v1")
class ExpenseSentBack(_Decision, frozen=True, kw_only=True):
    """The approver asks the owner something (`reason`) before deciding."""


@event("dm.finance.expense.approved.v1")
class ExpenseApproved(_Decision, frozen=True, kw_only=True):
    """Approved in full by the last who had to; it is paid with the next run."""


@event("dm.finance.expense.partly_approved.v1")
class ExpensePartlyApproved(_Decision, frozen=True, kw_only=True):
    """Approved for `approved_total`, less than was asked."""


@event("dm.finance.expense.refused.v1")
class ExpenseRefused(_Decision, frozen=True, kw_only=True):
    """Refused for `reason`; nothing is paid."""


@event("dm.finance.expense.reimbursed.v1")
class ExpenseReimbursed(_Expense, frozen=True, kw_only=True):
    """`approved_total` is paid with the run `run_number`."""

    run_number: str
    approved_total: Decimal
