"""Import leads from a file: read it, preview the outcome of each row, then create all or none."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from msgspec import convert, structs, to_builtins
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session, undefer

from models.sales.duplicates import known_keys
from models.sales.lead_files import (
    FIELDS,
    MOST_BYTES,
    facts_of,
    in_portions,
    wrong_with,
)
from models.sales.lead_rules import LeadColumns, columns_of, search_text_of
from models.sales.tables import (
    LEAD_NUMBER,
    VERDICTS,
    Lead,
    LeadEntry,
    LeadImport,
    LeadImportRow,
)
from models.shared import clock
from models.shared.counts import counted
from models.shared.database.context import current_actor, current_correlation
from models.shared.database.live_signals import signal_record
from models.shared.database.tables import mechanism
from models.shared.errors import DomainError, Invalid, NotFound
from models.shared.import_columns import Mapping as Columns
from models.shared.numbers import CURRENCY
from models.shared.records.history import write_history

Key = tuple[str, str]  # what must match (company, mail, phone), and its normal form

PORTION = 500
SHOWN = 200  # rows per verdict in the preview
AT_ONCE = 4  # imports of one person that the jobs have yet to finish
PATIENCE = timedelta(hours=1)  # after which one that is not finished counts no more
MOST_READY = 20  # imports of one person that wait to be confirmed
KEPT = timedelta(days=7)  # an upload that nobody confirms
_NAMES = frozenset(field.name for field in FIELDS)


class TooManyImports(DomainError):
    """This person's earlier imports are still being read or carried out."""

    status = 429

    def __init__(self) -> None:
        super().__init__(
            "too_many_imports",
            "Your earlier imports are still being read. Upload this file again in a moment.",
        )


