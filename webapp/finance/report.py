"""The expense report as PDF, with its receipt photos."""

from collections.abc import Iterator, Sequence

from flask import Response

from models.finance.people import people_by_uid
from models.finance.policy import CATEGORIES
from models.finance.queries import get_expense, get_voucher, list_decisions
from models.finance.tables import Decision, Expense, ExpenseLine, Voucher
from models.finance.vocabulary import Status
from models.shared.dates import dated, letter_date
from models.shared.texts import isolate
from models.shared.transactions import reading
from webapp.finance.area import blueprint
from webapp.finance.people import reader
from webapp.shared.pages.documents import pdf_response
from webapp.shared.pages.papers import Block, Paper, Picture
from webapp.shared.pages.presentation import local, money, name_of
from webapp.shared.people.rights import needs


@blueprint.get("/<number>/report.pdf")
@needs("expenses.claim")
def report_pdf(number: str) -> Response:
    """Return the expense report with its receipt photos as PDF."""
    with reading("finance") as session:
        looks = reader(session)
        expense = get_expense(session, number, looks)
        decisions = list_decisions(session, number)
        names = {uid: each.name for uid, each in people_by_uid(session).items()}
        pictures = tuple(
            _picture(n, line, get_voucher(session, number, voucher.id, looks), expense.currency)
            for n, line, voucher in _vouchers(expense)
        )
    return pdf_response(f"{number}.pdf", _paper(expense, decisions, names, pictures))


def _vouchers(expense: Expense) -> Iterator[tuple[int, ExpenseLine, Voucher]]:
    """Return the receipt photos in order, with the number that each has on the paper."""
    pairs = [(line, voucher) for line in expense.lines for voucher in line.vouchers]
    for n, (line, voucher) in enumerate(pairs, start=1):
        yield n, line, voucher


def _picture(n: int, line: ExpenseLine, voucher: Voucher, currency: str) -> Picture:
    amount = f", {money(line.amount, currency)}" if line.amount is not None else ""
    caption = f"{n}: {isolate(line.what)}{amount} ({isolate(voucher.name)})"
    return Picture(caption, voucher.kind, voucher.content, voucher.pages)


def _paper(
    expense: Expense,
    decisions: Sequence[Decision],
    names: dict[str, str],
    pictures: tuple[Picture, ...],
) -> Paper:
    state = Status(expense.status).label
    submitted = expense.submitted_at
    return Paper(
        title="Expense report",
        number=expense.number,
        notice=f"{state}: not submitted for approval." if expense.status == "draft" else "",
        facts=(
            Block("Employee", (expense.owner_name, expense.department)),
            Block("Submitted", (letter_date(local(submitted).date()) if submitted else "Not yet",)),
            Block("Status", (state, f"Run {expense.run_number}" if expense.run_number else "")),
        ),
        parties=(Block("Purpose", (expense.purpose,)),) if expense.purpose else (),
        head=("Date", "Description", "Category", "Receipt photos", "Amount", "Approved"),
        rows=_rows(expense),
        shares=(0.15, 0.3, 0.16, 0.13, 0.13, 0.13),
        numbers=2,
        sums=_sums(expense),
        notes=_decisions(decisions, names),
        pictures=pictures,
    )


def _rows(expense: Expense) -> tuple[tuple[str, ...], ...]:
    numbers: dict[int, list[str]] = {line.line: [] for line in expense.lines}
    for n, line, _ in _vouchers(expense):
        numbers[line.line].append(str(n))
    return tuple(
        (
            dated(line.spent_on) if line.spent_on else "–",
            "\n".join(each for each in (line.what, line.why) if each),
            CATEGORIES.get(line.category, "–"),
            ", ".join(numbers[line.line]) or "None",
            money(line.amount, expense.currency) if line.amount is not None else "–",
            money(line.approved, expense.currency) if line.approved is not None else "–",
        )
        for line in expense.lines
    )


def _sums(expense: Expense) -> tuple[tuple[str, str], ...]:
    total = ("Total", money(expense.total, expense.currency))
    if expense.approved_total is None:
        return (total,)
    return (total, ("Approved", money(expense.approved_total, expense.currency)))


def _decisions(decisions: Sequence[Decision], names: dict[str, str]) -> tuple[Block, ...]:
    lines = tuple(_decision(each, names) for each in decisions)
    return (Block("Decisions", lines),) if lines else ()


def _decision(each: Decision, names: dict[str, str]) -> str:
    by, day = _name(each.decided_by, names), letter_date(local(each.decided_at).date())
    absent = f" for {_name(each.in_place_of, names)}" if each.in_place_of else ""
    reason = f": “{isolate(each.reason)}”" if each.reason else ""
    return f"{Status(each.verdict).label} by {by}{absent} on {day}{reason}"


def _name(uid: str, names: dict[str, str]) -> str:
    return isolate(names.get(uid) or name_of(uid))
