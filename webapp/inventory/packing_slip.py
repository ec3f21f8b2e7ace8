"""The packing slip as PDF."""

from models.inventory.rules import Address
from models.inventory.tables import Shipment
from webapp.shared.pages.documents import Paper


def slip_of(parcel: Shipment, address: Address | None) -> Paper:
    """Build the packing slip: contents and destination, for the driver and the client."""
    where = (
        (address.street, f"{address.city}, {address.state} {address.postcode}")
        if address
        else ("see the order",)
    )
    return Paper(
        title=f"Packing slip {parcel.number}",
        under=f"Order {parcel.order_number}",
        facts=[
            ("Deliver to", (parcel.client_name, *where)),
            ("Carrier", (parcel.carrier or "not yet", parcel.tracking)),
            ("Packed by", (parcel.packed_by.replace(".", " ").title() or "not yet",)),
        ],
        head=("Product", "SKU", "Cases"),
        rows=[(line.name, line.sku, f"{line.quantity:,}") for line in parcel.lines],
        shares=(0.55, 0.3, 0.15),
        numbers=1,
        sums=[("Cases", f"{parcel.cases:,}")],
        foot="Anything missing? Call us before the driver leaves.",
    )
