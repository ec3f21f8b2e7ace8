"""Run commands for a route, with the request's person as actor and its idempotency key."""

import hashlib
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy.orm import Session

from models.shared.records.commands import Door
from webapp.shared.pages.form_keys import form_key
from webapp.shared.people.rights import person

P = ParamSpec("P")
R = TypeVar("R")


def run(command: Callable[Concatenate[Session, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a command once per form key or `Idempotency-Key`; a repeat returns the same result.

    Raises what the command raises, and KeyReused if the key was used with other parameters.
    """
    return Door(person().uid, form_key()).run(command, *args, **kwargs)


def run_each_time(
    command: Callable[Concatenate[Session, P], R], *args: P.args, **kwargs: P.kwargs
) -> R:
    """Run a command on every request; for commands that overwrite, such as saving a draft."""
    return Door(person().uid).run(command, *args, **kwargs)


def door_for(part: str) -> Door:
    """Return the door for one `part` of a batch request, so that each part succeeds or fails alone."""
    key = hashlib.sha256(f"{form_key()} {part}".encode()).hexdigest()  # of the whole of both
    return Door(person().uid, key)


def door_of(schema: str) -> Door:
    """Return the door for a command that all services share, in the schema of one of them."""
    return Door(person().uid, form_key(), schema)
