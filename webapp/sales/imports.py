"""Pages for importing leads: upload a file, review the preview, confirm, watch the progress."""

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from models.sales.imports import (
    discard_import,
    get_import,
    list_imports,
    list_rows,
)
from models.sales.jobs import carry_out_import, upload_import
from models.sales.lead_files import MOST_BYTES, MOST_ROWS
from models.sales.tables import VERDICTS
from models.shared.errors import Invalid
from models.shared.transactions import reading
from webapp.sales.area import blueprint
from webapp.sales.people import owner_spellings
from webapp.shared.lists.csv_files import csv_response
from webapp.shared.pages.fragments import go_to, render_page_or_block
from webapp.shared.people.rights import needs, person, takes_upload
from webapp.shared.requests.commands import run


@blueprint.get("/leads/import")
@needs("leads.work")
def imports() -> ResponseReturnValue:
    """Show the upload form and the person's latest imports."""
    return _form()


@blueprint.post("/leads/import")
@needs("leads.work")
@takes_upload(MOST_BYTES + 100_000)
def send_import() -> ResponseReturnValue:
    """Store the file; a job reads it, and the import's page shows the progress."""
    file = request.files.get("file")
    content = file.stream.read(MOST_BYTES + 1) if file else b""
    name, people = (file.filename or "") if file else "", owner_spellings()

    try:
        id_ = run(upload_import, name, content, people)
    except Invalid as error:
        return _form(error.errors["file"], 422)
    return go_to(url_for("sales.lead_import", id_=id_))


@blueprint.get("/leads/import/<int:id_>")
@needs("leads.work")
def lead_import(id_: int) -> ResponseReturnValue:
    """Show the progress of an import, then the preview of its rows, then the result."""
    with reading("sales") as session:
        found = get_import(session, id_, person().uid)
        rows = (
            {verdict: list_rows(session, id_, verdict) for verdict in VERDICTS}
            if found.state in ("ready", "done")
            else {}
        )
    return render_page_or_block("sales/import.html", "import", found=found, rows=rows)


@blueprint.get("/leads/import/<int:id_>/rows.csv")
@needs("leads.work")
def import_rows(id_: int) -> Response:
    """Export the wrong and duplicate rows with the reasons, for correction and a new upload."""
    with reading("sales") as session:
        get_import(session, id_, person().uid)
        rows = [
            row
            for verdict in ("wrong", "duplicate")
            for row in list_rows(session, id_, verdict, MOST_ROWS)
        ]
    names = ("company", "contact_name", "mail", "phone", "source", "expected_value", "owner")
    head = ("Line", "Why", "Company", "Contact", "Mail", "Phone", "Source", "Value", "Owner")
    cells = [(row.line, row.why, *(row.values.get(name, "") for name in names)) for row in rows]
    return csv_response("not-imported.csv", head, cells)


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
        "sales/imports.html", "form", status, latest=latest, error=error, most=MOST_ROWS
    )
