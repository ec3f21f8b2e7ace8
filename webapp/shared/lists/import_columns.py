"""The mapping step of every import: what a person chose in `templates/components/import_columns.html`."""

from flask import request

from models.shared.import_columns import Choice


def chosen_columns() -> Choice | None:
    """Return the fields that the form maps the columns to; None if it has no mapping yet."""
    fields = request.form.getlist("column")
    return Choice(fields, "headings" in request.form) if fields else None
