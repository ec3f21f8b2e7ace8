"""The packing slip as PDF."""

from sqlalchemy.orm import Session

from models.inventory.queries import (
    get_address,
    get_client_reference,
    get_demand,
    get_shipment,
)
from models.inventory.rules import Address
from models.inventory.tables import Demand, Shipment
from models.shared.counts import counted
from models.shared.dates import letter_date
from models.shared.texts import isolate
from webapp.shared.pages.papers import COMPANY, Block, Paper
from webapp.shared.pages.presentation import local, name_of


def packing_slip(session: Session, number: str) -> Paper:
    """Build the packing slip of a shipment, for the driver and the client. Raises NotFound.

    It shows contents and destination, and what of the order is still to come.
    """
    shipment = get_shipment(session, number)
    order = shipment.order_number
    demand, address = get_demand(session, order), get_address(session, order)
    reference = get_client_reference(session, order)
    is_off = shipment.status == "called_off"
    return Paper(
        title="Packing slip",
        number=shipment.number,
        notice="Cancelled: do not ship." if is_off else "",
        facts=_facts(shipment, demand, reference),
        parties=(
            Block("Ship to", (shipment.client_name, *_where(shipment, address))),
            Block("Ship from", (COMPANY.name, *COMPANY.address.split(", ", 1), COMPANY.phone)),
        ),
        head=("Product", "SKU", "Ordered", "In this shipment", "Back-ordered"),
        rows=_rows(shipment, demand),
        shares=(0.4, 0.19, 0.11, 0.16, 0.14),
        numbers=3,
        sums=(("Cases in this shipment", f"{shipment.cases:,}"),),
        notes=(*_back_orders(shipment, demand), _check(shipment)),
        signed=("Received by", "Date"),
    )


def _facts(shipment: Shipment, demand: Demand, reference: str) -> tuple[Block, ...]:
    packed_by = name_of(shipment.packed_by) if shipment.packed_by else "Not packed yet"
    packed_on = letter_date(local(shipment.packed_at).date()) if shipment.packed_at else ""
    theirs = (Block("Your purchase order", (reference,)),)
    return (
        Block("Order", (shipment.order_number,)),
        Block("Order date", (letter_date(local(demand.placed_at).date()),)),
        *(theirs if reference else ()),
        Block("Your contact", (name_of(demand.owner),)),
        Block("Packed by", (packed_by, packed_on)),
        Block("Carrier", (shipment.carrier or "Not assigned yet", shipment.tracking)),
    )


def _where(shipment: Shipment, address: Address | None) -> tuple[str, ...]:
    if address is None:
        return (f"Address: see order {shipment.order_number}",)
    return (address.street, f"{address.city}, {address.state} {address.postcode}")


def _rows(shipment: Shipment, demand: Demand) -> tuple[tuple[str, ...], ...]:
    ordered = {line.line: line for line in demand.lines}
    return tuple(
        (
            line.name,
            line.sku,
            f"{ordered[line.line].ordered:,}",
            f"{line.quantity:,}",
            f"{_short(demand, line.line):,}" if _short(demand, line.line) else "–",
        )
        for line in shipment.lines
    )


def _short(demand: Demand, number: int) -> int:
    """Return how many cases of this order line still wait for stock."""
    if demand.called_off:
        return 0
    return next(line.short for line in demand.lines if line.line == number)


def _back_orders(shipment: Shipment, demand: Demand) -> tuple[Block, ...]:
    """Name what of the order is still to come."""
    later = tuple(
        f"{counted(line.short, 'case')} of {isolate(line.name)} ({line.sku})"
        for line in demand.lines
        if _short(demand, line.line)
    )
    if not later:
        return ()
    return (Block("Back-orders", ("These ship separately as soon as they are in stock:", *later)),)


def _check(shipment: Shipment) -> Block:
    return Block(
        "On delivery",
        (
            "Count the cases before the driver leaves.",
            f"Anything missing or damaged? Call {COMPANY.phone} and mention {shipment.number}.",
        ),
    )
