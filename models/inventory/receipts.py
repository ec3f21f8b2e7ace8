"""Receipts: take goods in, fill back-orders with them, and look receipts up."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, selectinload

from models.inventory.events import GoodsReceived
from models.inventory.rules import MOST_CASES
from models.inventory.stock import (
    home_of,
    list_watchers,
    lock_stock,
    move,
    serve_waiting,
    usable_location,
)
from models.inventory.tables import (
    RECEIPT_NUMBER,
    Demand,
    LedgerEntry,
    Product,
    Receipt,
    ReceiptFill,
    ReceiptLine,
)
from models.inventory.vocabulary import ReceiptStatus
from models.shared import clock
from models.shared.counts import counted
from models.shared.database.context import current_actor
from models.shared.database.live_signals import signal_record
from models.shared.database.rows import AnyRow, AnySelect
from models.shared.errors import Invalid, NotFound
from models.shared.events.outbox import record
from models.shared.records.history import write_history
from models.shared.records.lists import ListQuery, Sortable
from models.shared.search import words_of

MOST_LINES = 200
LONGEST_REFERENCE, LONGEST_NOTE = 100, 500
RECEIPT_SORTS: dict[str, tuple[Sortable, bool]] = {
    "newest": (Receipt.received_at, True),
    "oldest": (Receipt.received_at, False),
    "cases": (Receipt.quantity, True),
}
_RECEIPT = (
    Receipt.number,
    Receipt.sku,
    select(Product.name).where(Product.sku == Receipt.sku).scalar_subquery().label("name"),
    Receipt.products,
    Receipt.quantity,
    Receipt.filled,
    Receipt.reference,
    Receipt.note,
    Receipt.received_by,
    Receipt.received_at,
    Receipt.version,
    Receipt.voided_at,
    case(
        (Receipt.voided_at.is_not(None), ReceiptStatus.VOIDED.value),
        (Receipt.version > 1, ReceiptStatus.CORRECTED.value),
        else_=ReceiptStatus.RECEIVED.value,
    ).label("status"),
)


class Goods(msgspec.Struct, frozen=True, kw_only=True):
    """Cases of a product to receive, at `location` or else at the product's default location."""

    sku: str
    quantity: int
    location: str = ""
    note: str = ""


class ReceiptFilter(msgspec.Struct, frozen=True, kw_only=True):
    """The criteria of the receipt list; `q` searches number, reference, note and products.

    `since` and `until` are days in `zone`, both included. `filled` keeps receipts that filled
    back-orders.
    """

    q: str = ""
    since: date | None = None
    until: date | None = None
    zone: ZoneInfo = ZoneInfo("UTC")
    filled: bool = False


class ShownLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a receipt with its product as it is now."""

    line: int
    sku: str
    name: str
    quantity: int
    location: str
    note: str


def receive_delivery(
    session: Session, lines: Sequence[Goods], reference: str = "", note: str = ""
) -> str:
    """Receive goods in one receipt, serve waiting orders, oldest first, and return its number.

    `reference` is the supplier's delivery note or the like. Receives every line or none
    (GoodsReceived for each). Raises Invalid on `lines` (none, or over 200), `lines-N-sku`,
    `lines-N-quantity` (not from 1 to 100,000 cases), `lines-N-location` (unknown or retired),
    `lines-N-note`, `reference` and `note`, with N counted from 0.
    """
    products = {
        product.sku: product
        for product in session.scalars(
            select(Product).where(Product.sku.in_(sorted({goods.sku for goods in lines})))
        )
    }
    errors = _wrong_texts(reference, note) | _wrong_lines(lines, set(products))
    lock_stock(session, products)
    places = _places(session, lines, errors)
    if errors:
        raise Invalid(errors)
    number = f"RC-{session.scalar(RECEIPT_NUMBER.next_value())}"
    _add_receipt(session, number, lines, places, reference.strip(), note.strip())
    for n, goods in enumerate(lines, 1):
        _take_in(session, number, n, goods, places[n - 1], reference.strip(), note.strip())
    filled = [
        each
        for sku in dict.fromkeys(goods.sku for goods in lines)
        for each in serve_waiting(session, sku, "receipt")
    ]
    cases = Counter[tuple[str, int, str]]()
    for each in filled:
        cases[each.order_number, each.line, each.sku] += each.cases
    note_filled(session, number, cases)
    write_history(
        session, "receipt", number, "received", lines=len(lines), reference=reference.strip()
    )
    signal_record(session, "receipts", "*")
    return number


def receive_goods(
    session: Session,
    sku: str,
    quantity: int,
    note: str = "",
    location: str = "",
    reference: str = "",
) -> str:
    """Receive cases of one product, in a receipt of one line, and return its number.

    Raises Invalid as `receive_delivery` does, on `sku`, `quantity`, `location`, `note` and
    `reference`.
    """
    try:
        goods = Goods(sku=sku, quantity=quantity, location=location)
        return receive_delivery(session, [goods], reference, note)
    except Invalid as error:
        raise Invalid(
            {name.removeprefix("lines-0-"): says for name, says in error.errors.items()}
        ) from None


def note_filled(session: Session, number: str, cases: Mapping[tuple[str, int, str], int]) -> None:
    """Add cases (negative to take back) to what a receipt filled, by order number, line and SKU."""
    query = select(ReceiptFill).where(ReceiptFill.receipt_number == number)
    fills = {(row.order_number, row.line): row for row in session.scalars(query)}
    for (order, line, sku), count in cases.items():
        known = fills.get((order, line))
        if known is None and count > 0:
            fills[order, line] = ReceiptFill(
                receipt_number=number, order_number=order, line=line, sku=sku, quantity=count
            )
            session.add(fills[order, line])
        elif known is not None and known.quantity + count > 0:
            known.quantity += count
        elif known is not None:
            session.delete(fills.pop((order, line)))
    session.get_one(Receipt, number).filled = sum(row.quantity for row in fills.values())
    session.flush()


def get_receipt(session: Session, number: str) -> Receipt:
    """Return a receipt with its lines; raises NotFound."""
    query = select(Receipt).where(Receipt.number == number).options(selectinload(Receipt.lines))
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound("receipt", number)
    return found


def lines_of_receipt(session: Session, receipt: Receipt) -> list[ShownLine]:
    """Return a receipt's lines with their products; of one without lines, itself as its line."""
    lines = receipt.lines or [
        ReceiptLine(
            receipt_number=receipt.number,
            line=1,
            sku=receipt.sku,
            quantity=receipt.quantity,
            location=next(
                (entry.location for entry in entries_of_receipt(session, receipt.number)), ""
            )
            or "",
            note="",
        )
    ]
    names = dict(
        session.execute(
            select(Product.sku, Product.name).where(Product.sku.in_({line.sku for line in lines}))
        ).all()
    )
    return [
        ShownLine(
            line=line.line,
            sku=line.sku,
            name=names[line.sku],
            quantity=line.quantity,
            location=line.location,
            note=line.note,
        )
        for line in lines
    ]


def entries_of_receipt(session: Session, number: str) -> list[LedgerEntry]:
    """Return the ledger entries of a receipt: of its lines, then of its corrections."""
    return list(
        session.scalars(
            select(LedgerEntry)
            .where(LedgerEntry.reference == number, LedgerEntry.kind == "receipt")
            .order_by(LedgerEntry.id)
        )
    )


def list_filled(session: Session, number: str) -> list[AnyRow]:
    """Return the back-orders that a receipt filled: order_number, client_name, sku, name, quantity."""
    return list(
        session.execute(
            select(
                ReceiptFill.order_number,
                Demand.client_name,
                Demand.placed_at,
                ReceiptFill.sku,
                Product.name,
                ReceiptFill.quantity,
            )
            .join(Demand, Demand.order_number == ReceiptFill.order_number)
            .join(Product, Product.sku == ReceiptFill.sku)
            .where(ReceiptFill.receipt_number == number)
            .order_by(Demand.placed_at, ReceiptFill.order_number, ReceiptFill.line)
        )
    )


def _wrong_texts(reference: str, note: str) -> dict[str, str]:
    longest = {"reference": (reference, LONGEST_REFERENCE), "note": (note, LONGEST_NOTE)}
    return {
        name: f"Enter at most {counted(most, 'character')}."
        for name, (text, most) in longest.items()
        if len(text) > most
    }


