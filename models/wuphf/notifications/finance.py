"""Notifications about expenses."""

import msgspec

from models.wuphf.notifications.shape import (
    EXPENSE,
    HeardBy,
    Settling,
    Settlings,
    Telling,
    Tellings,
    Words,
)

CLAIM = ("expense_number", "purpose", "total")
HANDED_IN = (*CLAIM, "owner_name", "remark", "round")
BY_MANAGER, BY_ACCOUNTING = "expense_to_approve", "expense_to_check"


class ExpenseFact(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that wuphf reads of events about an expense.

    `approvers` are the people who may decide now; `added` are those of them who were not asked
    before.
    """

    expense_number: str
    purpose: str
    owner: str
    owner_name: str
    total: str
    round: int
    step: str = ""
    approvers: list[str] = []
    added: list[str] = []
    remark: str = ""
    reason: str = ""
    approved_total: str = ""
    run_number: str = ""
    waits_for: str = ""


TELLINGS: Tellings = {
    "dm.finance.expense.submitted.v1": (
        ExpenseFact,
        (
            Telling(
                BY_MANAGER,
                "expenses",
                ("approvers",),
                EXPENSE,
                HANDED_IN,
                "high",
                asks=True,
                decides=True,
                when=lambda fact: fact.step == "manager",
            ),
            Telling(
                BY_ACCOUNTING,
                "expenses",
                ("approvers",),
                EXPENSE,
                HANDED_IN,
                "high",
                asks=True,
                decides=True,
                when=lambda fact: fact.step == "accounting",
            ),
        ),
    ),
    "dm.finance.expense.approvers_changed.v1": (
        ExpenseFact,
        (
            Telling(
                BY_MANAGER,
                "expenses",
                ("added",),
                EXPENSE,
                HANDED_IN,
                "high",
                asks=True,
                decides=True,
                once=True,
                when=lambda fact: fact.step == "manager",
            ),
            Telling(
                BY_ACCOUNTING,
                "expenses",
                ("added",),
                EXPENSE,
                HANDED_IN,
                "high",
                asks=True,
                decides=True,
                once=True,
                when=lambda fact: fact.step == "accounting",
            ),
        ),
    ),
    "dm.finance.expense.passed_on.v1": (
        ExpenseFact,
        (
            Telling(
                BY_ACCOUNTING,
                "expenses",
                ("approvers",),
                EXPENSE,
                HANDED_IN,
                "high",
                asks=True,
                decides=True,
            ),
            Telling(
                "expense_passed_on",
                "expenses",
                ("owner",),
                EXPENSE,
                (*CLAIM, "approved_total", "reason", "waits_for"),
            ),
        ),
    ),
    "dm.finance.expense.sent_back.v1": (
        ExpenseFact,
        (
            Telling(
                "expense_sent_back",
                "expenses",
                ("owner",),
                EXPENSE,
                (*CLAIM, "reason"),
                "high",
                warns=True,
            ),
        ),
    ),
    "dm.finance.expense.approved.v1": (
        ExpenseFact,
        (Telling("expense_approved", "expenses", ("owner",), EXPENSE, CLAIM),),
    ),
    "dm.finance.expense.partly_approved.v1": (
        ExpenseFact,
        (
            Telling(
                "expense_partly_approved",
                "expenses",
                ("owner",),
                EXPENSE,
                (*CLAIM, "approved_total", "reason"),
            ),
        ),
    ),
    "dm.finance.expense.refused.v1": (
        ExpenseFact,
        (Telling("expense_refused", "expenses", ("owner",), EXPENSE, (*CLAIM, "reason"), "high"),),
    ),
    "dm.finance.expense.reimbursed.v1": (
        ExpenseFact,
        (
            Telling(
                "expense_paid",
                "expenses",
                ("owner",),
                EXPENSE,
                (*CLAIM, "approved_total", "run_number"),
            ),
        ),
    ),
    "dm.finance.expense.reimbursement_voided.v1": (
        ExpenseFact,
        (
            Telling(
                "expense_unpaid",
                "expenses",
                ("owner",),
                EXPENSE,
                (*CLAIM, "approved_total", "run_number", "reason"),
                warns=True,
            ),
        ),
    ),
}

SETTLINGS: Settlings = {
    "dm.finance.expense.submitted.v1": (
        ExpenseFact,
        (Settling(("expense_sent_back",), EXPENSE, "submitted it again"),),
    ),
    "dm.finance.expense.reimbursed.v1": (
        ExpenseFact,
        (Settling(("expense_unpaid",), EXPENSE, "added it to another run"),),
    ),
    "dm.finance.expense.approvers_changed.v1": (
        ExpenseFact,
        (
            Settling(
                (BY_MANAGER, BY_ACCOUNTING),
                EXPENSE,
                "It no longer needs your decision",
                but_for="approvers",
            ),
        ),
    ),
    "dm.finance.expense.passed_on.v1": (
        ExpenseFact,
        (Settling((BY_MANAGER,), EXPENSE, "approved it"),),
    ),
    "dm.finance.expense.withdrawn.v1": (
        ExpenseFact,
        (Settling((BY_MANAGER, BY_ACCOUNTING), EXPENSE, "withdrew it"),),
    ),
    "dm.finance.expense.sent_back.v1": (
        ExpenseFact,
        (Settling((BY_MANAGER, BY_ACCOUNTING), EXPENSE, "sent it back"),),
    ),
    "dm.finance.expense.approved.v1": (
        ExpenseFact,
        (Settling((BY_MANAGER, BY_ACCOUNTING), EXPENSE, "approved it"),),
    ),
    "dm.finance.expense.partly_approved.v1": (
        ExpenseFact,
        (Settling((BY_MANAGER, BY_ACCOUNTING), EXPENSE, "approved part of it"),),
    ),
    "dm.finance.expense.refused.v1": (
        ExpenseFact,
        (Settling((BY_MANAGER, BY_ACCOUNTING), EXPENSE, "refused it"),),
    ),
}

HEARD_BY: HeardBy = {"dm.finance.": frozenset({"accounting"})}  # others see only some expenses
WORDS = {
    "expense_to_approve": Words(
        "receipt",
        "wait",
        "<b>{owner_name}</b> submitted an expense of <b>{total}</b>",
        "{subject} · {purpose}{remark}",
    ),
    "expense_to_check": Words(
        "receipt",
        "wait",
        "<b>{owner_name}</b>’s expense of <b>{total}</b> needs approval from accounting",
        "{subject} · {purpose}{remark}",
    ),
    "expense_passed_on": Words(
        "hourglass",
        "info",
        "<b>{actor}</b> approved {part}{subject}",
        "{purpose} · now needs approval from {waits_for}{because}",
    ),
    "expense_sent_back": Words(
        "message-question", "wait", "<b>{actor}</b> sent back {subject}", "{purpose} · “{reason}”"
    ),
    "expense_approved": Words(
        "circle-check", "good", "<b>{actor}</b> approved {subject}", "{purpose} · {total}"
    ),
    "expense_partly_approved": Words(
        "circle-half-2",
        "wait",
        "<b>{actor}</b> approved {approved_total} of {subject}",
        "{purpose} · {total} was requested{because}",
    ),
    "expense_refused": Words(
        "circle-x", "bad", "<b>{actor}</b> refused {subject}", "{purpose} · “{reason}”"
    ),
    "expense_paid": Words(
        "cash",
        "good",
        "<b>{actor}</b> reimbursed {subject}",
        "{purpose} · {approved_total} in run {run_number}",
    ),
    "expense_unpaid": Words(
        "cash-off",
        "wait",
        "<b>{actor}</b> voided the reimbursement of {subject}",
        "{purpose} · “{reason}” · a later run replaces {run_number}",
    ),
}
