"""How parcels, their steps and the movements of stock are said on pages."""

from models.inventory.rules import next_step

__all__ = ["KIND", "SHIPMENT_SORT_WORDS", "SORT_WORDS", "STATUS", "STEP", "actor_name", "next_step"]

STATUS = {  # status: (words, icon, tone, whether it is quiet in a list)
    "waiting": ("Waits to be picked", "clock-pause", "wait", False),
    "picked": ("Picked", "hand-grab", "info", True),
    "packed": ("Packed", "package", "info", True),
    "dispatched": ("Shipped", "truck", "good", True),
    "delivered": ("Delivered", "check", "good", True),
    "called_off": ("Called off", "ban", "", True),
}
STEP = {  # step: (what its button says, icon)
    "pick": ("Mark as picked", "hand-grab"),
    "pack": ("Mark as packed", "package"),
    "dispatch": ("Dispatch", "truck"),
    "deliver": ("Mark as delivered", "check"),
}
KIND = {  # ledger kind: (words, icon, tone)
    "receipt": ("Goods received", "package-import", "good"),
    "reservation": ("Held for an order", "bookmark", "info"),
    "release": ("Given free", "arrow-back-up", ""),
    "shipment": ("Left the dock", "truck", "acc"),
    "adjustment": ("Adjusted", "pencil", "wait"),
}
SORT_WORDS = {"name": "By name", "price": "Dearest first"}
SHIPMENT_SORT_WORDS = {"newest": "Newest first", "oldest": "Oldest first"}


def actor_name(actor: str) -> str:
    """Who did it: a person's name from the uid, or the service "by itself"."""
    if actor.startswith("service:"):
        return "Warehouse, by itself" if actor == "service:inventory" else f"{actor[8:].title()}, by itself"
    return actor.replace(".", " ").title()
