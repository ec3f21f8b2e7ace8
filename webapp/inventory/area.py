"""Blueprint for the pages of the inventory area, and its display texts.

Sibling modules register their routes on the blueprint.
"""

from flask import Blueprint, g

from models.inventory.rules import may_pack, next_step
from models.inventory.tables import Shipment
from models.inventory.vocabulary import LedgerKind, ReceiptStatus, Status, StockTakeStatus
from models.shared.database.rows import AnyRow
from models.shared.settings import company
from models.shared.transactions import reading
from webapp.shared.people.rights import can, person

blueprint = Blueprint("inventory", __name__, url_prefix="/inventory")

STEP_WORDS = {"pick": "Pick", "pack": "Pack", "dispatch": "Ship", "deliver": "Mark delivered"}
PRODUCT_SORTS = {"name": "Name, A to Z", "price": "Highest price first"}
RECEIPT_SORTS = {
    "newest": "Newest first",
    "oldest": "Oldest first",
    "cases": "Most cases first",
}
SHIPMENT_SORTS = {"newest": "Newest first", "oldest": "Oldest first"}


@blueprint.context_processor
def words() -> dict[str, object]:
    """Expose the area's display texts to its templates."""
    return {
        "stock_words": {
            "Status": Status,
            "LedgerKind": LedgerKind,
            "ReceiptStatus": ReceiptStatus,
            "StockTakeStatus": StockTakeStatus,
            "STEPS": STEP_WORDS,
        },
        "offered_step": offered_step,
        "waits_for_other": waits_for_other,
        "all_wait_for_other": lambda parcels: all(map(waits_for_other, parcels)),
        "packing_counts_lines": packing_counts_lines,
    }


def offered_step(parcel: Shipment | AnyRow) -> str | None:
    """Return the shipment's next step if this person may take it; the command checks it again."""
    if not can("shipments.work") or waits_for_other(parcel):
        return None
    return next_step(parcel.status)


def waits_for_other(parcel: Shipment | AnyRow) -> bool:
    """Return whether someone else has to pack it, since this person picked it."""
    if parcel.status != "picked" or parcel.picked_by != person().uid:
        return False
    return not may_pack(person().uid, parcel.picked_by, _is_set("second_person_packs"))


def packing_counts_lines() -> bool:
    """Return whether each line is counted before a shipment is packed, by the company's setting."""
    return _is_set("packing_counts_lines")


def _is_set(setting: str) -> bool:
    """Return a switch of the company's settings, read once per request."""
    if setting not in g:
        with reading("inventory") as session:
            setattr(g, setting, company.value(session, setting))
    return bool(g.get(setting))
