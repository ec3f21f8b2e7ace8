"""Receiving goods from a CSV file: preview each row, then receive all of them or none."""

import csv
import io
from typing import NamedTuple

from flask import request, url_for
from flask.typing import ResponseReturnValue

from models.inventory.commands import Goods, receive_all_goods
from models.inventory.locations import location_choices
from models.inventory.queries import products_by_sku
from models.inventory.rules import MOST_CASES
from models.shared.transactions import reading
from webapp.inventory.area import blueprint
from webapp.shared.pages.form_keys import whole
from webapp.shared.pages.fragments import go_to, render_page_or_block
from webapp.shared.people.rights import needs
from webapp.shared.requests.commands import run

MOST_ROWS, MOST_BYTES = 200, 200_000


class Row(NamedTuple):
    """A row of the file; `wrong` says why it cannot be received, if so."""

    n: int
    sku: str
    name: str
    quantity: int
    note: str
    location: str
    wrong: str


@blueprint.get("/receive/file")
@needs("stock.receive")
def receive_file() -> ResponseReturnValue:
    """Show the form for a file."""
    return _show("")


@blueprint.post("/receive/file")
@needs("stock.receive")
def take_file() -> ResponseReturnValue:
    """Preview the file; with `confirm`, receive its goods, once per form."""
    text = _text()
    if len(text) > MOST_BYTES:
        return _show("", 422, "The file is too large: at most 200 rows.")
    rows = read_rows(text)
    if request.form.get("confirm") != "yes" or not rows or any(row.wrong for row in rows):
        return _show(
            text, 200 if rows else 422, "" if rows else "There is no row: each has a SKU and cases."
        )
    run(receive_all_goods, _goods_of(rows))
    return go_to(url_for("inventory.products"))


def read_rows(text: str) -> list[Row]:
    """Parse rows (SKU, cases, note, location), each with what is wrong with it.

    A header row is skipped. At most 201 rows are read, so that one too many is noticed.
    """
    lines = [
        [cell.strip() for cell in line]
        for line in csv.reader(io.StringIO(text.replace("\0", "")))
        if any(line)
    ]
    if lines and lines[0][0].lower() in ("sku", "product"):
        del lines[0]
    with reading("inventory") as session:
        known = products_by_sku(session, [line[0].upper() for line in lines])
        places = {code.lower() for code, _ in location_choices(session)}
    return [
        _row(n, [*line, "", "", ""], known, places)
        for n, line in enumerate(lines[: MOST_ROWS + 1], 1)
    ]


def _goods_of(rows: list[Row]) -> list[Goods]:
    return [
        Goods(sku=row.sku, quantity=row.quantity, note=row.note, location=row.location)
        for row in rows
    ]


def _row(n: int, cells: list[str], known: dict, places: set[str]) -> Row:
    sku, cases, note, location = cells[0].upper(), *cells[1:4]
    quantity = whole(cases) or 0
    wrong = "" if sku in known else "There is no such product."
    if not 1 <= quantity <= MOST_CASES:
        wrong = wrong or f"Not a number of cases from 1 to {MOST_CASES:,}."
    if len(note) > 500 or n > MOST_ROWS:
        wrong = wrong or (
            "The note is too long." if len(note) > 500 else f"At most {MOST_ROWS} rows at once."
        )
    if location and location.lower() not in places:
        wrong = wrong or "There is no such location."
    return Row(
        n, sku[:40], known[sku].name if sku in known else "", quantity, note, location[:40], wrong
    )


def _text() -> str:
    given = request.files.get("file")
    raw = (
        given.read(MOST_BYTES + 1).decode("utf-8-sig", "replace")
        if given and given.filename
        else request.form.get("text", "")
    )
    return raw.strip()


def _show(text: str, status: int = 200, wrong: str = "") -> ResponseReturnValue:
    return render_page_or_block(
        "inventory/receipt_file.html",
        "form",
        status,
        text=text,
        rows=read_rows(text) if text else [],
        wrong=wrong,
    )
