"""Stock-takes: start one, count location by location, review the differences, confirm."""

from collections.abc import Mapping
from typing import cast

import msgspec
from flask import request, url_for
from flask.typing import ResponseReturnValue

from models.inventory.location_tables import StockTake, StockTakeLine
from models.inventory.locations import location_choices
from models.inventory.queries import products_by_sku
from models.inventory.stock_takes import (
    get_stock_take,
    keys_of,
    record_count,
    start_stock_take,
    summarize_stock_takes,
)
from models.shared.counts import counted
from models.shared.database.rows import AnyRow
from models.shared.errors import DomainError, Invalid, Stale
from models.shared.transactions import reading
from webapp.inventory.area import blueprint
from webapp.inventory.picker import plain_choices
from webapp.shared.answers.refusals import Shown, on_form
from webapp.shared.number_fields import CASES, number_or_none, unclear_numbers
from webapp.shared.pages.form_keys import whole
from webapp.shared.pages.fragments import go_to, is_partial, render_page_or_block
from webapp.shared.pages.presentation import name_of
from webapp.shared.people.rights import needs, takes_lines
from webapp.shared.requests.commands import run, run_each_time

SHOWN_AT_ONCE = 200  # lines; a longer stock-take is shown one location at a time
Counts = dict[str, int | None]


class TypedTake(msgspec.Struct, frozen=True, kw_only=True):
    """The form for a new stock-take as typed; `adding` is the product in the picker."""

    words: str = ""
    locations: list[str] = []
    everywhere: bool = False
    skus: str = ""
    adding: str = ""

    @property
    def named(self) -> list[str]:
        """The SKUs to count, with the one still in the picker."""
        return list(dict.fromkeys(f"{self.skus} {self.adding}".upper().replace(",", " ").split()))

    def with_product_added(self) -> "TypedTake":
        """Return the form after "Add product"."""
        return msgspec.structs.replace(self, skus=" ".join(self.named), adding="")


class Row(msgspec.Struct, frozen=True):
    """A line as the page shows it; `id` names its field, `typed` is what stands there."""

    line: StockTakeLine
    product: AnyRow
    key: str
    id: str
    typed: str
    seen: str

    @property
    def is_edited(self) -> bool:
        """Whether something else was typed than is recorded."""
        return self.typed != self.seen


class Group(msgspec.Struct, frozen=True):
    """The lines of a location and how far their count is."""

    location: str
    lines: list[StockTakeLine]

    @property
    def counted(self) -> int:
        return sum(line.counted is not None for line in self.lines)

    @property
    def differences(self) -> int:
        return sum(line.difference != 0 for line in self.lines)


@blueprint.get("/stock-takes")
@needs("stock.count")
def stock_takes() -> ResponseReturnValue:
    """Show the latest stock-takes and the form for a new one."""
    return _list(TypedTake())


@blueprint.post("/stock-takes")
@needs("stock.count")
@takes_lines("skus")
def begin_stock_take() -> ResponseReturnValue:
    """Start a stock-take of locations or of the named products, once per form.

    With `action=add`, the product in the picker joins the named ones and the form is shown again.
    """
    typed = TypedTake(
        words=request.form.get("words", "").strip(),
        locations=[code.strip() for code in request.form.getlist("location") if code.strip()],
        everywhere=request.form.get("everywhere") == "yes",
        skus=request.form.get("skus", "").strip(),
        adding=request.form.get("adding-sku", "").strip(),
    )
    if request.form.get("action") == "add":
        return _list(typed.with_product_added(), adds=True)
    try:
        number = run(
            start_stock_take,
            typed.words,
            typed.named,
            locations=typed.locations,
            everywhere=typed.everywhere,
        )
    except Invalid as error:
        return _list(typed.with_product_added(), error.errors, 422)
    return go_to(url_for("inventory.stock_take", number=number))


@blueprint.get("/stock-takes/<number>")
@needs("stock.count")
def stock_take(number: str) -> ResponseReturnValue:
    """Show a stock-take: counts, booked stock and differences, of one location with `location`."""
    return _show(number)


@blueprint.post("/stock-takes/<number>")
@needs("stock.count")
def save_count(number: str) -> ResponseReturnValue:
    """Save the counts; with `end`, confirm the differences shown or discard the stock-take.

    Counts of other lines that others saved meanwhile stay. `discard` asks first; the answer is
    `discard-sure`. So does `confirm` while lines are not counted, which stay as booked; it saves
    the counts meanwhile.
    """
    version, end = whole(request.form.get("version", "")) or 0, request.form.get("end", "")
    if end == "discard":
        return _show(number, discards=True)
    counts, seen = _counts("counted-"), _counts("was-") or None
    try:
        if end == "confirm" and _leaves_lines(number, counts):
            run_each_time(record_count, number, counts, version, seen=seen)
            return _show(number, confirms=True)
        end = end.removesuffix("-sure")
        is_done = run(record_count, number, counts, version, end, only_seen=True, seen=seen)
    except Stale as error:
        return _show(number, **_with_theirs(error))
    except DomainError as error:
        return _show(number, **_with_unclear(on_form(error)))
    unseen, place = None if is_done else "yes", request.args.get("location")
    return go_to(url_for("inventory.stock_take", number=number, unseen=unseen, location=place))


