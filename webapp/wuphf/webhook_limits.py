"""What a person may have a webhook do: which events, to which networks, signed with what."""

from collections.abc import Iterable
from uuid import UUID

from werkzeug.exceptions import Forbidden

from models.shared.events.catalogue import EVENTS
from models.wuphf.webhooks.rules import hearable_types
from models.wuphf.webhooks.signatures import secret_of
from models.wuphf.webhooks.subscriptions import Limits
from settings import settings
from webapp.shared.people.access_tokens import READ, token_allows
from webapp.shared.people.rights import groups_of_roles, person

SAYS = {event.type: event.says for event in EVENTS}


def limits() -> Limits:
    """Return what holds for whoever makes this request, also by the rights of an access token.

    A service account is in no group of the directory, so it hears nothing: webhooks have people.
    """
    groups = frozenset[str]() if person().is_service_account else groups_of_roles(person().roles)
    types = hearable_types(groups)
    return Limits(
        types=[type_ for type_ in types if token_allows(_right_for(type_))],
        networks=settings().webhook_networks,
    )


def refuse_beyond_token(types: Iterable[str]) -> None:
    """Raise Forbidden unless the request's access token may read all that these events tell of."""
    for type_ in types:
        if not token_allows(_right_for(type_)):
            raise Forbidden(f"This access token does not have the right {_right_for(type_)}.")


def signing_secret(id_: UUID, version: int) -> str:
    """Return the secret that the receiver checks signatures with."""
    return secret_of(settings().webhook_key.reveal(), id_, version)


def _right_for(type_: str) -> str:
    """Return the right that reads what an event tells of: `dm.orders.order.placed.v1` → orders:read."""
    return f"{type_.split('.')[1]}:{READ}"