def _wrong_lines(lines: Sequence[Goods], known: set[str]) -> dict[str, str]:
    if not lines:
        return {"lines": "Add at least one product."}
    if len(lines) > MOST_LINES:
        return {"lines": f"A receipt can have at most {MOST_LINES} lines."}
    errors = {}
    for n, goods in enumerate(lines):
        if goods.sku not in known:
            errors[f"lines-{n}-sku"] = (
                f"No product has the SKU {goods.sku[:40]}." if goods.sku else "Choose a product."
            )
        if not 1 <= goods.quantity <= MOST_CASES:
            errors[f"lines-{n}-quantity"] = f"Enter from 1 to {MOST_CASES:,} cases."
        if len(goods.note) > LONGEST_NOTE:
            errors[f"lines-{n}-note"] = f"Enter at most {LONGEST_NOTE} characters."
    return errors


def _places(session: Session, lines: Sequence[Goods], errors: dict[str, str]) -> list[str]:
    """Return where each line's goods go, and add what is wrong with a location to `errors`."""
    places = []
    for n, goods in enumerate(lines):
        code = goods.location.strip()
        if "lines" in errors or (f"lines-{n}-sku" in errors and not code):
            continue
        try:
            code = code or home_of(session, goods.sku)
            places.append(usable_location(session, code, f"lines-{n}-location"))
        except Invalid as error:
            errors.update(error.errors)
    return places


def _add_receipt(
    session: Session,
    number: str,
    lines: Sequence[Goods],
    places: Sequence[str],
    reference: str,
    note: str,
) -> None:
    actor = current_actor(session)
    names = dict(
        session.execute(
            select(Product.sku, Product.name).where(Product.sku.in_({each.sku for each in lines}))
        ).all()
    )
    goods = dict.fromkeys(f"{each.sku} {names[each.sku]}" for each in lines)
    session.add(
        Receipt(
            number=number,
            sku=lines[0].sku,
            quantity=sum(each.quantity for each in lines),
            products=len(lines),
            filled=0,
            reference=reference,
            note=note,
            received_by=actor,
            received_at=clock.now(),
            search_text=" ".join((number, reference, note, actor.replace(".", " "), *goods)),
            lines=[
                ReceiptLine(
                    line=n,
                    sku=each.sku,
                    quantity=each.quantity,
                    location=places[n - 1],
                    note=each.note.strip(),
                )
                for n, each in enumerate(lines, 1)
            ],
        )
    )
    session.flush()


def _take_in(
    session: Session, number: str, line: int, goods: Goods, place: str, reference: str, note: str
) -> None:
    """Book a line in the ledger and in its product's history (GoodsReceived)."""
    sku, quantity = goods.sku, goods.quantity
    reason = goods.note.strip() or note or reference
    move(
        session,
        sku,
        "receipt",
        on_hand=quantity,
        location=place,
        reference=number,
        reason=reason,
    )
    write_history(
        session, "product", sku, "goods received", quantity=quantity, receipt=number, location=place
    )
    record(
        session,
        GoodsReceived(
            receipt_number=number,
            line=line,
            reference=reference,
            sku=sku,
            name=session.get_one(Product, sku).name,
            quantity=quantity,
            received_by=current_actor(session),
            on_hand=lock_stock(session, [sku])[sku].on_hand,
            location=place,
            watchers=list_watchers(session, sku),
        ),
    )


def _narrowed(query: AnySelect, wanted: ReceiptFilter) -> AnySelect:
    for word in words_of(wanted.q):
        plain = func.folded(Receipt.number + " " + Receipt.sku + " " + Receipt.note)
        query = query.where(
            Receipt.search_text.contains(word, autoescape=True)
            # received before receipts had a text to search
            | ((Receipt.search_text == "") & plain.contains(word, autoescape=True))
        )
    if wanted.since:
        query = query.where(Receipt.received_at >= clock.start_of(wanted.since, wanted.zone))
    if wanted.until:
        query = query.where(Receipt.received_at < clock.end_of(wanted.until, wanted.zone))
    return query.where(Receipt.filled > 0) if wanted.filled else query


RECEIPTS: ListQuery[ReceiptFilter] = ListQuery(
    select(*_RECEIPT), _narrowed, RECEIPT_SORTS, Receipt.number
)
list_receipts = RECEIPTS.page
