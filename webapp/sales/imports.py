"""Pages for importing leads: upload a file, review the preview, confirm, watch the progress."""

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from models.sales.imports import (
    KEPT,
    count_worked_on,
    discard_import,
    get_import,
    kept_values,
    list_imports,
    list_rows,
    mapping_of,
    undo_import,
    why_not_undone,
)
from models.sales.jobs import carry_out_import, map_import, upload_import
from models.sales.lead_files import FIELDS, MOST_BYTES, MOST_ROWS
from models.sales.tables import VERDICTS
from models.shared.errors import DomainError, Invalid
from models.shared.import_columns import problems_of
from models.shared.transactions import reading
from webapp.sales import words
from webapp.sales.area import blueprint
from webapp.sales.people import owner_spellings
from webapp.shared.lists.csv_files import csv_response, until_sent
from webapp.shared.lists.import_columns import chosen_columns
from webapp.shared.pages.form_keys import serial
from webapp.shared.pages.fragments import go_to, render_page_or_block
from webapp.shared.people.own_records import opens
from webapp.shared.people.rights import Person, needs, person, takes_upload
from webapp.shared.process.turns import TURNS
from webapp.shared.requests.commands import run

TEMPLATE = tuple(field.label for field in FIELDS)


@blueprint.get("/leads/import")
@needs("leads.work")
def imports() -> ResponseReturnValue:
    """Show the upload form and the person's latest imports."""
    return _form()


@blueprint.get("/leads/import/template.csv")
@needs("leads.work")
def import_template() -> Response:
    """Download an empty file whose headings the import knows."""
    return csv_response("leads-template.csv", TEMPLATE, ())


@blueprint.post("/leads/import")
@needs("leads.work")
@takes_upload(MOST_BYTES + 100_000)
def send_import() -> ResponseReturnValue:
    """Store the file; a job reads it, and the import's page shows the progress."""
    file = request.files.get("file")
    content = file.stream.read(MOST_BYTES + 1) if file else b""
    name, people = (file.filename or "") if file else "", owner_spellings()

    try:
        with TURNS.take(person().uid):
            id_ = run(upload_import, name, content, people)
    except Invalid as error:
        return _form(error.errors["file"], 422)
    return go_to(url_for("sales.lead_import", id_=id_))


@opens("lead_import")
def open_import(who: Person, id_: str) -> None:
    """Raise NotFound unless the import is this person's: the rule of its page."""
    with reading("sales") as session:
        get_import(session, serial(id_) or 0, who.uid)


@blueprint.get("/leads/import/<int:id_>")
@needs("leads.work")
def lead_import(id_: int) -> ResponseReturnValue:
    """Show the progress of an import, then the preview of its rows, then the result."""
    return _show(id_)


@blueprint.post("/leads/import/<int:id_>/columns")
@needs("leads.work")
def choose_columns(id_: int) -> ResponseReturnValue:
    """Map the columns of the file by hand; a job then reads it again."""
    chosen = chosen_columns()
    fields, has_headings = (list(chosen.fields), chosen.has_headings) if chosen else ([], True)
    try:
        run(map_import, id_, fields, has_headings=has_headings)
    except Invalid as error:
        return _show(id_, 422, error.errors["column"])
    return go_to(url_for("sales.lead_import", id_=id_))


@blueprint.post("/leads/import/<int:id_>/undo")
@needs("leads.work")
def undo(id_: int) -> ResponseReturnValue:
    """Delete all leads of an import, unless someone has worked on one."""
    try:
        run(undo_import, id_)
    except DomainError as error:
        if error.status != 409:
            raise
        return _show(id_, 409, error.message)
    return go_to(url_for("sales.lead_import", id_=id_))


def _show(id_: int, status: int = 200, notice: str = "") -> ResponseReturnValue:
    with reading("sales") as session:
        found = get_import(session, id_, person().uid)
        rows = (
            {verdict: list_rows(session, id_, verdict) for verdict in VERDICTS}
            if found.state in ("ready", "done")
            else {}
        )
        is_ready = found.state == "ready"
        worked_on = count_worked_on(session, id_) if found.state == "done" else 0
        mapping = mapping_of(found)
        kept = {row.line: kept_values(found, row) for row in rows["create"]} if is_ready else {}
    return render_page_or_block(
        "sales/import.html",
        "import",
        status,
        found=found,
        rows=rows,
        mapping=mapping,
        fields=FIELDS,
        problems=problems_of(mapping, FIELDS) if mapping.columns else [],
        kept=kept,
        has_steps=any(each["next_kind"] for each in kept.values()),
        said=words,
        notice=notice,
        stays=why_not_undone(worked_on, found.done) if worked_on else "",
    )


@blueprint.get("/leads/import/<int:id_>/rows.csv")
@needs("leads.work")
@until_sent
def import_rows(id_: int) -> Response:
    """Export the wrong and duplicate rows with the reasons, for correction and a new upload."""
    with reading("sales") as session:
        get_import(session, id_, person().uid)
        rows = [
            row
            for verdict in ("wrong", "duplicate")
            for row in list_rows(session, id_, verdict, MOST_ROWS)
        ]
    names = [field.name for field in FIELDS]
    cells = [(row.line, row.why, *(row.values.get(name, "") for name in names)) for row in rows]
    return csv_response("not-imported.csv", ("Line", "Problem", *TEMPLATE), cells)


@blueprint.post("/leads/import/<int:id_>/confirm")
@needs("leads.work")
def confirm(id_: int) -> ResponseReturnValue:
    """Confirm the import: create all rows that can be created."""
    run(carry_out_import, id_)
    return go_to(url_for("sales.lead_import", id_=id_))


@blueprint.post("/leads/import/<int:id_>/discard")
@needs("leads.work")
def discard(id_: int) -> ResponseReturnValue:
    """Discard the import."""
    run(discard_import, id_)
    return go_to(url_for("sales.imports"))


def _form(error: str = "", status: int = 200) -> Response:
    with reading("sales") as session:
        latest = list_imports(session, person().uid)
    return render_page_or_block(
        "sales/imports.html",
        "form",
        status,
        latest=latest,
        error=error,
        most=MOST_ROWS,
        kept=KEPT.days,
    )
