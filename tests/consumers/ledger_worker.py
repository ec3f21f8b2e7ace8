"""The real worker of `orders`, with the ledger's handlers instead of the area's: `python -m
tests.consumers.ledger_worker`."""

from consumers.worker import process
from tests.consumers import ledger

ledger.install()
process.main("orders")
