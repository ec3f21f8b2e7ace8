"""What wuphf reads of other services' events: only what notifications need, and tolerantly."""

import msgspec


class OrderFact(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that wuphf reads of events about an order."""

    order_number: str
    client_name: str
    owner: str
    total: str = ""
    requested_by: str = ""
    reason: str = ""
    discount_percent: str = ""
    version: int = 1


class ReservedLine(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that wuphf reads of one line of a reservation."""

    name: str
    short: int = 0


class ReservationFact(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that wuphf reads of a reservation."""

    order_number: str
    client_name: str
    owner: str
    cause: str
    complete: bool
    lines: list[ReservedLine] = []

    @property
    def missing(self) -> str:
        """How many cases are short, as text."""
        return str(sum(line.short for line in self.lines))

    @property
    def product(self) -> str:
        """The name of the first product that is short, or empty if none is."""
        return next((line.name for line in self.lines if line.short), "")


class ParcelLine(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that wuphf reads of one line of a shipment."""

    quantity: int


class ShipmentFact(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that wuphf reads of events about a shipment."""

    shipment_number: str
    order_number: str
    client_name: str
    owner: str
    lines: list[ParcelLine] = []
    carrier: str = ""
    signed_by: str = ""

    @property
    def quantity(self) -> str:
        """How many cases are in the shipment, as text."""
        return str(sum(line.quantity for line in self.lines))


class ExpenseFact(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that wuphf reads of events about an expense.

    `approvers` are the people who may decide now; `added` are those of them who were not asked
    before.
    """

    expense_number: str
    purpose: str
    owner: str
    owner_name: str
    total: str
    round: int
    step: str = ""
    approvers: list[str] = []
    added: list[str] = []
    remark: str = ""
    reason: str = ""
    approved_total: str = ""
    run_number: str = ""


class ClientFact(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that wuphf reads of a client."""

    client_number: str
    name: str
    owner: str


class StandingFact(ClientFact, frozen=True, kw_only=True):
    """The fields that wuphf reads of a client that was deactivated or reactivated."""

    reason: str = ""


class NewAddress(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that wuphf reads of an address."""

    street: str
    city: str


class NewClientFact(ClientFact, frozen=True, kw_only=True):
    """The fields that wuphf reads of a new client; `address` is its first ship-to address."""

    address: NewAddress | None = None

    @property
    def place(self) -> str:
        """Street and city, or empty if the event has no address."""
        return f"{self.address.street}, {self.address.city}" if self.address else ""


class ConvertedFact(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that wuphf reads of a lead that became a client."""

    company: str
    client_number: str
    owner: str
    expected_value: str

    @property
    def total(self) -> str:
        """The expected value, in US dollars."""
        return self.expected_value


class ReceiptFact(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that wuphf reads of a receipt of goods."""

    receipt_number: str
    sku: str
    name: str
    quantity: int


class LowFact(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that wuphf reads of a product that ran low."""

    sku: str
    name: str
    available: int
    reorder_quantity: int
    watchers: list[str] = []


class AdjustedFact(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that wuphf reads of a stock adjustment."""

    sku: str
    name: str
    delta: int
    reason: str
