"""Queries on clients, as the orders service knows them from events."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.orders.tables import Client
from models.shared.errors import NotFound
from models.shared.search import words_of


def get_known_client(session: Session, number: str) -> Client:
    """Return the client with this number as orders knows it; raises NotFound."""
    client = session.get(Client, number)
    if client is None:
        raise NotFound("client", number)
    return client


def search_clients(session: Session, q: str = "", most: int = 20) -> list[Client]:
    """Return at most `most` active clients, by name, matching every word of `q`.

    A word matches if the client's name, city or number contains it.
    """
    query = (
        select(Client)
        .where(Client.active)
        .order_by(func.folded(Client.name), Client.number)
        .limit(most)
    )
    looked_in = func.folded(func.concat_ws(" ", Client.name, Client.city, Client.number))
    for word in words_of(q):
        query = query.where(looked_in.contains(word, autoescape=True))
    return list(session.scalars(query))
