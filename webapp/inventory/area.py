"""Blueprint for the pages of the inventory area, and its display texts.

Sibling modules register their routes on the blueprint.
"""

from flask import Blueprint

blueprint = Blueprint("inventory", __name__, url_prefix="/inventory")

STATUS = {  # status: (label, icon, tone, muted in a list?)
    "waiting": ("Waits to be picked", "clock-pause", "wait", False),
    "picked": ("Picked", "package", "info", True),
    "packed": ("Packed", "package", "info", True),
    "dispatched": ("On its way", "truck", "good", True),
    "delivered": ("Delivered", "check", "good", True),
    "called_off": ("Called off", "ban", "", True),
}
LEDGER = {  # kind: (label, icon)
    "receipt": ("Goods received", "package-import"),
    "reservation": ("Held for an order", "bookmark"),
    "release": ("Given free", "arrow-back-up"),
    "shipment": ("Left the dock", "truck"),
    "adjustment": ("Adjusted", "pencil"),
    "transfer": ("Moved to another location", "arrows-exchange"),
}
STEP_WORDS = {"pick": "Picked", "pack": "Packed", "dispatch": "Dispatch", "deliver": "Delivered"}
PRODUCT_SORTS = {"name": "By name", "price": "Dearest first"}
SHIPMENT_SORTS = {"newest": "Newest first", "oldest": "Oldest first"}


@blueprint.context_processor
def words() -> dict[str, object]:
    """Expose the area's display texts to its templates."""
    return {
        "stock_words": {
            "STATUS": STATUS,
            "LEDGER": LEDGER,
            "STEPS": STEP_WORDS,
        }
    }
