"""Run a command once per idempotency key: the same key returns the same result.

Reusing a key with other parameters is an error. Modeled on Stripe's idempotent requests
(https://docs.stripe.com/api/idempotent_requests).
"""

import hashlib
from collections.abc import Callable

import msgspec
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from models.shared import clock
from models.shared.database.context import current_actor, current_schema
from models.shared.database.tables import mechanism
from models.shared.errors import KeyReused


def once(
    session: Session, key: str, command: str, parameters: object, run: Callable[[], object]
) -> object:
    """Call `run`, or return its stored result (plain JSON) if this actor already used `key`.

    The key's row is inserted first, so a concurrent request waits for the first to commit. Raises
    KeyReused if the key was used for another command or with other parameters.
    """
    table = mechanism(current_schema(session)).idempotency_key
    digest = hashlib.sha256(msgspec.json.encode(parameters, order="deterministic")).hexdigest()
    mine = {"key": key, "actor": current_actor(session)}
    added = session.execute(
        insert(table)
        .values(**mine, command=command, request_hash=digest, answer={}, created_at=clock.now())
        .on_conflict_do_nothing()
        .returning(table.c.key)
    ).scalar()
    where = (table.c.key == mine["key"], table.c.actor == mine["actor"])
    if added is None:
        before = session.execute(select(table).where(*where)).one()
        if (before.command, before.request_hash) != (command, digest):
            raise KeyReused
        told: object = before.answer
        return told
    answer: object = msgspec.to_builtins(run())
    session.execute(update(table).where(*where).values(answer=answer))
    return answer
