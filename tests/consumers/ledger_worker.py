"""The real worker of `orders`, with the ledger's handlers instead of the area's: `python -m
tests.consumers.ledger_worker`."""

from consumers import worker
from tests.consumers import ledger

ledger.install()
worker.main("orders")