def _typed(prefix: str) -> dict[str, str]:
    return {
        name.removeprefix(prefix): text.strip()
        for name, text in request.form.items()
        if name.startswith(prefix)
    }


def _counts(prefix: str) -> Counts:
    """Return the typed counts by line: None for blank, and -1, always invalid, for a non-number."""
    read: Counts = {}
    for key, text in _typed(prefix).items():
        cases = number_or_none(CASES, text)
        read[key] = None if not text else -1 if cases is None else cases
    return read


def _leaves_lines(number: str, counts: Counts) -> bool:
    """Return whether some lines, but not all, are counted once these counts are saved."""
    with reading("inventory") as session:
        lines = get_stock_take(session, number).lines
    keyed = zip(keys_of(lines), lines, strict=True)
    after = [counts.get(key, line.counted) for key, line in keyed]
    return None in after and any(cases is not None for cases in after)


def _with_unclear(refused: Shown) -> Shown:
    """Add what a person may have meant by a count that cannot be read."""
    typed = _typed("counted-")
    unclear = unclear_numbers(typed, dict.fromkeys(typed, CASES))
    fields = {f"counted-{key}": says for key, says in unclear.items()}
    return {**refused, "errors": refused.get("errors", {}) | fields}


def _with_theirs(error: Stale) -> Shown:
    """Return what the page shows of a conflict: beside each line, who counted what."""
    changes = cast("dict[str, tuple[int | None, str]]", error.details["changes"])
    if "version" in changes:
        return on_form(error)
    errors = {
        f"counted-{key}": f"{name_of(uid)} counted {counted(cases, 'case')} meanwhile."
        if cases is not None
        else f"{name_of(uid)} cleared this count meanwhile."
        for key, (cases, uid) in changes.items()
    }
    return {**on_form(error), "errors": errors}


def _list(
    typed: TypedTake,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
    *,
    adds: bool = False,
) -> ResponseReturnValue:
    with reading("inventory") as session:
        takes, places = summarize_stock_takes(session), location_choices(session)
        choices = [] if is_partial() else plain_choices(session)
    return render_page_or_block(
        "inventory/stock_takes.html",
        "main",
        status,
        takes=takes,
        places=places,
        choices=choices,
        typed=typed,
        errors=errors or {},
        adds=adds,
    )


def _show(
    number: str,
    status: int = 200,
    errors: Mapping[str, str] | None = None,
    refused: DomainError | None = None,
    *,
    discards: bool = False,
    confirms: bool = False,
) -> ResponseReturnValue:
    with reading("inventory") as session:
        take = get_stock_take(session, number)
        products = products_by_sku(session, [line.sku for line in take.lines])
    groups, keys = _groups(take, products), dict(zip(take.lines, keys_of(take.lines), strict=True))
    place = request.args.get("location", "")
    if len(take.lines) > SHOWN_AT_ONCE and place not in {group.location for group in groups}:
        place = next(
            (each for each in groups if each.counted < len(each.lines)), groups[0]
        ).location
    shown = [group for group in groups if group.location == place] or groups
    return render_page_or_block(
        "inventory/stock_take.html",
        "main",
        status,
        take=take,
        groups=groups,
        place=place if len(shown) < len(groups) else "",
        shown=[(group, _rows(group, products, keys)) for group in shown],
        errors=errors or {},
        refused=refused,
        discards=discards and take.status == "open",
        confirms=confirms and take.status == "open",
    )


def _groups(take: StockTake, products: Mapping[str, AnyRow]) -> list[Group]:
    """Return the lines by location, in the order of their codes."""
    groups: dict[str, list[StockTakeLine]] = {}
    for line in take.lines:
        groups.setdefault(line.location or products[line.sku].location, []).append(line)
    return [Group(code, lines) for code, lines in sorted(groups.items())]


def _rows(
    group: Group, products: Mapping[str, AnyRow], keys: Mapping[StockTakeLine, str]
) -> list[Row]:
    typed, rows = _typed("counted-"), []
    for line in group.lines:
        key = keys[line]
        seen = "" if line.counted is None else str(line.counted)
        id_ = f"counted-{key}".replace(" ", "_")
        rows.append(Row(line, products[line.sku], key, id_, typed.get(key, seen), seen))
    return rows
