"""The trade under a seeded day of people, trucks and a bad network: the checker finds nothing, and
finds what is planted.
"""

import psycopg

from consumers.operations.checks import find_faults
from models.orders.history import get_timeline
from models.shared.listeners.interface import rebuild
from models.shared.transactions import reading
from tests.trade.simulation import simulate

DAMAGES = (
    """UPDATE orders."order" SET total = total + 1""",
    """UPDATE orders."order" SET short = short + 1""",
    "UPDATE inventory.stock SET on_hand = on_hand + 1",
    "UPDATE inventory.stock_at_location SET on_hand = on_hand + 5",
    "UPDATE inventory.shipment_pick SET quantity = quantity + 1000",
    "UPDATE inventory.demand_line SET shipped = shipped - 1 WHERE shipped > 0",
)


def test_whatever_people_and_the_network_do_the_books_are_right_and_the_checker_would_see(
    clean_database: str,
):
    done, faults = simulate(seed=3, steps=110)
    assert faults == []
    assert done["sell"] and done["work"] and done["unload"], "the story has something in it"

    before = all_timelines(clean_database)
    assert len(before) > 20
    rebuild("orders", "timeline")
    assert all_timelines(clean_database) == before, "rebuilt from events it is identical"

    with psycopg.connect(clean_database, autocommit=True) as superuser:
        for damage in DAMAGES:
            known = len(find_faults())
            assert superuser.execute(damage).rowcount > 0
            assert len(find_faults()) > known, damage


def all_timelines(database: str) -> list:
    with psycopg.connect(database) as connection:
        numbers = [
            row[0] for row in connection.execute('SELECT number FROM orders."order" ORDER BY 1')
        ]
    with reading("orders") as session:
        return [entry for number in numbers for entry in get_timeline(session, number)]