def start_import(
    session: Session, filename: str, content: bytes, people: Mapping[str, str] | None = None
) -> LeadImport:
    """Store the uploaded file for the job to read. Raises Invalid, or TooManyImports.

    `people` maps each accepted spelling of an owner, in lower case, to a uid; it is empty or None
    if the possible owners are unknown.
    """
    if not content:
        raise Invalid({"file": "Choose a file that is not empty."})
    if len(content) > MOST_BYTES:
        raise Invalid({"file": f"Choose a file of at most {MOST_BYTES // 1_000_000} MB."})
    if _count_under_way(session) >= AT_ONCE:
        raise TooManyImports
    if _count_ready(session) >= MOST_READY:
        raise Invalid(
            {"file": f"You have {MOST_READY} imports to review. Confirm or discard some first."}
        )
    made = LeadImport(
        actor=current_actor(session),
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


def _count_under_way(session: Session) -> int:
    """Return how many imports of this person the jobs have yet to read or to carry out."""
    under_way = select(func.count()).where(
        LeadImport.actor == current_actor(session),
        LeadImport.state.in_(("reading", "creating")),
        LeadImport.created_at > clock.now() - PATIENCE,
    )
    return session.scalar(under_way) or 0


def _count_ready(session: Session) -> int:
    ready = select(func.count()).where(
        LeadImport.actor == current_actor(session), LeadImport.state == "ready"
    )
    return session.scalar(ready) or 0


def confirm_import(session: Session, id_: int) -> LeadImport:
    """Confirm an import; the job then creates its rows in one transaction.

    Raises NotFound, DomainError `not_ready` or `nothing_to_create`.
    """
    found = lock_import(session, id_)
    if found.state != "ready":
        raise DomainError("not_ready", "This import cannot be confirmed now.")
    if not found.counts.get("create"):
        raise DomainError("nothing_to_create", "This file has no rows to create leads from.")
    found.state, found.done = "creating", 0
    _signal(session, id_)
    return found


def choose_columns(session: Session, id_: int, fields: list[str], *, has_headings: bool) -> None:
    """Map the columns of an import that was not confirmed yet, for the job to read the file again.

    `fields` has a field for each column in order, "" to leave it out. Raises NotFound, DomainError
    `not_ready`, or Invalid for other columns than the file has.
    """
    found = lock_import(session, id_)
    before = mapping_of(found)
    if found.state not in ("ready", "unreadable") or not before.columns:
        raise DomainError("not_ready", "The columns of this import cannot be changed now.")
    if len(fields) != len(before.columns) or not {*fields} <= {"", *_NAMES}:
        raise Invalid({"column": "Choose a field or “Leave out” for each column of this file."})
    columns = [
        structs.replace(column, field=field)
        for column, field in zip(before.columns, fields, strict=True)
    ]
    chosen = structs.replace(before, columns=columns, has_headings=has_headings)
    found.columns, found.state, found.done, found.total = to_builtins(chosen), "reading", 0, 0
    found.problem = ""
    _signal(session, id_)


def mapping_of(found: LeadImport) -> Columns:
    """Return what each column of an import's file is for; without columns until it was read."""
    return convert(found.columns, Columns)


def kept_values(found: LeadImport, row: LeadImportRow) -> LeadColumns:
    """Return the columns of the lead that this valid row of the preview becomes."""
    return columns_of(facts_of(row.values, found.actor, found.people, None))


def discard_old_imports(session: Session) -> int:
    """Discard the imports that nobody confirmed within KEPT, with their files; return how many."""
    old = select(LeadImport.id).where(
        LeadImport.state.in_(("reading", "ready", "unreadable")),
        LeadImport.created_at < clock.now() - KEPT,
    )
    gone = session.scalars(old.order_by(LeadImport.id).limit(PORTION).with_for_update()).all()
    _empty(session, gone)
    return len(gone)


def _empty(session: Session, ids: Sequence[int]) -> None:
    session.execute(delete(LeadImportRow).where(LeadImportRow.import_id.in_(ids)))
    session.execute(
        update(LeadImport)
        .where(LeadImport.id.in_(ids))
        .values(state="discarded", content=b"", columns={})
    )
    for id_ in ids:
        _signal(session, id_)


def discard_import(session: Session, id_: int) -> None:
    """Discard an import that was not confirmed. Raises NotFound, DomainError `not_discardable`."""
    found = lock_import(session, id_)
    if found.state not in ("ready", "unreadable", "reading"):
        raise DomainError("not_discardable", "This import can no longer be discarded.")
    _empty(session, [id_])


def undo_import(session: Session, id_: int) -> int:
    """Delete every lead of an import, while nobody has worked on any; return how many.

    Raises NotFound, DomainError `not_done`, `undone`, or `worked_on` (naming how many were).
    """
    found = lock_import(session, id_)
    if found.state != "done":
        raise DomainError("not_done", "This import has not created any leads.")
    if found.undone_at:
        raise DomainError("undone", "This import was already undone.")
    numbers = _made_by(session, id_)
    session.execute(select(Lead.number).where(Lead.number.in_(numbers)).with_for_update())
    if worked_on := count_worked_on(session, id_):
        raise DomainError("worked_on", why_not_undone(worked_on, len(numbers)))
    for part in in_portions(numbers, PORTION):
        session.execute(delete(Lead).where(Lead.number.in_(part)))
    for number in numbers:
        write_history(session, "lead", number, "import undone", **{"import": id_})
    found.undone_at = clock.now()
    _signal(session, id_)
    signal_record(session, "leads", "*")
    return len(numbers)


def count_worked_on(session: Session, id_: int) -> int:
    """Return how many of an import's leads were changed, talked to, merged or converted since."""
    history, numbers = mechanism("sales").history, _made_by(session, id_)
    touched = (
        select(history.c.key)
        .where(history.c.record == "lead", history.c.key.in_(numbers), history.c.what != "created")
        .union(
            select(Lead.number).where(Lead.number.in_(numbers), Lead.version > 1),
            select(LeadEntry.told_of).where(LeadEntry.told_of.in_(numbers)),
            select(LeadEntry.lead_number).where(LeadEntry.lead_number.in_(numbers)),
        )
    )
    return session.scalar(select(func.count()).select_from(touched.subquery())) or 0


def why_not_undone(worked_on: int, made: int) -> str:
    """Return the sentence that says why an import can no longer be undone as a whole."""
    return (
        f"This import cannot be undone: {worked_on:,} of its {counted(made, 'lead')} "
        f"{'has' if worked_on == 1 else 'have'} been worked on. "
        "You can mark leads that you do not need as lost."
    )


def _made_by(session: Session, id_: int) -> list[str]:
    rows = select(LeadImportRow.lead_number).where(
        LeadImportRow.import_id == id_, LeadImportRow.lead_number.is_not(None)
    )
    return [number for number in session.scalars(rows) if number]


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
    actor = current_actor(session)
    if found is None or (found.actor != actor and not actor.startswith("service:")):
        raise NotFound("import", id_)
    return found


class Prepared(NamedTuple):
    """A row with its normalized columns, or what is wrong with it."""

    line: int
    values: dict[str, str]
    columns: LeadColumns | None
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
        wrong = wrong_with(facts, values)
        made.append(Prepared(line, values, None if wrong else columns_of(facts), wrong))
    return made


def judge(session: Session, rows: list[Prepared]) -> list[dict[str, object]]:
    """Decide the outcome of each row: wrong (and why), duplicate (of what), or create.

    A row is also a duplicate if an earlier row of the same file matches it.
    """
    known: dict[tuple[str, str], str] = {}
    for part in in_portions([row.columns for row in rows if row.columns], PORTION):
        known |= known_keys(
            session,
            {each["company_key"] for each in part} - {""},
            {each["mail_key"] for each in part} - {""},
            {each["phone_key"] for each in part} - {""},
        )
    judged, seen = [], dict[tuple[str, str], str]()
    for row in rows:
        verdict, why = "wrong", row.wrong
        if row.columns:
            verdict, why = _against(row.columns, known, seen)
            if verdict == "create":
                seen |= dict.fromkeys(_keys(row.columns), f"line {row.line}")
        judged.append({"line": row.line, "values": row.values, "verdict": verdict, "why": why})
    return judged


def store_preview(
    session: Session, id_: int, judged: list[dict[str, object]], **more: object
) -> None:
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
        _lead(f"LD-{number}", row.columns, current_correlation(session))
        for number, row in zip(numbers, rows, strict=True)
        if row.columns
    ]
    session.execute(insert(Lead), made)
    session.execute(
        insert(mechanism("sales").history),
        [_history(lead, id_, current_correlation(session), actor) for lead in made],
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
        .values(state="done", done=created, problem="", content=b"")
        .returning(LeadImport.id)
    ).scalar()
    _signal(session, id_)
    signal_record(session, "leads", "*")
    return done is not None


