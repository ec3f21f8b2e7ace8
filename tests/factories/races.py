"""Acts at the same instant."""

import threading
from concurrent.futures import ThreadPoolExecutor

from models.shared.errors import DomainError


def do_at_once(*acts):
    """Runs the acts at the same instant; what each returned or raised."""
    gate = threading.Barrier(len(acts))

    def run(act):
        gate.wait()
        try:
            return act()
        except DomainError as error:
            return error

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))
