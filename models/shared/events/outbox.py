"""The transactional outbox, with a gapless sequence per key (docs/adr/0002).

See https://microservices.io/patterns/data/transactional-outbox.html for the pattern.
"""

import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import uuid_utils
from sqlalchemy import text
from sqlalchemy.orm import Session

import telemetry
from models.shared import clock
from models.shared.database.channels import OUTBOX
from models.shared.database.context import current_schema
from models.shared.events.catalogue import BY_TYPE
from models.shared.events.envelope import Envelope, encode, type_of

SOURCES = {"notifications": "wuphf-service", "orders": "order-service"}


def record(
    session: Session,
    payload: msgspec.Struct,
    *,
    subject: str | None = None,
    event_id: UUID | None = None,
) -> UUID:
    """Publish `payload` if and when this transaction commits; return the event's id.

    The key comes from the payload field that the catalogue names. `subject` (the business number)
    defaults to the key. A fixed `event_id` makes the event recognizable when the same cause is
    handled again.
    """
    id_ = event_id or UUID(bytes=uuid_utils.uuid7().bytes)
    if "rebuilding" not in session.info:
        session.info["events"].append(_row(session, id_, payload, subject))
    return id_


def write_recorded(session: Session) -> None:
    """Number the recorded events and write them to the outbox.

    Keys are taken in sorted order, so that two transactions cannot deadlock.
    """
    rows, session.info["events"] = session.info["events"], []
    if not rows:
        return
    session.flush()
    following = _take_numbers(session, Counter((row["topic"], row["key"]) for row in rows))
    for row in rows:
        row["sequence"] = next(following[row["topic"], row["key"]])
        row["envelope"] = encode(msgspec.structs.replace(row["envelope"], sequence=row["sequence"]))
    columns = {name: [row[name] for row in rows] for name in _COLUMNS}
    session.connection().execute(
        _WRITE, {**columns, "channel": OUTBOX, "schema": current_schema(session)}
    )


def _row(
    session: Session, id_: UUID, payload: msgspec.Struct, subject: str | None
) -> dict[str, object]:
    kind = BY_TYPE[type_of(payload)]
    key = str(getattr(payload, kind.key))
    info, now = session.info, clock.now().astimezone(UTC)
    envelope = Envelope(
        id=id_,
        type=kind.type,
        source=SOURCES.get(info["schema"], f"{info['schema']}-service"),
        subject=subject or key,
        time=now,
        sequence=0,
        correlationid=info["correlation"],
        causationid=info["causation"],
        actor=info["actor"],
        traceparent=telemetry.current_traceparent(),
        partitionkey=key,
        data=msgspec.Raw(msgspec.json.encode(_in_utc(payload))),
    )
    return {
        "topic": kind.topic,
        "key": key,
        "event_id": id_,
        "type": kind.type,
        "envelope": envelope,
        "correlation_id": info["correlation"],
        "created_at": now,
        **_request_of(session, now),
    }


def _request_of(session: Session, now: datetime) -> dict[str, object]:
    """Return the HTTP request that this transaction answers, without its query, and its start.

    Empty for a handler, a job or a command of the operator.
    """
    request = telemetry.http_request.get()
    info = session.info
    if request is None or info["causation"] or request.correlation != info["correlation"]:
        return {"request": None, "requested_at": None}
    took = timedelta(seconds=time.perf_counter() - request.started)
    return {"request": request.line, "requested_at": now - took}


def _in_utc(value: object) -> object:
    """Return a payload with every moment in UTC, however deep it stands."""
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, list):
        return [_in_utc(each) for each in value]
    if isinstance(value, msgspec.Struct):
        fields = {name: getattr(value, name) for name in value.__struct_fields__}
        in_utc = {name: _in_utc(each) for name, each in fields.items()}
        changed = {name: each for name, each in in_utc.items() if each is not fields[name]}
        return msgspec.structs.replace(value, **changed) if changed else value
    return value


def _take_numbers(
    session: Session, wanted: Counter[tuple[str, str]]
) -> dict[tuple[str, str], Iterator[int]]:
    """Reserve the next numbers of each key.

    The rows stay locked until commit, which is what keeps the events of a key in order.
    """
    asked = [(topic, key, count) for (topic, key), count in sorted(wanted.items())]
    topics, keys, counts = (list(column) for column in zip(*asked, strict=True))
    taken = session.connection().execute(_TAKE, {"topics": topics, "keys": keys, "counts": counts})
    return {
        (row.topic, row.key): iter(
            range(row.sequence - wanted[row.topic, row.key] + 1, row.sequence + 1)
        )
        for row in taken
    }


_COLUMNS = {
    "topic": "text",
    "key": "text",
    "sequence": "bigint",
    "event_id": "uuid",
    "type": "text",
    "envelope": "bytea",
    "correlation_id": "text",
    "created_at": "timestamptz",
    "request": "text",
    "requested_at": "timestamptz",
}
_NAMES = ", ".join(_COLUMNS)
# Insert in row order, since the relay publishes by id; the NOTIFY goes in the same statement.
_WRITE = text(f"""WITH written AS (INSERT INTO outbox ({_NAMES})
    SELECT {_NAMES} FROM unnest({", ".join(f"CAST(:{name} AS {type_}[])" for name, type_ in _COLUMNS.items())})
    WITH ORDINALITY AS given ({_NAMES}, place) ORDER BY place)
    SELECT pg_notify(:channel, :schema)""")  # noqa: S608  names and types of columns, all from above

# Arrays make it one statement for any number of keys, so that PostgreSQL and SQLAlchemy can
# prepare it.
_TAKE = text("""INSERT INTO outbox_key AS known (topic, key, sequence)
    SELECT * FROM unnest(CAST(:topics AS text[]), CAST(:keys AS text[]), CAST(:counts AS bigint[]))
    AS wanted (topic, key, count)
    ORDER BY topic, key
    ON CONFLICT (topic, key) DO UPDATE SET sequence = known.sequence + excluded.sequence
    RETURNING topic, key, sequence""")
