"""Run commands: one transaction, one actor, and one result per idempotency key.

A command is a function `command(session, …)` in one area that returns plain data. Pages, REST
routes and jobs all run it through `Door`, without registering or describing it anywhere else.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Concatenate, ParamSpec, TypeVar, get_type_hints

import msgspec
from sqlalchemy.orm import Session

from areas import schema_of_package
from models.shared.records.circumstance import is_circumstance
from models.shared.records.idempotency import once
from models.shared.transactions import transaction

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Door:
    """Run commands on behalf of `actor`: the uid of a person, or `service:NAME`.

    With a `key`, each command runs once. Sending it again returns the first result; using the key
    with other parameters or for another command raises KeyReused. Without a key, the command runs
    every time.
    """

    actor: str
    key: str | None = None
    schema: str | None = None  # for a command all services share; defaults to the command's area

    def run(
        self, command: Callable[Concatenate[Session, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run the command in its own transaction. Raises whatever it raises, and KeyReused."""
        schema = self.schema or schema_of(command)
        with transaction(schema, actor=self.actor) as session:
            if self.key is None:
                return command(session, *args, **kwargs)
            answer = once(
                session,
                self.key,
                command.__name__,
                parameters_of(command, *args, **kwargs),
                lambda: command(session, *args, **kwargs),
            )
        result: R = msgspec.convert(answer, _hints(command).get("return", Any))
        return result


def schema_of(command: Callable[..., object]) -> str:
    """Return the schema of the command's area. Raises LookupError if it belongs to none."""
    return schema_of_package(command.__module__.removeprefix("models.").partition(".")[0])


def parameters_of(
    command: Callable[..., object], *args: object, **kwargs: object
) -> dict[str, object]:
    """Return the parameters an idempotency key covers: all, by name, except each Circumstance."""
    bound = inspect.signature(command).bind(None, *args, **kwargs)
    bound.apply_defaults()
    _session, *asked = bound.arguments.items()
    hints = _hints(command)
    return {name: _asked_for(value) for name, value in asked if not is_circumstance(hints, name)}


def _asked_for(value: object) -> object:
    if isinstance(value, msgspec.Struct):
        hints = _hints(type(value))
        fields = [name for name in value.__struct_fields__ if not is_circumstance(hints, name)]
        return {name: _asked_for(getattr(value, name)) for name in fields}
    if isinstance(value, Mapping):
        return {str(name): _asked_for(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_asked_for(each) for each in value]
    return value


@cache
def _hints(what: Callable[..., object]) -> Mapping[str, object]:
    return get_type_hints(what, include_extras=True)
