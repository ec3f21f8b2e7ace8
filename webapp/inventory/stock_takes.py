"""Stock-takes: start one, count location by location, review the differences, confirm."""

from flask import request, url_for
from flask.typing import ResponseReturnValue

from models.inventory.locations import location_choices
from models.inventory.queries import products_by_sku
from models.inventory.stock_takes import (
    get_stock_take,
    list_stock_takes,
    record_count,
    start_stock_take,
)
from models.shared.errors import DomainError, Invalid
from models.shared.transactions import reading
from webapp.inventory.area import blueprint
from webapp.shared.answers.refusals import on_form
from webapp.shared.pages.form_keys import whole
from webapp.shared.pages.fragments import go_to, render_page_or_block
from webapp.shared.people.rights import needs
from webapp.shared.requests.commands import run


@blueprint.get("/stock-takes")
@needs("stock.count")
def stock_takes() -> ResponseReturnValue:
    """Show the latest stock-takes and the form for a new one."""
    return _list({"words": "", "location": "", "skus": ""})


@blueprint.post("/stock-takes")
@needs("stock.count")
def begin_stock_take() -> ResponseReturnValue:
    """Start a stock-take of a location or of the named products; once per form."""
    typed = {name: request.form.get(name, "").strip() for name in ("words", "location", "skus")}
    named = typed["skus"].upper().replace(",", " ").split()
    try:
        number = run(start_stock_take, typed["words"], named, typed["location"])
    except Invalid as error:
        return _list(typed, error.errors, 422)
    return go_to(url_for("inventory.stock_take", number=number))


@blueprint.get("/stock-takes/<number>")
@needs("stock.count")
def stock_take(number: str) -> ResponseReturnValue:
    """Show one stock-take: counts, booked stock and differences."""
    return _show(number)


@blueprint.post("/stock-takes/<number>")
@needs("stock.count")
def save_count(number: str) -> ResponseReturnValue:
    """Save the counts; with `end`, confirm the differences shown or discard the stock-take."""
    version, end = request.form.get("version", ""), request.form.get("end", "")
    seen = whole(version) or 0
    try:
        is_done = run(record_count, number, _counted(), seen, end, only_seen=True)
    except DomainError as error:
        return _show(number, **on_form(error))
    return go_to(url_for("inventory.stock_take", number=number, unseen=None if is_done else "yes"))


def _counted() -> dict[str, int | None]:
    """Return the typed counts by SKU: None for blank, and -1, always invalid, for a non-number."""
    typed = {
        name.removeprefix("counted-"): text.strip()
        for name, text in request.form.items()
        if name.startswith("counted-")
    }
    return {
        sku: None if not text else -1 if (cases := whole(text)) is None else cases
        for sku, text in typed.items()
    }


def _list(
    typed: dict[str, str], errors: dict[str, str] | None = None, status: int = 200
) -> ResponseReturnValue:
    with reading("inventory") as session:
        takes, places = list_stock_takes(session), location_choices(session)
    return render_page_or_block(
        "inventory/stock_takes.html",
        "main",
        status,
        takes=takes,
        places=places,
        typed=typed,
        errors=errors or {},
    )


def _show(
    number: str,
    status: int = 200,
    errors: dict[str, str] | None = None,
    refused: DomainError | None = None,
) -> ResponseReturnValue:
    with reading("inventory") as session:
        take = get_stock_take(session, number)
        products = products_by_sku(session, [line.sku for line in take.lines])
    return render_page_or_block(
        "inventory/stock_take.html",
        "main",
        status,
        take=take,
        products=products,
        errors=errors or {},
        refused=refused,
        typed=request.form,
    )
