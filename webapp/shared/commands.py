"""A route's door to a command: the actor is whoever sent the request, the key is the one it carries."""

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy.orm import Session

from models.shared.commands import Door
from webapp.shared.forms import form_key
from webapp.shared.rights import person

P = ParamSpec("P")
R = TypeVar("R")


def run(command: Callable[Concatenate[Session, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run the command once per form key or `Idempotency-Key`; sent again it returns the same result.

    Raises what the command raises, and KeyReused where the key came with other parameters.
    """
    return Door(person().uid, form_key()).run(command, *args, **kwargs)


def run_each_time(
    command: Callable[Concatenate[Session, P], R], *args: P.args, **kwargs: P.kwargs
) -> R:
    """Run the command each time the request is sent: for what saves over itself, such as a draft."""
    return Door(person().uid).run(command, *args, **kwargs)


def door_for(part: str) -> Door:
    """The door to one `part` of a request that asks for several things, each done or refused by itself."""
    return Door(person().uid, f"{form_key()[:32]}-{part}"[:64])


def door_of(schema: str) -> Door:
    """The door to a command that all services share, in the schema of one of them."""
    return Door(person().uid, form_key(), schema)
