"""Import leads from a file: read it, preview the outcome of each row, then create all or none."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session, undefer

from models.sales.duplicates import known_keys
from models.sales.lead_files import (
    MOST_BYTES,
    facts_of,
    in_portions,
    wrong_with,
)
from models.sales.lead_rules import columns_of, search_text_of
from models.sales.leads import CURRENCY
from models.sales.tables import LEAD_NUMBER, VERDICTS, Lead, LeadImport, LeadImportRow
from models.shared import clock
from models.shared.database.live_signals import signal_record
from models.shared.database.tables import mechanism
from models.shared.errors import DomainError, Invalid, NotFound

PORTION = 500
SHOWN = 200  # rows per verdict in the preview


def start_import(
    session: Session, filename: str, content: bytes, people: Mapping[str, str] | None = None
) -> LeadImport:
    """Store the uploaded file for the job to read. Raises Invalid.

    `people` maps each accepted spelling of an owner, in lower case, to a uid; it is empty or None
    if the possible owners are unknown.
    """
    if not content:
        raise Invalid({"file": "Please choose a file with something in it."})
    if len(content) > MOST_BYTES:
        raise Invalid({"file": f"At most {MOST_BYTES // 1_000_000} MB."})
    made = LeadImport(
        actor=session.info["actor"],
        filename=filename[:200] or "leads.csv",
        content=content,
        state="reading",
        total=0,
        done=0,
        counts={},
        problem="",
        people=people or {},
        left_out=[],
        created_at=clock.now(),
    )
    session.add(made)
    session.flush()
    return made


def confirm_import(session: Session, id_: int) -> LeadImport:
    """Confirm an import; the job then creates its rows in one transaction.

    Raises NotFound, DomainError `not_ready` or `nothing_to_create`.
    """
    found = lock_import(session, id_)
    if found.state != "ready":
        raise DomainError("not_ready", f"This import is {found.state} and cannot be confirmed.")
    if not found.counts.get("create"):
        raise DomainError("nothing_to_create", "No row of this file would be created.")
    found.state, found.done = "creating", 0
    _signal(session, id_)
    return found


def discard_import(session: Session, id_: int) -> None:
    """Discard an import that was not confirmed. Raises NotFound, DomainError `not_discardable`."""
    found = lock_import(session, id_)
    if found.state not in ("ready", "unreadable", "reading"):
        raise DomainError(
            "not_discardable", f"This import is {found.state}; nothing can be thrown away."
        )
    found.state, found.content = "discarded", b""
    session.execute(LeadImportRow.__table__.delete().where(LeadImportRow.import_id == id_))
    _signal(session, id_)


def get_import(session: Session, id_: int, actor: str) -> LeadImport:
    """Return this person's import; raises NotFound if it is somebody else's."""
    found = session.get(LeadImport, id_)
    if found is None or found.actor != actor:
        raise NotFound("import", id_)
    return found


def list_imports(session: Session, actor: str, most: int = 10) -> list[LeadImport]:
    """Return a person's latest imports, newest first, without discarded ones."""
    query = select(LeadImport).where(LeadImport.actor == actor, LeadImport.state != "discarded")
    return list(session.scalars(query.order_by(LeadImport.id.desc()).limit(most)))


def list_rows(session: Session, id_: int, verdict: str, most: int = SHOWN) -> list[LeadImportRow]:
    """Return the first rows with this verdict, in file order."""
    query = select(LeadImportRow).where(
        LeadImportRow.import_id == id_, LeadImportRow.verdict == verdict
    )
    return list(session.scalars(query.order_by(LeadImportRow.line).limit(most)))


def lock_import(session: Session, id_: int, *, with_content: bool = False) -> LeadImport:
    """Lock the actor's own import; a service may lock anybody's. Raises NotFound."""
    query = select(LeadImport).where(LeadImport.id == id_).with_for_update()
    found = session.scalars(
        query.options(undefer(LeadImport.content)) if with_content else query
    ).one_or_none()
    actor = session.info["actor"]
    if found is None or (found.actor != actor and not actor.startswith("service:")):
        raise NotFound("import", id_)
    return found


class Prepared(NamedTuple):
    """A row with its normalized columns, or what is wrong with it."""

    line: int
    values: dict[str, str]
    columns: dict[str, Any]
    wrong: str


def prepare(
    rows: list[tuple[int, dict[str, str]]], owner: str, people: Mapping[str, str]
) -> list[Prepared]:
    """Validate and normalize the rows.

    Takes about 0.5 ms per row, so call it outside any transaction.
    """
    made, owners = [], frozenset({*people.values(), owner}) if people else None
    for line, values in rows:
        facts = facts_of(values, owner, people, owners)
        wrong = wrong_with(facts)
        made.append(Prepared(line, values, {} if wrong else columns_of(facts), wrong))
    return made


