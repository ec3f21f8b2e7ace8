"""Stock-takes: begin one, count shelf by shelf, look at the differences, confirm."""

from flask import request, url_for
from flask.typing import ResponseReturnValue

from models.inventory.counting import (
    confirm_stock_take,
    count_stock,
    discard_stock_take,
    get_stock_take,
    list_stock_takes,
    start_stock_take,
)
from models.inventory.locations import location_choices
from models.inventory.queries import products_by_sku
from models.shared.database import reading, transaction
from models.shared.errors import DomainError, Invalid
from models.shared.idempotency import once
from webapp.inventory.area import blueprint
from webapp.shared.forms import form_key, whole
from webapp.shared.fragments import go_to, render_page_or_block
from webapp.shared.rights import needs, person


@blueprint.get("/stock-takes")
@needs("stock.count")
def stock_takes() -> ResponseReturnValue:
    """The last countings, and the form of a new one."""
    return _list({"words": "", "location": "", "skus": ""})


@blueprint.post("/stock-takes")
@needs("stock.count")
def begin_stock_take() -> ResponseReturnValue:
    """Begins a counting of a shelf, or of the products that were named; once per form."""
    typed = {name: request.form.get(name, "").strip() for name in ("words", "location", "skus")}
    try:
        number = begin_once(typed, form_key())
    except Invalid as error:
        return _list(typed, error.errors, 422)
    return go_to(url_for("inventory.stock_take", number=number))


@blueprint.get("/stock-takes/<number>")
@needs("stock.count")
def stock_take(number: str) -> ResponseReturnValue:
    """One counting: what lies there, what the books said, the differences."""
    return _show(number)


@blueprint.post("/stock-takes/<number>")
@needs("stock.count")
def save_count(number: str) -> ResponseReturnValue:
    """Keeps what was counted; with `end` also confirms the differences that were shown, or discards the counting."""
    version, end = request.form.get("version", ""), request.form.get("end", "")
    seen = whole(version) or 0
    try:
        is_done = count_once(number, _counted(), seen, end, form_key(), only_seen=True)
    except Invalid as error:
        return _show(number, 422, errors=error.errors)
    except DomainError as error:
        if error.status != 409:
            raise
        return _show(number, 409, refused=error.message)
    return go_to(url_for("inventory.stock_take", number=number, unseen=None if is_done else "yes"))


def begin_once(typed: dict[str, str], key: str) -> str:
    """The command, once per key; the counting's number."""
    with transaction("inventory", actor=person().uid) as session:
        named = typed["skus"].upper().replace(",", " ").split()
        return str(
            once(
                session,
                key,
                "start_stock_take",
                typed,
                lambda: start_stock_take(session, typed["words"], named, typed["location"]),
            )
        )


def count_once(
    number: str,
    counted: dict[str, int | None],
    version: int,
    end: str,
    key: str,
    *,
    only_seen: bool = False,
) -> bool:
    """Keeps the count and ends the counting where that was asked, in one transaction, once per key.

    With `only_seen` nothing is confirmed together with counts that are new, whose differences
    nobody saw: they are kept, and the answer is False.
    """

    def run() -> bool:
        new = count_stock(session, number, counted, version) if end != "discard" and counted else 0
        if end == "confirm" and not (new and only_seen):
            confirm_stock_take(session, number, version + bool(counted))
        elif end == "discard":
            discard_stock_take(session, number, version)
        return not (end == "confirm" and new and only_seen)

    with transaction("inventory", actor=person().uid) as session:
        return bool(once(session, key, "count_stock", [number, counted, version, end], run))


def _counted() -> dict[str, int | None]:
    """What was typed by SKU; -1, which no shelf has, for what is no number."""
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
    number: str, status: int = 200, errors: dict[str, str] | None = None, refused: str = ""
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
