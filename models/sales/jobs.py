"""Background jobs of the sales service: read a file of leads, then create the leads."""

from collections.abc import Mapping

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from models.sales import due_steps
from models.sales.imports import (
    PORTION,
    Prepared,
    choose_columns,
    confirm_import,
    create_rows,
    discard_old_imports,
    finish_import,
    judge,
    mapping_of,
    note_progress,
    prepare,
    start_import,
    store_preview,
)
from models.sales.lead_files import in_portions, read_sheet
from models.sales.tables import LeadImport, LeadImportRow
from models.shared import clock
from models.shared.counts import counted
from models.shared.csv_files import Unreadable
from models.shared.import_columns import Choice
from models.shared.jobs import defer, task
from models.shared.records.circumstance import Circumstance
from models.shared.records.commands import Door
from models.shared.transactions import reading, transaction

ACTOR = "service:sales"
MORNING = 7  # the hour from which owners are told of the day's steps


class BrokenOff(Exception):
    """Another run of the same job finished first; raising this rolls back this run."""


def upload_import(
    session: Session,
    filename: str,
    content: bytes,
    people: Circumstance[Mapping[str, str] | None] = None,
) -> int:
    """Store a file and queue the job that reads it; returns the import's id.

    Raises the errors of `start_import`.
    """
    found = start_import(session, filename, content, people)
    defer(session, read_lead_import, id_=found.id)
    return found.id


def carry_out_import(session: Session, id_: int) -> None:
    """Confirm an import and queue the job that creates its leads.

    Raises the errors of `confirm_import`.
    """
    confirm_import(session, id_)
    defer(session, create_imported_leads, id_=id_)


def map_import(session: Session, id_: int, fields: list[str], *, has_headings: bool) -> None:
    """Map the columns of an import by hand and queue the job that reads it again.

    Raises the errors of `choose_columns`.
    """
    choose_columns(session, id_, fields, has_headings=has_headings)
    defer(session, read_lead_import, id_=id_)


@task("sales")
def read_lead_import(id_: int) -> None:
    """Read the file and judge each row.

    Does nothing if that was done or the import was discarded.
    """
    found = _find(id_, "reading")
    if found is None:
        return
    try:
        sheet = read_sheet(found.content, _chosen(found))
        rows = _prepare(found, sheet.rows)
    except Unreadable as error:
        _note(id_, 0, state="unreadable", problem=str(error))
        return
    columns, problem = msgspec.to_builtins(sheet.mapping), " ".join(sheet.problems)
    if _find(id_, "reading"):
        with transaction("sales", actor=ACTOR) as session:
            judged = judge(session, rows)
            more = {"left_out": sheet.left_out, "columns": columns, "problem": problem}
            store_preview(session, id_, judged, **more)


@task("sales")
def create_imported_leads(id_: int) -> None:
    """Create all leads of the preview in one transaction, or none if a verdict has changed since.

    In that case the preview is replaced so that the person can review it again. The state `done`
    commits together with the leads.
    """
    found = _find(id_, "creating")
    if found is None:
        return
    with reading("sales") as session:
        before = list(
            session.scalars(
                select(LeadImportRow)
                .where(LeadImportRow.import_id == id_)
                .order_by(LeadImportRow.line)
            )
        )
    rows = _prepare(found, [(row.line, row.values) for row in before])
    with transaction("sales", actor=ACTOR) as session:
        judged = judge(session, rows)
        changed = sum(
            now["verdict"] != row.verdict for row, now in zip(before, judged, strict=True)
        )
        if changed:
            store_preview(session, id_, judged)
            note_progress(
                session,
                id_,
                len(rows),
                problem=f"{counted(changed, 'row')} changed since the preview. "
                "No leads were created.",
            )
            return
        wanted = [row for row, now in zip(rows, judged, strict=True) if now["verdict"] == "create"]
        for part in in_portions(wanted, PORTION):
            create_rows(session, id_, part, found.actor)
        if not finish_import(session, id_, len(wanted)):
            raise BrokenOff


@task("sales", cron="50 3 * * *")
def discard_unconfirmed_imports() -> None:
    """Discard the uploads that nobody confirmed for a week."""
    gone = PORTION
    while gone == PORTION:
        gone = Door(ACTOR).run(discard_old_imports)


@task("sales", cron="*/10 * * * *")
def tell_due_steps() -> None:
    """From the office's morning on, tell the owners of leads whose next step is due."""
    now = clock.now().astimezone(clock.OFFICE)
    if now.hour < MORNING:
        return
    told = due_steps.PORTION
    while told == due_steps.PORTION:
        with transaction("sales", actor=ACTOR) as session:
            told = due_steps.tell_due_steps(session, now.date())


def _find(id_: int, state: str) -> LeadImport | None:
    """Return the import with its file, or None if it is not in this state."""
    with reading("sales") as session:
        query = select(LeadImport).where(LeadImport.id == id_, LeadImport.state == state)
        return session.scalars(query.options(undefer(LeadImport.content))).one_or_none()


def _chosen(found: LeadImport) -> Choice | None:
    """Return what a person mapped the columns to, or None if they are to be found."""
    mapping = mapping_of(found)
    fields = [column.field for column in mapping.columns]
    return Choice(fields, mapping.has_headings) if fields else None


def _prepare(found: LeadImport, rows: list[tuple[int, dict[str, str]]]) -> list[Prepared]:
    """Prepare the rows in batches, storing the progress after each one."""
    made: list[Prepared] = []
    for part in in_portions(rows, PORTION):
        made += prepare(part, found.actor, found.people)
        _note(found.id, len(made), total=len(rows))
    return made


def _note(id_: int, done: int, **more: object) -> None:
    Door(ACTOR).run(note_progress, id_, done, **more)