def judge(session: Session, rows: list[Prepared]) -> list[dict[str, Any]]:
    """Decide the outcome of each row: wrong (and why), duplicate (of what), or create.

    A row is also a duplicate if an earlier row of the same file matches it.
    """
    known: dict[tuple[str, str], str] = {}
    for part in in_portions([row.columns for row in rows if not row.wrong], PORTION):
        known |= known_keys(
            session,
            *(
                {each[f"{name}_key"] for each in part} - {""}
                for name in ("company", "mail", "phone")
            ),
        )
    judged, seen = [], dict[tuple[str, str], str]()
    for row in rows:
        verdict, why = ("wrong", row.wrong) if row.wrong else _against(row.columns, known, seen)
        if verdict == "create":
            seen |= dict.fromkeys(_keys(row.columns), f"line {row.line}")
        judged.append({"line": row.line, "values": row.values, "verdict": verdict, "why": why})
    return judged


def store_preview(session: Session, id_: int, judged: list[dict[str, Any]], **more: Any) -> None:
    """Replace the preview's rows with these and mark the import as ready for review."""
    session.execute(LeadImportRow.__table__.delete().where(LeadImportRow.import_id == id_))
    for part in in_portions(
        [{**row, "import_id": id_, "lead_number": None} for row in judged], PORTION
    ):
        session.execute(insert(LeadImportRow), part)
    counts = {verdict: sum(row["verdict"] == verdict for row in judged) for verdict in VERDICTS}
    session.execute(
        update(LeadImport)
        .where(LeadImport.id == id_)
        .values(state="ready", total=len(judged), done=len(judged), counts=counts, **more)
    )
    _signal(session, id_)


def create_rows(session: Session, id_: int, rows: list[Prepared], actor: str) -> None:
    """Create leads with their history from these rows.

    The caller's transaction makes it all or nothing.
    """
    numbers = session.scalars(
        select(LEAD_NUMBER.next_value()).select_from(func.generate_series(1, len(rows)))
    ).all()
    made = [
        _lead(f"LD-{number}", row.columns, session.info)
        for number, row in zip(numbers, rows, strict=True)
    ]
    session.execute(insert(Lead), made)
    session.execute(
        insert(mechanism("sales").history),
        [_history(lead, id_, session.info, actor) for lead in made],
    )
    session.execute(
        update(LeadImportRow),
        [
            {"import_id": id_, "line": row.line, "lead_number": lead["number"]}
            for row, lead in zip(rows, made, strict=True)
        ],
    )


def finish_import(session: Session, id_: int, created: int) -> bool:
    """Mark the import as done, in the transaction that creates the leads.

    Returns False if another run finished it first.
    """
    done = session.execute(
        update(LeadImport)
        .where(LeadImport.id == id_, LeadImport.state == "creating")
        .values(state="done", done=created, problem="")
        .returning(LeadImport.id)
    ).scalar()
    _signal(session, id_)
    signal_record(session, "leads", "*")
    return done is not None


def note_progress(session: Session, id_: int, done: int, **more: Any) -> None:
    """Store how many rows are done and signal open pages.

    Run it in a transaction of its own: progress written in the job's transaction would stay
    invisible until that commits.
    """
    session.execute(update(LeadImport).where(LeadImport.id == id_).values(done=done, **more))
    _signal(session, id_)


def _against(row: dict[str, Any], known: dict[Any, str], seen: dict[Any, str]) -> tuple[str, str]:
    for name, key in _keys(row):
        if other := known.get((name, key)) or seen.get((name, key)):
            return "duplicate", f"Same {name} as {other}"
    return "create", ""


def _keys(row: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (name, row[f"{name}_key"]) for name in ("company", "mail", "phone") if row[f"{name}_key"]
    ]


def _lead(number: str, columns: dict[str, Any], info: Any) -> dict[str, Any]:
    now = clock.now()
    return {
        "number": number,
        **columns,
        "currency": CURRENCY,
        "stage": "new",
        "stage_since": now,
        "lost_reason": "",
        "lost_note": "",
        "lost_from": "",
        "client_number": None,
        "merged_into": None,
        "version": 1,
        "created_at": now,
        "search_text": search_text_of(number, columns),
        "closed_at": None,
        "correlation_id": info["correlation"],
    }


def _history(lead: dict[str, Any], id_: int, info: Any, actor: str) -> dict[str, Any]:
    return {
        "record": "lead",
        "key": lead["number"],
        "at": lead["created_at"],
        "actor": actor,
        "what": "created",
        "changes": {"version": 1, "import": id_},
        "correlation_id": info["correlation"],
    }


def _signal(session: Session, id_: int) -> None:
    signal_record(session, "lead_import", str(id_))
