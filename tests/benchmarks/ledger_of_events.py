"""The worker that is measured: the real one of `orders`, with a handler that does the peer's two
statements."""

from sqlalchemy import text

from consumers.worker import process
from models.shared.listeners import registry
from models.shared.listeners.registry import HANDLERS, handles
from tests.consumers.ledger import TYPE, Client

LEDGER = text("INSERT INTO ledger (key, sequence, event_id) VALUES (:key, :sequence, :id)")
COUNT = text(
    "INSERT INTO client_count AS c VALUES (:key, 1, :name) ON CONFLICT (key) DO UPDATE"
    " SET events = c.events + 1, names = excluded.names"
)


def write(session, event, data) -> None:
    session.execute(LEDGER, {"key": data.client_number, "sequence": event.sequence, "id": event.id})
    session.execute(COUNT, {"key": data.client_number, "name": data.name})


if __name__ == "__main__":
    registry.use_only_registered_handlers()
    HANDLERS.clear()
    handles(TYPE, reads=Client, by="orders")(write)
    process.main("orders")
