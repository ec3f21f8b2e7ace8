"""The company's expense policy. Pure: the same line, policy and day give the same findings."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal, NamedTuple, Protocol

import msgspec
from sqlalchemy.orm import Session

from models.shared.counts import counted
from models.shared.settings.company import EXPENSE_CATEGORIES, value

CATEGORIES = {key: label for key, label, _ in EXPENSE_CATEGORIES}
Code = Literal["over_limit", "voucher_missing", "too_old", "duplicate_line", "duplicate_voucher"]


class Policy(NamedTuple):
    """The settings in force. Amounts in US dollars."""

    limits: Mapping[str, Decimal]
    voucher_threshold: Decimal
    max_age_days: int
    second_approval_limit: Decimal


class Claimed(Protocol):
    """A line of an expense, possibly incomplete."""

    line: int
    category: str
    spent_on: date | None
    amount: Decimal | None
    why: str


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """A policy remark on a line.

    If `blocks`, it must be fixed before the expense can be submitted.
    """

    line: int
    code: Code
    words: str
    blocks: bool = False


def policy_now(session: Session) -> Policy:
    """Return the policy from the company's settings as finance knows them."""
    return Policy(
        {key: value(session, f"category_limit_{key}") for key in CATEGORIES},
        value(session, "voucher_threshold"),
        value(session, "expense_max_age_days"),
        value(session, "second_approval_limit"),
    )


def findings_of(
    line: Claimed,
    policy: Policy,
    today: date,
    vouchers: int,
    same_lines: Iterable[str] = (),
    same_vouchers: Iterable[str] = (),
) -> list[Finding]:
    """Return the policy findings on a line.

    `same_lines` are the owner's other expenses with the same day, category and amount;
    `same_vouchers` are other expenses, or lines of this one, with one of the line's vouchers.
    """
    found: list[Finding] = []

    def say(code: Code, words: str, blocks: bool = False) -> None:
        found.append(Finding(line=line.line, code=code, words=words, blocks=blocks))

    if over := _over(line, policy):
        limit = policy.limits[line.category]
        say(
            "over_limit",
            f"${over:,.2f} over the ${limit:,.2f} limit for {CATEGORIES[line.category].lower()}.",
            not line.why.strip(),
        )
    if line.amount and line.amount > policy.voucher_threshold and not vouchers:
        say(
            "voucher_missing",
            f"A receipt photo is required above ${policy.voucher_threshold:,.2f}.",
            True,
        )
    if line.spent_on and line.spent_on < today - timedelta(days=policy.max_age_days):
        say(
            "too_old",
            f"{counted((today - line.spent_on).days, 'day')} old; the limit is "
            f"{counted(policy.max_age_days, 'day')}.",
        )
    if names := sorted(set(same_lines)):
        say(
            "duplicate_line",
            f"Possible duplicate: same date, category and amount as {', '.join(names)}.",
        )
    if names := sorted(set(same_vouchers)):
        say("duplicate_voucher", f"This receipt photo is also attached to {', '.join(names)}.")
    return found


def as_plain(findings: Iterable[Finding]) -> list[dict[str, object]]:
    """Return the findings in the plain form that a decision stores."""
    return [msgspec.to_builtins(each) for each in findings]


def _over(line: Claimed, policy: Policy) -> Decimal:
    limit = policy.limits.get(line.category)
    if not line.amount or limit is None or line.amount <= limit:
        return Decimal(0)
    return line.amount - limit
