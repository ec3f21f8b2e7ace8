"""Receipts: the list, and one receipt with its lines, ledger entries and filled back-orders."""

from flask import Response
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from models.inventory.queries import products_by_sku
from models.inventory.receipts import (
    RECEIPTS,
    ReceiptFilter,
    entries_of_receipt,
    get_receipt,
    lines_of_receipt,
    list_filled,
)
from models.inventory.vocabulary import ReceiptStatus
from models.shared.records.history import list_history
from models.shared.transactions import reading
from webapp.inventory.area import RECEIPT_SORTS, blueprint
from webapp.shared.lists.lists import Choice, Days, List, ListState, Tab, chosen_day
from webapp.shared.pages.fragments import render_page_or_block
from webapp.shared.people.preferences import zone
from webapp.shared.people.rights import needs


def wanted_of(state: ListState, _session: Session) -> ReceiptFilter:
    """The domain's filter of what the address asks."""
    return ReceiptFilter(
        q=state.q,
        since=chosen_day(state, "since"),
        until=chosen_day(state, "until"),
        zone=zone(),
        filled=bool(state.filters.get("orders")),
    )


RECEIPTS_LIST = List(
    name="receipts",
    title="Receipts",
    endpoint="inventory.receipts",
    export_endpoint="inventory.export_receipts",
    service="inventory",
    template="inventory/receipts.html",
    source=RECEIPTS,
    wanted=wanted_of,
    search="Receipt, reference, product",
    search_label="Search receipts",
    watches="receipts:*",
    sorts=RECEIPT_SORTS,
    filters=(
        Choice("orders", "", {"filled": "Filled back-orders"}, place="tabs"),
        Days("Received"),
    ),
    tabs=(Tab("All"), Tab("Filled back-orders", {"orders": "filled"}, "filled")),
    columns={
        "Receipt": "number",
        "Received (UTC)": lambda row: row.received_at.isoformat(),
        "Received by": "received_by",
        "Reference": "reference",
        "Note": "note",
        "First product": "sku",
        "Lines": "products",
        "Cases": "quantity",
        "Cases to back-orders": "filled",
        "Status": lambda row: ReceiptStatus(row.status).label,
        "Voided (UTC)": lambda row: row.voided_at.isoformat() if row.voided_at else "",
    },
)


@blueprint.get("/receipts")
@needs("products.see")
def receipts() -> ResponseReturnValue:
    """The list; the address holds its state."""
    return RECEIPTS_LIST.show()


@blueprint.get("/receipts.csv")
@needs("products.see")
def export_receipts() -> Response:
    """All that the filter leaves, as CSV."""
    return RECEIPTS_LIST.export()


@blueprint.get("/receipts/<number>")
@needs("products.see")
def receipt(number: str) -> ResponseReturnValue:
    """Show a receipt: lines with today's stock, its entries, the orders it filled, its corrections."""
    with reading("inventory") as session:
        found = get_receipt(session, number)
        lines = lines_of_receipt(session, found)
        entries, filled = entries_of_receipt(session, number), list_filled(session, number)
        products = products_by_sku(session, [line.sku for line in lines])
        history = list_history(session, "receipt", number)
    return render_page_or_block(
        "inventory/receipt.html",
        "main",
        receipt=found,
        lines=lines,
        entries=entries,
        filled=filled,
        products=products,
        history=history,
    )
