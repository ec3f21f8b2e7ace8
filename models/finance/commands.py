"""Submit, withdraw and decide on expenses."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Literal, TypedDict, get_args

import msgspec
from sqlalchemy.orm import Session

from models.finance.approvers import STEP_OF, request, told
from models.finance.changes import (
    lock_expense,
    lock_own,
    move,
    refuse_stale,
)
from models.finance.drafts import (
    Draft,
    NewVoucher,
    fill_draft,
    lock_editable,
)
from models.finance.events import (
    ExpenseApproved,
    ExpensePartlyApproved,
    ExpensePassedOn,
    ExpenseRefused,
    ExpenseSentBack,
    ExpenseSubmitted,
    ExpenseWithdrawn,
)
from models.finance.people import names_in_words, people_by_uid, reader_of, require_people
from models.finance.policy import Finding, as_plain, policy_now
from models.finance.rules import (
    DECIDABLE,
    STEPS,
    granted_amounts,
    is_grantable,
    may_decide,
    outcome,
    route_for,
)
from models.finance.tables import Decision, Expense, ExpenseLine
from models.finance.validation import errors_of, errors_of_remarks, remarks_on
from models.shared import clock
from models.shared.database.context import current_actor
from models.shared.errors import DomainError, Forbidden, Invalid, NotFound, Stale
from models.shared.events.outbox import record
from models.shared.records.circumstance import Circumstance
from models.shared.records.history import list_history

Do = Literal["approve", "refuse", "send_back"]
Step = Literal["manager", "accounting"]
DONE = {
    "approve": "approved",
    "refuse": "refused",
    "send_back": "sent back",
    "withdraw": "withdrew",
}
LONGEST_REASON = 500
_SAID = {
    "approved": ExpenseApproved,
    "partly_approved": ExpensePartlyApproved,
    "refused": ExpenseRefused,
    "sent_back": ExpenseSentBack,
}


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """An approver's decision. `amounts`, by line, approves less than was claimed.

    `version` (from the page), or `round` and `step` (from the notification), say which state of the
    expense the approver saw.
    """

    do: Do
    reason: str = ""
    amounts: dict[int, Decimal] | None = None
    version: int | None = None
    round: int | None = None
    step: Step | None = None


def submit_draft(
    session: Session,
    number: str,
    draft: Draft,
    receipts: Sequence[tuple[int, NewVoucher]],
    *,
    today: Circumstance[date | None] = None,
) -> None:
    """Save the form with its vouchers and submit the expense.

    Raises the errors of `fill_draft` and `submit_expense`.
    """
    fill_draft(session, number, draft, receipts)
    submit_expense(session, number, today=today)


def submit_expense(
    session: Session, number: str, *, today: Circumstance[date | None] = None
) -> None:
    """Submit the actor's draft to their manager, or to accounting if they have none.

    No line may be of a day after `today`, the actor's date; without it, the office's.

    Publishes ExpenseSubmitted. Raises NotFound, Forbidden, DomainError `not_editable`, Invalid
    (with a message for each field), PeopleUnknown, DomainError `nobody_decides`.
    """
    expense = lock_editable(session, number)
    findings = remarks_on(session, expense)
    if errors := errors_of(expense, today) | errors_of_remarks(findings, expense):
        raise Invalid(errors, "The expense was not submitted.")
    people = require_people(session)
    route = route_for(expense.owner, people)
    expense.approver, expense.first_decider, expense.reason = route.approver, "", ""
    expense.approver_name = people[route.approver].name if route.approver else "Accounting"
    expense.department = (
        people[expense.owner].department if expense.owner in people else expense.department
    )
    expense.round, expense.marks = expense.round + 1, len(findings)
    expense.submitted_at = clock.now()
    said = {"reply": expense.reply} if expense.reply else {}
    move(session, expense, "submit", route.status, findings=as_plain(findings), **said)
    step = STEP_OF[route.status]
    record(
        session, ExpenseSubmitted(**told(expense), **request(session, expense, findings), step=step)
    )


def withdraw_expense(session: Session, number: str) -> None:
    """Withdraw the actor's expense before it is decided; it becomes a draft again.

    Publishes ExpenseWithdrawn. Raises NotFound, Forbidden, DomainError `already_decided`.
    """
    expense = lock_own(session, number)
    if "withdraw" not in STEPS[expense.status]:
        raise _already_decided(session, expense)
    _forget_amounts(expense)
    move(session, expense, "withdraw", "draft")
    record(session, ExpenseWithdrawn(**told(expense)))


def decide_expense(
    session: Session, number: str, verdict: Verdict, *, in_accounting: Circumstance[bool] = False
) -> str:
    """Decide on an expense: approve it (in full or by line), refuse it, or send it back.

    Stores the decision with who made it, on whose behalf, and the policy findings of that moment.
    Returns the resulting status. If two people decide at the same time, the second gets DomainError
    `already_decided`, which names the first. Raises NotFound, Forbidden, Stale, Invalid. Nobody may
    decide on their own expense, in any role or on anybody's behalf.
    """
    expense = lock_expense(session, number)
    _check_right(session, expense, verdict, in_accounting)
    granted = _check_words(expense, verdict)
    findings, before = remarks_on(session, expense), expense.status
    decision = _make_decision(session, expense, verdict, granted, findings)
    if verdict.do == "approve":
        status = _grant(session, expense, granted)
    else:
        status = {"refuse": "refused", "send_back": "sent_back"}[verdict.do]
        expense.reason, expense.reply = verdict.reason.strip(), ""
        _forget_amounts(expense)
    decision.verdict = _kept_verdict(status, expense)
    session.add(decision)
    expense.settled_at = (
        clock.now() if status in ("approved", "partly_approved", "refused") else None
    )
    move(
        session,
        expense,
        verdict.do,
        status,
        step=decision.step,
        in_place_of=decision.in_place_of,
        reason=decision.reason,
        **_amounts(expense),
    )
    if status == "with_accounting":
        expense.first_decider = current_actor(session)
        _pass_on(session, expense, decision, findings)
    else:
        record(session, _SAID[status](**told(expense), **_decided(expense, decision, before)))
    return status


def _check_right(session: Session, expense: Expense, verdict: Verdict, in_accounting: bool) -> None:
    """Check that the actor may decide.

    The order matters: a draft stays hidden from others, and everybody else gets the true reason.
    """
    actor = current_actor(session)
    if expense.owner == actor:
        raise Forbidden("You cannot approve or refuse your own expense.")
    if expense.status == "draft" and not expense.round:
        raise NotFound("expense", expense.number)
    reader = reader_of(session, actor, in_accounting)
    if expense.status not in DECIDABLE or (
        verdict.step and verdict.step != STEP_OF[expense.status]
    ):
        if not in_accounting and not reader.acts_for(expense.approver, expense.owner):
            raise Forbidden(f"{expense.number} does not need your approval.")
        raise _already_decided(session, expense)
    if not may_decide(expense, reader):
        if expense.first_decider == actor:
            raise Forbidden(
                f"You already approved {expense.number}. Someone else has to give the second approval."
            )
        raise Forbidden(f"{expense.number} does not need your approval.")
    if verdict.version is not None:
        refuse_stale(session, expense, verdict.version)
    if verdict.round is not None and verdict.round != expense.round:
        raise Stale(
            f"{expense.number} was submitted again. Open it to see what changed.",
            {"round": (verdict.round, expense.round)},
        )


def _check_words(expense: Expense, verdict: Verdict) -> dict[int, Decimal]:
    """Validate the verdict and return the amounts to approve, by line. Raises Invalid."""
    if verdict.do not in get_args(Do):
        raise Invalid({"do": "Choose whether to approve, refuse or send back the expense."})
    if len(verdict.reason) > LONGEST_REASON:
        raise Invalid({"reason": f"Enter at most {LONGEST_REASON} characters."})
    if verdict.do != "approve" and not verdict.reason.strip():
        raise Invalid(
            {
                "reason": "Enter a reason for refusing the expense."
                if verdict.do == "refuse"
                else "Enter what the employee has to change or explain."
            }
        )
    claimed = {line.line: _claimed(line) for line in expense.lines}
    try:
        granted = granted_amounts(claimed, verdict.amounts if verdict.do == "approve" else None)
    except ValueError:
        wrong = {
            line
            for line in claimed
            if not is_grantable((verdict.amounts or {}).get(line, Decimal(-1)), claimed[line])
        }
        raise Invalid(
            {
                f"amount-{line}": f"Enter an amount from 0.00 to {claimed[line]:,.2f}, in whole cents."
                for line in sorted(wrong)
            }
            or {"amounts": "Enter an amount for each line of the expense."}
        ) from None
    if not sum(granted.values()):
        raise Invalid({"amounts": "Approve more than $0.00, or refuse the expense."})
    if verdict.do == "approve" and granted != claimed and not verdict.reason.strip():
        raise Invalid({"reason": "Enter a reason for approving less than requested."})
    return granted


def _claimed(line: ExpenseLine) -> Decimal:
    """Return the most that may be approved: the claim, or what the first approver left of it."""
    return (line.amount or Decimal(0)) if line.approved is None else line.approved


def _grant(session: Session, expense: Expense, granted: dict[int, Decimal]) -> str:
    before = expense.status
    for line in expense.lines:
        line.approved = granted[line.line]
    expense.approved_total = sum(granted.values(), Decimal(0))
    return outcome(
        before, expense.approved_total, expense.total, policy_now(session).second_approval_limit
    )


def _amounts(expense: Expense) -> dict[str, str]:
    """Return what history keeps of an approval: the approved amount and the claim."""
    if expense.approved_total is None:
        return {}
    return {"approved": str(expense.approved_total), "claimed": str(expense.total)}


def _forget_amounts(expense: Expense) -> None:
    """Clear the approved amounts: a refusal, question or withdrawal voids the first approval."""
    expense.approved_total = None
    for line in expense.lines:
        line.approved = None


def _kept_verdict(status: str, expense: Expense) -> str:
    if status == "with_accounting":
        return "approved" if expense.approved_total == expense.total else "partly_approved"
    return status


def _make_decision(
    session: Session,
    expense: Expense,
    verdict: Verdict,
    granted: dict[int, Decimal],
    findings: list[Finding],
) -> Decision:
    actor, step = current_actor(session), STEP_OF[expense.status]
    in_place = expense.approver if step == "manager" and expense.approver != actor else ""
    return Decision(
        expense_number=expense.number,
        round=expense.round,
        step=step,
        decided_at=clock.now(),
        decided_by=actor,
        in_place_of=in_place,
        reason=verdict.reason.strip(),
        total=expense.total,
        findings=as_plain(findings),
        granted={str(line): str(amount) for line, amount in granted.items()}
        if verdict.do == "approve"
        else {},
    )


def _pass_on(
    session: Session, expense: Expense, decision: Decision, findings: list[Finding]
) -> None:
    asks, people = request(session, expense, findings), people_by_uid(session)
    record(
        session,
        ExpensePassedOn(
            **told(expense),
            **asks,
            decided_by=decision.decided_by,
            in_place_of=decision.in_place_of,
            approved_total=expense.approved_total or Decimal(0),
            reason=decision.reason,
            waits_for=names_in_words([people[uid].name for uid in asks["approvers"]]),
        ),
    )


class _Decided(TypedDict):
    """What an event about a decision says of it."""

    decided_by: str
    in_place_of: str
    step: str
    reason: str
    approved_total: Decimal


def _decided(expense: Expense, decision: Decision, before: str) -> _Decided:
    return {
        "decided_by": decision.decided_by,
        "in_place_of": decision.in_place_of,
        "step": STEP_OF[before],
        "reason": decision.reason,
        "approved_total": (expense.approved_total or Decimal(0))
        if decision.verdict.endswith("approved")
        else Decimal(0),
    }


def _already_decided(session: Session, expense: Expense) -> DomainError:
    """Build the error that tells the second of two approvers who decided first."""
    last = next(
        (entry for entry in list_history(session, "expense", expense.number) if entry.what in DONE),
        None,
    )
    if last is None:
        return DomainError("already_decided", f"{expense.number} does not need approval.")
    people = people_by_uid(session)
    who = people[last.actor].name if last.actor in people else last.actor
    if last.what == "withdraw":
        return DomainError(
            "already_decided", f"{who} withdrew {expense.number}; it is a draft again."
        )
    did = {"refuse": "refused", "send_back": "sent back"}.get(last.what, "approved")
    return DomainError("already_decided", f"{who} already {did} {expense.number}.")
