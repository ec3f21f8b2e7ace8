"""Location pages: the list with stock at each, and creating, renaming and retiring them."""

from typing import Any

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from models.inventory.locations import (
    LocationFilter,
    change_location,
    count_locations,
    create_location,
    get_location,
    list_locations,
    list_stock_at,
)
from models.inventory.queries import COUNTED
from models.shared.database import reading
from models.shared.errors import DomainError, Invalid
from webapp.inventory.area import blueprint
from webapp.inventory.products import page_of
from webapp.shared.commands import run
from webapp.shared.forms import whole
from webapp.shared.fragments import go_to, render_page_or_block
from webapp.shared.listing import Listing, csv_response, listing_from_request
from webapp.shared.refusals import on_form
from webapp.shared.rights import needs

HEADER = ("Location", "Name", "In use", "Products", "Cases")


@blueprint.get("/locations")
@needs("stock.count")
def locations() -> ResponseReturnValue:
    """Show the list and the form for a new location."""
    return _list({"code": "", "name": ""})


@blueprint.post("/locations")
@needs("stock.count")
def add_location() -> ResponseReturnValue:
    """Add a location, once per form."""
    typed = _typed("code", "name")
    try:
        code = run(create_location, typed["code"], typed["name"])
    except Invalid as error:
        return _list(typed, error.errors, 422)
    return go_to(url_for("inventory.location", code=code))


@blueprint.get("/locations.csv")
@needs("stock.count")
def export_locations() -> Response:
    """Export the locations that match the filter as CSV, at most 10,000."""
    with reading("inventory") as session:
        rows = list_locations(session, _asked()[1], size=COUNTED).rows
    return csv_response(
        "locations.csv",
        HEADER,
        [
            (row.code, row.name, "yes" if row.active else "no", row.products, row.cases)
            for row in rows
        ],
    )


@blueprint.get("/locations/<path:code>")
@needs("stock.count")
def location(code: str) -> ResponseReturnValue:
    """Show one location: its stock, its name, and whether it is in use."""
    return _show(code)


@blueprint.post("/locations/<path:code>")
@needs("stock.count")
def save_location(code: str) -> ResponseReturnValue:
    """Rename a location, retire it, or put it back into use (`active`); once per form."""
    typed = _typed("name", "active", "version")
    version = whole(typed["version"]) or 0
    try:
        run(change_location, code, typed["name"], typed["active"] == "yes", version)
    except Invalid as error:
        return _show(code, typed=typed, **on_form(error))
    except DomainError as error:
        return _show(code, **on_form(error))
    return go_to(url_for("inventory.location", code=code))


def _typed(*names: str) -> dict[str, str]:
    return {name: request.form.get(name, "").strip() for name in names}


def _asked() -> tuple[Listing, LocationFilter]:
    asked = listing_from_request(sorts=("code",), filters={"state": ("retired",)})
    return asked, LocationFilter(q=asked.q, retired="retired" in asked.filters["state"])


def _by_code(session: Any, wanted: LocationFilter, _sort: str, **cursor: Any) -> Any:
    return list_locations(session, wanted, **cursor)


def _list(
    typed: dict[str, str], errors: dict[str, str] | None = None, status: int = 200
) -> ResponseReturnValue:
    asked, wanted = _asked()
    with reading("inventory") as session:
        page = page_of(_by_code, session, wanted, asked)
        count, retired = (
            count_locations(session, wanted),
            count_locations(session, LocationFilter(retired=True)),
        )
    keys = [(row.code, row.code) for row in page.rows]
    return render_page_or_block(
        "inventory/locations.html",
        "main" if errors else "list",
        status,
        asked=asked,
        page=page,
        count=count,
        retired=retired,
        keys=keys,
        typed=typed,
        errors=errors or {},
    )


def _show(code: str, status: int = 200, **more: Any) -> ResponseReturnValue:
    with reading("inventory") as session:
        found = get_location(session, code)
        lying = list_stock_at(session, code)
    shown = {"typed": {"name": found.name}, "errors": {}, "refused": "", **more}
    return render_page_or_block(
        "inventory/location.html", "main", status, location=found, lying=lying, **shown
    )
