"""The form for receiving goods, several products in one receipt; works without JavaScript."""

import re
from collections.abc import Mapping

import msgspec
from flask import request, url_for
from flask.typing import ResponseReturnValue

from models.inventory.locations import location_choices
from models.inventory.queries import products_by_sku, short_by_sku
from models.inventory.receipts import MOST_LINES, Goods, receive_delivery
from models.inventory.rules import MOST_CASES
from models.shared.counts import counted
from models.shared.errors import Invalid
from models.shared.transactions import reading
from webapp.inventory.area import blueprint
from webapp.inventory.picker import plain_choices
from webapp.shared.number_fields import CASES, number_or_none, unclear_numbers
from webapp.shared.pages.form_keys import whole
from webapp.shared.pages.fragments import go_to, is_partial, render_page_or_block, toast
from webapp.shared.people.rights import needs
from webapp.shared.requests.commands import run

LINE = re.compile(r"lines-(\d{1,4})-(sku|quantity|location)")


class TypedLine(msgspec.Struct, frozen=True):
    """A line as typed."""

    sku: str = ""
    quantity: str = ""
    location: str = ""

    @property
    def is_blank(self) -> bool:
        return not (self.sku or self.quantity or self.location)


class TypedReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """The form as typed; only the domain validates it."""

    reference: str = ""
    note: str = ""
    lines: list[TypedLine] = msgspec.field(default_factory=lambda: [TypedLine()])
    action: str = ""

    @property
    def is_to_be_shown_again(self) -> bool:
        """Whether another button than "Receive goods" was pressed, or Enter in a field."""
        return self.action in ("add", "check") or self.action.startswith("remove-")

    def with_lines_changed(self) -> "TypedReceipt":
        """Return the form after "Add line" or "Remove"."""
        lines = list(self.lines)
        if self.action == "add" and len(lines) < MOST_LINES:
            lines.append(TypedLine())
        row = whole(self.action.removeprefix("remove-"))
        if row is not None and 0 <= row < len(lines):
            del lines[row]
        return msgspec.structs.replace(self, lines=lines or [TypedLine()])

    def compact(self) -> "TypedReceipt":
        """Return the form without blank lines, so that errors (`lines-0-sku`) match its rows."""
        filled = [line for line in self.lines if not line.is_blank]
        return msgspec.structs.replace(self, lines=filled or [TypedLine()])

    @property
    def unclear(self) -> dict[str, str]:
        """What to tell the person about each number that cannot be read, keyed like its error."""
        typed = {f"lines-{n}-quantity": line.quantity for n, line in enumerate(self.lines)}
        return unclear_numbers(typed, dict.fromkeys(typed, CASES))

    @property
    def hints(self) -> dict[str, str]:
        """What to say, while it is typed, of each number that will be refused."""
        counts = {
            f"lines-{n}-quantity": number_or_none(CASES, line.quantity)
            for n, line in enumerate(self.lines)
            if line.quantity
        }
        return {
            name: f"Enter from 1 to {MOST_CASES:,} cases."
            for name, cases in counts.items()
            if cases is not None and not 1 <= cases <= MOST_CASES
        } | self.unclear

    @property
    def goods(self) -> list[Goods]:
        """The lines as the command takes them; what is no number becomes 0, always refused."""
        return [
            Goods(
                sku=line.sku,
                quantity=number_or_none(CASES, line.quantity) or 0,
                location=line.location,
            )
            for line in self.lines
        ]


@blueprint.get("/receive")
@needs("stock.receive")
def receive() -> ResponseReturnValue:
    """Show the form, with the product in `sku` on its first line if given."""
    return _form(TypedReceipt(lines=[TypedLine(request.args.get("sku", "")[:32])]))


@blueprint.post("/receive")
@needs("stock.receive")
def receive_goods_once() -> ResponseReturnValue:
    """Receive the goods in one receipt, once per form; show errors next to their fields."""
    typed = _typed(request.form)
    if typed.is_to_be_shown_again:
        return _form(typed.with_lines_changed())
    typed = typed.compact()
    try:
        number = run(receive_delivery, typed.goods, typed.reference, typed.note)
    except Invalid as error:
        return _form(typed, error.errors | typed.unclear, 422)
    cases = counted(sum(each.quantity for each in typed.goods), "case")
    answer = go_to(url_for("inventory.receipt", number=number))
    return toast(answer, f"Receipt {number}: {cases} received.")


@blueprint.post("/receive/lines")
@needs("stock.receive")
def redraw_lines() -> ResponseReturnValue:
    """Return the lines with what is on hand of each product, and hints; nothing is saved."""
    typed = _typed(request.form).with_lines_changed()
    return _form(typed, typed.hints, block="lines")


def _typed(form: Mapping[str, str]) -> TypedReceipt:
    found = [match for name in form if (match := LINE.fullmatch(name))]
    rows = sorted({int(match[1]) for match in found})[: MOST_LINES + 1]

    def text(name: str) -> str:
        return form.get(name, "").strip()

    lines = [
        TypedLine(
            text(f"lines-{row}-sku").upper(),
            text(f"lines-{row}-quantity"),
            text(f"lines-{row}-location")[:100],
        )
        for row in rows
    ]
    return TypedReceipt(
        reference=text("reference"),
        note=text("note"),
        lines=lines or [TypedLine()],
        action=form.get("action", ""),
    )


def _form(
    typed: TypedReceipt,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
    block: str = "form",
) -> ResponseReturnValue:
    skus = [line.sku for line in typed.lines]
    with reading("inventory") as session:
        products, short = products_by_sku(session, skus), short_by_sku(session, skus)
        places = [] if block == "lines" else location_choices(session)
        choices = [] if is_partial() else plain_choices(session)
    return render_page_or_block(
        "inventory/receipt_form.html",
        block,
        status,
        typed=typed,
        errors=errors or {},
        products=products,
        short=short,
        places=places,
        choices=choices,
        total=sum(each.quantity for each in typed.goods if each.quantity > 0),
        is_new=typed.action == "add",
    )
