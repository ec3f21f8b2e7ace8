"""Events that the finance service publishes about expenses. Amounts are in `currency`."""

from decimal import Decimal

import msgspec

from models.shared.events.envelope import event


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
    """The owner submitted an expense, for the `round`-th time; one of `approvers` must decide.

    `step` is manager, or accounting if the owner has no manager. `marks` counts the policy
    findings; `remark` is the first of them.
    """

    step: str


@event("dm.finance.expense.approvers_changed.v1")
class ExpenseApproversChanged(_Request, frozen=True, kw_only=True):
    """The approvers of an undecided expense changed: now one of `approvers` must decide.

    Somebody went out of office, came back or joined. `added` are the approvers who were not asked
    before. Anybody who was asked and is not in `approvers` no longer has to decide.
    """

    step: str
    added: list[str]


@event("dm.finance.expense.passed_on.v1")
class ExpensePassedOn(_Request, frozen=True, kw_only=True):
    """An expense above the limit got its first approval; accounting must decide, too.

    `decided_by` approved `approved_total`, on behalf of `in_place_of` if that is set, and said
    `reason` if that is less than the claim. `waits_for` names those who may give the second
    approval, in words.
    """

    decided_by: str
    in_place_of: str
    approved_total: Decimal
    reason: str = ""
    waits_for: str = ""


@event("dm.finance.expense.withdrawn.v1")
class ExpenseWithdrawn(_Expense, frozen=True, kw_only=True):
    """The owner withdrew the expense before it was decided; it is a draft again."""


@event("dm.finance.expense.sent_back.v1")
class ExpenseSentBack(_Decision, frozen=True, kw_only=True):
    """The approver sent the expense back to the owner with a question (`reason`)."""


@event("dm.finance.expense.approved.v1")
class ExpenseApproved(_Decision, frozen=True, kw_only=True):
    """The last approver needed approved the expense in full; the next run can pay it."""


@event("dm.finance.expense.partly_approved.v1")
class ExpensePartlyApproved(_Decision, frozen=True, kw_only=True):
    """The expense was approved for `approved_total`, less than was claimed."""


@event("dm.finance.expense.refused.v1")
class ExpenseRefused(_Decision, frozen=True, kw_only=True):
    """The expense was refused, for `reason`; nothing is paid."""


@event("dm.finance.expense.reimbursed.v1")
class ExpenseReimbursed(_Expense, frozen=True, kw_only=True):
    """The reimbursement run `run_number` pays `approved_total`."""

    run_number: str
    approved_total: Decimal


@event("dm.finance.expense.reimbursement_voided.v1")
class ExpenseReimbursementVoided(_Expense, frozen=True, kw_only=True):
    """The run `run_number` was voided before payroll had it, for `reason`; a later run pays."""

    run_number: str
    reason: str
    approved_total: Decimal
