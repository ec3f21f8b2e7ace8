"""Numbers that people write on paper are told in events, so that after a restore none is given a second time."""

import msgspec
import psycopg
import pytest

from consumers.backup.recovery import NUMBERS, Told, raise_numbers
from models.inventory import adjustments, stock_takes
from models.inventory.transfers import transfer_stock
from models.shared.errors import Invalid
from models.shared.transactions import transaction
from settings import settings
from tests.factories.inventory import Office, add_locations, add_product
from tests.factories.orders import Ordered

GIVEN = (
    "inventory.goods_receipt_number",
    "inventory.shipment_number",
    "inventory.transfer_number",
    "inventory.stock_take_number",
)

BEFORE = "inventory.receipt_number"  # only the version before gives numbers such as GR-3001


def by(actor: str, command, *args, **more):
    with transaction("inventory", actor=actor) as session:
        return command(session, *args, **more)


@pytest.fixture
def worked(office: Office) -> dict[str, str]:
    """A warehouse that received, made a parcel, carried and counted; the numbers of the last two."""
    with transaction("inventory", actor="darryl.philbin") as session:
        add_locations(session, "BULK")
    add_product("A", 9)
    office.place(Ordered("A", cases=2))
    transfer = by("roy.anderson", transfer_stock, "A", "Aisle 4", "BULK", 3, " refill ")
    take = by("roy.anderson", stock_takes.start_stock_take, "Bulk", ["A"], "BULK")
    by("roy.anderson", stock_takes.count_stock, take, {"A": 2}, 1)
    assert by("roy.anderson", stock_takes.confirm_stock_take, take, 2) == 1
    return {"transfer": transfer, "take": take}


def test_a_transfer_is_told_and_nothing_of_it_when_it_was_refused(
    worked: dict[str, str], published
):
    told = published("stock.transferred", "A")
    assert told == [
        {
            "transfer_number": worked["transfer"],
            "sku": "A",
            "name": "Paper A",
            "quantity": 3,
            "source": "Aisle 4",
            "target": "BULK",
            "reason": "refill",
            "transferred_by": "roy.anderson",
        }
    ]
    with pytest.raises(Invalid):
        by("roy.anderson", transfer_stock, "A", "BULK", "Aisle 4", 3)
    assert published("stock.transferred") == told


def test_what_a_counting_found_names_the_counting_and_a_single_adjustment_none(
    worked: dict[str, str], published
):
    by("darryl.philbin", adjustments.adjust_stock, "A", 1, "found one")
    assert [each["stock_take_number"] for each in published("stock.adjusted")] == [
        worked["take"],
        "",
    ]


def test_after_a_restore_every_number_of_the_warehouse_goes_on_past_what_was_told(
    worked: dict[str, str], clean_database: str
):
    assert {*GIVEN, BEFORE} == {
        sequence for sequence in NUMBERS.values() if sequence.startswith("inventory.")
    }
    with psycopg.connect(clean_database) as connection:
        rows = connection.execute("SELECT envelope FROM inventory.outbox").fetchall()
    with psycopg.connect(settings().database_dsn("migrator"), autocommit=True) as connection:
        for sequence in GIVEN:
            connection.execute(
                f"ALTER SEQUENCE {sequence} RESTART"
            )  # as a snapshot from before all of it has them
    raised = raise_numbers(
        [msgspec.json.decode(bytes(envelope), type=Told) for (envelope,) in rows]
    )
    assert set(GIVEN) < set(raised), "and those of the orders that were told with them"
    assert raised["inventory.transfer_number"] == int(worked["transfer"][3:]), (
        "the number that was given, not more"
    )
    assert (
        by("roy.anderson", transfer_stock, "A", "BULK", "Aisle 4", 1)
        == f"TR-{int(worked['transfer'][3:]) + 1}"
    )
