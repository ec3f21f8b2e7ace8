"""Parse the expense form; fields stay strings until the domain validates them."""

import re
from collections.abc import Mapping
from decimal import Decimal

import msgspec
from werkzeug.datastructures import FileStorage, MultiDict

from models.finance.drafts import Draft, DraftLine
from models.finance.tables import Expense
from models.shared import numbers
from models.shared.dates import read_day
from webapp.shared.number_fields import number_or_none, unclear_numbers
from webapp.shared.pages.form_keys import whole

EXAMPLE = "Enter an amount, such as 12.50."
FIELDS = ("what", "category", "spent_on", "amount", "why")


class TypedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line as typed; `line` is its number, 0 for a new one."""

    line: int = 0
    what: str = ""
    category: str = ""
    spent_on: str = ""
    amount: str = ""
    why: str = ""


class TypedExpense(msgspec.Struct, frozen=True, kw_only=True):
    """The whole form as typed. Other fields, such as a status, are never read."""

    purpose: str = ""
    reply: str | None = None
    version: int = 0
    form: str = ""
    lines: list[TypedLine] = []
    action: str = "save"

    @property
    def unread(self) -> dict[str, str]:
        """Return a message for each field that is not a valid day or amount."""
        errors = {}
        for line in self.lines:
            if line.spent_on and read_day(line.spent_on) is None:
                errors[f"lines-{line.line}-spent_on"] = "Enter a date, such as 11/20/2026."
            errors |= unclear_amounts({f"lines-{line.line}-amount": line.amount})
        return errors

    def with_lines_changed(self) -> "TypedExpense":
        """Return the form after "Add line" or "Remove line"."""
        lines = list(self.lines)
        if self.action == "add":
            lines.append(TypedLine())
        elif (gone := whole(self.action.removeprefix("remove-"))) is not None and len(lines) > 1:
            lines = [line for line in lines if line.line != gone]
        return msgspec.structs.replace(self, lines=lines)

    def as_draft(self) -> Draft:
        """Convert to the command's input, without fields that cannot be parsed (see `unread`)."""
        lines = [
            DraftLine(
                line=line.line,
                what=line.what,
                category=line.category,
                spent_on=read_day(line.spent_on),
                amount=read_amount(line.amount),
                why=line.why,
            )
            for line in self.lines
        ]
        return Draft(
            purpose=self.purpose,
            lines=lines,
            reply=self.reply,
            version=self.version,
            form=self.form,
        )


def read_expense_form(form: Mapping[str, str]) -> TypedExpense:
    """Parse the posted form. Never fails: validation belongs to the domain."""
    numbers = [
        int(found[1])
        for name in form
        if (found := re.fullmatch(r"lines-(\d{1,6})-what", name, re.ASCII))
    ]
    lines = [
        TypedLine(line=n, **{field: form.get(f"lines-{n}-{field}", "").strip() for field in FIELDS})
        for n in numbers[:60]
    ]
    return TypedExpense(
        purpose=form.get("purpose", "").strip(),
        reply=form["reply"].strip() if "reply" in form else None,
        version=whole(form.get("version", "")) or 0,
        lines=lines,
        form=form.get("editing", "").strip()[:40],
        action=form.get("action", "save"),
    )


def form_of_expense(expense: Expense, form: str) -> TypedExpense:
    """Return the form that shows an expense as saved."""
    lines = [
        TypedLine(
            line=line.line,
            what=line.what,
            category=line.category,
            why=line.why,
            spent_on=line.spent_on.isoformat() if line.spent_on else "",
            amount=f"{line.amount:.2f}" if line.amount is not None else "",
        )
        for line in expense.lines
    ]
    return TypedExpense(
        purpose=expense.purpose,
        reply=expense.reply,
        version=expense.version,
        form=form,
        lines=lines,
    )


def files_by_line(files: MultiDict[str, FileStorage]) -> list[tuple[int, FileStorage]]:
    """Return the uploaded files with the line that each belongs to."""
    found = []
    for name, file in files.items(multi=True):
        if (line := re.fullmatch(r"lines-(\d{1,6})-voucher", name, re.ASCII)) and file.filename:
            found.append((int(line[1]), file))
    return found


def read_amount(text: str) -> Decimal | None:
    """Parse an amount of at most two decimals, not below 0; return None for anything else."""
    return number_or_none(_amount, text)


def unclear_amounts(typed: Mapping[str, str], *, may_be_blank: bool = True) -> dict[str, str]:
    """Return what to tell a person about each amount that `read_amount` does not take."""
    return unclear_numbers(typed, dict.fromkeys(typed, _amount), may_be_blank=may_be_blank)


def _amount(text: str) -> Decimal:
    found = numbers.read_amount(text, EXAMPLE)
    if found < 0 or not numbers.is_whole_cents(found) or found >= 10**9:
        raise numbers.Unclear(EXAMPLE)
    return found
