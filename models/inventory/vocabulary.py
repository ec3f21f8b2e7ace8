"""What a shipment or a stock-take can be, what moves stock, and the words for it."""

from models.shared.vocabulary import Vocabulary


class Status(Vocabulary):
    """How far a shipment has come."""

    WAITING = "waiting", "Ready to pick", "clock-pause", "wait"
    PICKED = "picked", "Picked", "package", "info", True
    PACKED = "packed", "Packed", "package", "info", True
    DISPATCHED = "dispatched", "Shipped", "truck", "good", True
    DELIVERED = "delivered", "Delivered", "check", "good", True
    CALLED_OFF = "called_off", "Cancelled", "ban", "", True


class LedgerKind(Vocabulary):
    """What moved stock."""

    RECEIPT = "receipt", "Received", "package-import"
    RESERVATION = "reservation", "Reserved", "bookmark"
    RELEASE = "release", "Released", "arrow-back-up"
    SHIPMENT = "shipment", "Shipped", "truck"
    ADJUSTMENT = "adjustment", "Adjusted", "pencil"
    TRANSFER = "transfer", "Transferred", "arrows-exchange"


class StockTakeStatus(Vocabulary):
    """How far a stock-take has come."""

    OPEN = "open", "In progress", "clock-pause", "wait"
    CONFIRMED = "confirmed", "Confirmed", "check", "good"
    DISCARDED = "discarded", "Discarded", "ban"


class ReceiptStatus(Vocabulary):
    """Whether a receipt stands as it was posted."""

    RECEIVED = "received", "Received", "package-import", "", True
    CORRECTED = "corrected", "Corrected", "pencil", "info", True
    VOIDED = "voided", "Voided", "ban", "bad"
