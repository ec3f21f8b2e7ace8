"""The pages' blueprint of the inventory area, and how it says things; the modules beside this one
hang their routes on it.
"""

from flask import Blueprint

blueprint = Blueprint("inventory", __name__, url_prefix="/inventory")

STATUS = {  # status: (words, icon, tone, whether it is quiet in a list)
    "waiting": ("Waits to be picked", "clock-pause", "wait", False),
    "picked": ("Picked", "package", "info", True),
    "packed": ("Packed", "package", "info", True),
    "dispatched": ("On its way", "truck", "good", True),
    "delivered": ("Delivered", "check", "good", True),
    "called_off": ("Called off", "ban", "", True),
}
LEDGER = {  # kind: (words, icon)
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
    """How the area's templates say things."""
    return {
        "stock_words": {
            "STATUS": STATUS,
            "LEDGER": LEDGER,
            "STEPS": STEP_WORDS,
        }
    }
