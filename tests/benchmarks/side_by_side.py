"""The same pages over little and over much, in turns: two databases under one application, switched between requests.

Taking turns and keeping each side's quickest answer leaves out what the rest of the machine does meanwhile.
"""

import contextlib
import logging
import time
from collections.abc import Callable, Iterator, Mapping

from flask.testing import FlaskClient
from sqlalchemy import Engine

from models.orders import queries
from models.shared import transactions
from tests.benchmarks.orders_list import _database, _ours
from tests.benchmarks.results import tell

ROUNDS = 60
Seconds = dict[str, dict[str, float]]


class Side:
    """One of the two databases, with its connections and what a process remembers of it."""

    def __init__(self, fill: Callable[[], None]) -> None:
        fill()
        self.engines, self.remembered = dict[str, Engine](), dict[queries.OrderFilter, object]()
        for schema in ("orders", "sales"):
            self.engine(schema).connect().close()  # while the settings name this database

    def engine(self, schema: str) -> Engine:
        """As models.shared.transactions.engine, of this side."""
        if schema not in self.engines:
            self.engines[schema] = _ENGINE.__wrapped__(schema)
        return self.engines[schema]

    def take_turn(self) -> None:
        """From now on the application reads here."""
        transactions.engine = self.engine  # type: ignore[assignment]
        queries._BEYOND = self.remembered  # type: ignore[assignment]


_ENGINE = transactions.engine


@contextlib.contextmanager
def two_sides(few: Callable[[], None], many: Callable[[], None]) -> Iterator[dict[str, Side]]:
    """A database filled by `few`, and one by `many`."""
    with _database():
        little = Side(few)
        with _database():
            yield {"few": little, "many": Side(many)}


def measure(sides: Mapping[str, Side], pages: Mapping[str, str]) -> Seconds:
    """Milliseconds of each page on each side: the quickest of many."""
    client = _ours()
    logging.disable(logging.INFO)
    return {name: _quickest(sides, client, url) for name, url in pages.items()}


def show(found: Seconds, few: int, many: int) -> None:
    """Tell each page's time over `many` records, next to its time over `few`."""
    for name, times in found.items():
        tell(
            f"{name[:1].upper()}{name[1:]}",
            f"{times['many']:.1f} ms of {many:,}",
            f"{times['few']:.1f} ms of {few:,}",
            times["many"] / times["few"],
        )


def _quickest(sides: Mapping[str, Side], client: FlaskClient, url: str) -> dict[str, float]:
    times: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(ROUNDS):
        for name, side in sides.items():
            side.take_turn()
            began = time.perf_counter()
            assert client.get(url).status_code == 200
            times[name].append((time.perf_counter() - began) * 1000)
    return {name: min(taken) for name, taken in times.items()}
