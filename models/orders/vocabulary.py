"""What an order can be, and the words for it."""

from models.shared.vocabulary import Vocabulary


class Status(Vocabulary):
    """Where an order is on its way, in the order of that way."""

    AWAITING_APPROVAL = "awaiting_approval", "Needs approval", "hourglass", "wait"
    SENT_BACK = "sent_back", "Sent back", "arrow-back-up", "bad"
    PLACED = "placed", "Placed", "send", "info", True
    RESERVED = "reserved", "Reserved", "bookmark", "info", True
    BACK_ORDERED = "back_ordered", "Back-ordered", "clock-pause", "wait"
    PARTLY_SHIPPED = "partly_shipped", "Partly shipped", "truck-delivery", "info", True
    SHIPPED = "shipped", "Shipped", "truck", "good", True
    DELIVERED = "delivered", "Delivered", "check", "good", True
    CANCELLING = "cancelling", "Cancelling", "hourglass", "wait"
    CANCELLED = "cancelled", "Cancelled", "ban", "", True
