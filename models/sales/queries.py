"""What the sales service answers."""

from sqlalchemy.orm import Session

from models.sales.tables import Client
from models.shared.errors import NotFound


def get_client(session: Session, number: str) -> Client:
    """The client of this number; raises NotFound."""
    client = session.get(Client, number)
    if client is None:
        raise NotFound("client", number)
    return client
