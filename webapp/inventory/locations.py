"""Location pages: the list with stock at each, and creating, renaming and retiring them."""

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from models.inventory.locations import (
    LOCATIONS,
    LocationFilter,
    change_location,
    create_location,
    get_location,
    list_stock_at,
)
from models.shared.errors import DomainError, Invalid
from models.shared.transactions import reading
from webapp.inventory.area import blueprint
from webapp.shared.answers.refusals import on_form
from webapp.shared.lists.lists import (
    Choice,
    List,
    ListState,
    Tab,
)
from webapp.shared.pages.form_keys import whole
from webapp.shared.pages.fragments import go_to, render_page_or_block
from webapp.shared.people.rights import needs
from webapp.shared.requests.commands import run


def wanted_of(state: ListState, _session: Session) -> LocationFilter:
    """The domain's filter of what the address asks."""
    return LocationFilter(q=state.q, retired=bool(state.filters.get("state")))


LOCATIONS_LIST = List(
    name="locations",
    title="Locations",
    endpoint="inventory.locations",
    export_endpoint="inventory.export_locations",
    service="inventory",
    template="inventory/locations.html",
    source=LOCATIONS,
    wanted=wanted_of,
    search="Bin code or name",
    search_label="Search locations",
    watches="locations:* products:*",
    sorts={"code": "Bin code, A to Z"},
    filters=(Choice("state", "", {"retired": "Retired"}, place="tabs"),),
    tabs=(Tab("In use"), Tab("Retired", {"state": "retired"}, "retired")),
    columns={
        "Location": "code",
        "Name": "name",
        "In use": lambda row: "yes" if row.active else "no",
        "Products": "products",
        "Cases": "cases",
    },
)


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
    """All that the filter leaves, as CSV."""
    return LOCATIONS_LIST.export()


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


def _list(
    typed: dict[str, str], errors: dict[str, str] | None = None, status: int = 200
) -> ResponseReturnValue:
    block = "main" if errors else "list"
    return LOCATIONS_LIST.show(status, block, typed=typed, errors=errors or {})


def _show(code: str, status: int = 200, **more: object) -> ResponseReturnValue:
    with reading("inventory") as session:
        found = get_location(session, code)
        lying = list_stock_at(session, code)
    shown = {"typed": {"name": found.name}, "errors": {}, "refused": "", **more}
    return render_page_or_block(
        "inventory/location.html", "main", status, location=found, lying=lying, **shown
    )
