"""A process for the events of notifications, while the history goes on.

Nothing in the history waits for a notification, and they take a third of its time. They are
handled in the order in which one process would handle them, one call after another: in each round
of a delivery first what other services published, then what notifications published about it.
"""

import gc
import signal
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from types import TracebackType

from models.shared.events.catalogue import LISTENERS, PUBLISHERS
from models.shared.listeners.delivery import Pending, deliver, deliver_pending, list_pending
from stack.processes import bind_to_parent

OURS = ("notifications",)
OTHER_LISTENERS = tuple(schema for schema in LISTENERS if schema not in OURS)
OTHER_PUBLISHERS = tuple(schema for schema in PUBLISHERS if schema not in OURS)
_cursor: dict[str, int] = {}  # in the process of notifications: what it has handled of its own


class Notifications:
    """Delivers events to the notifications service in another process.

    `with` ends that process.
    """

    def __init__(self) -> None:
        # Not a fork: this process may have connections and threads.
        self._process = ProcessPoolExecutor(
            1, mp_context=get_context("spawn"), initializer=_begin, initargs=(signal.SIGKILL,)
        )
        self._running: list[Future[None]] = []

    def __enter__(self) -> "Notifications":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.shutdown(cancel_futures=kind is not None)

    def deliver(self, events: list[Pending]) -> None:
        """Deliver one round of events that other services published. Does not wait."""
        self._running.append(self._process.submit(_deliver_round, events))

    def end_delivery(self) -> None:
        """Deliver what notifications published about the rounds so far. Does not wait."""
        self._running.append(self._process.submit(_deliver_own))

    def wait(self) -> None:
        """Wait until all is handled, as anyone must who reads or changes notifications.

        Raises the first error.
        """
        running, self._running = self._running, []
        for each in running:
            each.result()


def _begin(orphan_signal: int) -> None:
    bind_to_parent(orphan_signal)
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def _deliver_round(events: list[Pending]) -> None:
    deliver([*events, *list_pending(_cursor, OURS)], OURS)


def _deliver_own() -> None:
    deliver_pending(_cursor, publishers=OURS, listeners=OURS)
