"""Parcels go step by step, each step once, by who may."""

import itertools

import pytest

from models.inventory import commands
from models.inventory.queries import get_shipment
from models.inventory.receipts import receive_goods
from models.inventory.rules import STATUSES, STEPS, check_step
from models.shared.errors import DomainError, Invalid, NotFound, Stale
from models.shared.transactions import reading, transaction
from tests.factories.inventory import Figures, Office, add_product
from tests.factories.orders import Ordered


@pytest.mark.parametrize(("step", "status"), list(itertools.product(STEPS, STATUSES)))
def test_each_step_is_possible_from_one_status_only(step: str, status: str):
    before, after = STEPS[step]
    if status == before:
        assert check_step(step, status, "SH-1") == after
    else:
        with pytest.raises(DomainError):
            check_step(step, status, "SH-1")


@pytest.fixture
def parcel(office: Office, published) -> str:
    """The number of a parcel that waits to be picked."""
    add_product("A", 5)
    office.place(Ordered("A", cases=2))
    return published("shipment.created")[0]["shipment_number"]


def do(command, *arguments, **more) -> None:
    with transaction("inventory", actor="roy.anderson") as session:
        command(session, *arguments, **more)


def test_a_parcel_goes_from_the_shelf_to_the_client(parcel: str, figures, published):
    do(commands.pick_shipment, parcel, version=1)
    do(commands.pack_shipment, parcel, version=2)
    assert figures("A") == Figures(on_hand=5, reserved=2)
    do(commands.dispatch_shipment, parcel, "Keystone Freight", "KF 881", version=3)
    assert figures("A") == Figures(on_hand=3, reserved=0)
    do(commands.deliver_shipment, parcel, "R. Oduya", version=4)
    assert published("shipment.delivered")[0]["signed_by"] == "R. Oduya"
    with reading("inventory") as session:
        shown = get_shipment(session, parcel)
    assert (shown.status, shown.picked_by, shown.tracking) == (
        "delivered",
        "roy.anderson",
        "KF 881",
    )


def test_who_read_an_older_version_is_refused(parcel: str):
    do(commands.pick_shipment, parcel, version=1)
    with pytest.raises(Stale):
        do(commands.pack_shipment, parcel, version=1)


def test_nothing_leaves_without_carrier_and_tracking(parcel: str, figures):
    do(commands.pick_shipment, parcel)
    do(commands.pack_shipment, parcel)
    with pytest.raises(Invalid) as refused:
        do(commands.dispatch_shipment, parcel, " ", "")
    assert set(refused.value.errors) == {"carrier", "tracking"}
    assert figures("A") == Figures(on_hand=5, reserved=2)


def test_a_parcel_that_is_not_there_is_not_found(parcel: str):
    for command, extra in ((commands.pick_shipment, ()), (commands.dispatch_shipment, ("a", "b"))):
        with pytest.raises(NotFound):
            do(command, "SH-0", *extra)


@pytest.mark.parametrize(
    ("sku", "quantity", "field"),
    [("NOPE", 1, "sku"), ("A", 0, "quantity"), ("A", -3, "quantity"), ("A", 100_001, "quantity")],
)
def test_goods_that_cannot_be_are_refused_by_field(
    parcel: str, figures, sku: str, quantity: int, field: str
):
    with pytest.raises(Invalid) as refused:
        do(receive_goods, sku, quantity)
    assert set(refused.value.errors) == {field}
    assert figures("A") == Figures(on_hand=5, reserved=2)