def note_progress(session: Session, /, id_: int, done: int, **more: object) -> None:
    """Store how many rows are done and signal open pages.

    Run it in a transaction of its own: progress written in the job's transaction would stay
    invisible until that commits.
    """
    session.execute(update(LeadImport).where(LeadImport.id == id_).values(done=done, **more))
    _signal(session, id_)


def _against(
    row: LeadColumns, known: Mapping[Key, str], seen: Mapping[Key, str]
) -> tuple[str, str]:
    for name, key in _keys(row):
        if other := known.get((name, key)) or seen.get((name, key)):
            return "duplicate", f"Same {'email' if name == 'mail' else name} as {other}"
    return "create", ""


def _keys(row: LeadColumns) -> list[Key]:
    keys = ("company", row["company_key"]), ("mail", row["mail_key"]), ("phone", row["phone_key"])
    return [(name, key) for name, key in keys if key]


def _lead(number: str, columns: LeadColumns, correlation: str | None) -> dict[str, object]:
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
        "correlation_id": correlation,
    }


def _history(
    lead: dict[str, object], id_: int, correlation: str | None, actor: str
) -> dict[str, object]:
    return {
        "record": "lead",
        "key": lead["number"],
        "at": lead["created_at"],
        "actor": actor,
        "what": "created",
        "changes": {"version": 1, "import": id_},
        "correlation_id": correlation,
    }


def _signal(session: Session, id_: int) -> None:
    signal_record(session, "lead_import", str(id_))
