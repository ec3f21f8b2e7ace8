"""The shape of a new order and the checks on its fields."""

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, NamedTuple, get_type_hints

import msgspec

from models.orders.events import Address
from models.shared.addresses import STATE, ZIP_CODE
from models.shared.counts import counted
from models.shared.errors import Invalid
from models.shared.numbers import is_whole_cents
from models.shared.records.circumstance import Circumstance

MOST_CASES = 100_000
MOST_LINES = 100
LONGEST_TEXT = 200


class Product(msgspec.Struct, frozen=True, kw_only=True):
    """A product as inventory just offered it; `unit_price` is US dollars per case."""

    sku: str
    name: str
    unit_price: Decimal


class NewLine(msgspec.Struct, frozen=True, kw_only=True):
    """An order line: `quantity` cases of `sku`; None means the input was not a whole number.

    `expected_price` is the price per case that the person or program was shown. If the price has
    changed since, the order is refused, so that nobody orders at a price they have not seen.
    """

    sku: str
    quantity: int | None
    expected_price: Circumstance[Decimal | None] = None


class Limit(NamedTuple):
    """How long a text of an order may be, and whether people find orders by it."""

    most: int
    is_searched: bool = False


class OrderTexts(msgspec.Struct, frozen=True, kw_only=True):
    """What an order says in words, each as one text with its limit.

    The form, its drafts, the checks, the search and the order's columns take each of them from here.
    """

    purchase_order: Annotated[str, Limit(200, is_searched=True)] = ""
    note: Annotated[str, Limit(500)] = ""


def texts_of(source: object) -> dict[str, str]:
    """Return the texts of an order, of a form or of a request, by name."""
    return {name: getattr(source, name) for name in LIMITS}


class NewOrder(OrderTexts, frozen=True, kw_only=True):
    """What a person wants to order, with the products inventory offers for it.

    Prices always come from `products`, never from the browser. Without `deliver_to` the order ships
    to the client's own address, or to the additional one labelled `place`. A discount of None means
    the input was not a number. `warned_of` is the number of the likely duplicate that the person
    was shown ("" if none was shown); None skips the duplicate check.
    """

    client_number: str
    lines: list[NewLine]
    products: Circumstance[Mapping[str, Product]]
    place: str = ""
    deliver_to: Address | None = None
    owner_name: Circumstance[str] = ""
    discount_percent: Decimal | None = Decimal(0)
    warned_of: Circumstance[str | None] = None


LIMITS: dict[str, Limit] = {
    name: hint.__metadata__[0]
    for name, hint in get_type_hints(OrderTexts, include_extras=True).items()
}


def errors_of_lines(new: NewOrder) -> dict[str, str]:
    """Return an error message per invalid line field, keyed like `lines-0-quantity`."""
    if not new.lines:
        return {"lines": "Add at least one line."}
    if len(new.lines) > MOST_LINES:
        return {"lines": f"An order can have at most {MOST_LINES} lines."}
    times = Counter(line.sku for line in new.lines)
    errors: dict[str, str] = {}
    for n, line in enumerate(new.lines):
        errors |= {
            f"lines-{n}-{field}": words
            for field, words in _errors_of(line, times, new.products).items()
        }
    return errors


def _errors_of(
    line: NewLine, times: Counter[str], products: Mapping[str, Product]
) -> dict[str, str]:
    errors = {}
    if not line.sku:
        errors["sku"] = "Choose a product."
    elif line.sku not in products:
        errors["sku"] = f"No product has the SKU {line.sku[:40]}."
    elif times[line.sku] > 1:
        errors["sku"] = "This product is already on another line."
    elif line.expected_price not in (None, products[line.sku].unit_price):
        price = products[line.sku].unit_price
        errors["sku"] = (
            f"The price of this product changed from ${line.expected_price:,.2f} to ${price:,.2f} "
            "a case. Check the total, then place the order again."
        )
    if says := error_of_quantity(line.quantity):
        errors["quantity"] = says
    return errors


def error_of_quantity(quantity: int | None) -> str:
    """Return what is wrong with the cases of a line, or nothing; None is no whole number."""
    if quantity is None:
        return "Enter a whole number of cases, such as 12."
    if quantity < 1:
        return "Enter at least 1 case."
    return f"Enter at most {MOST_CASES:,} cases." if quantity > MOST_CASES else ""


def error_of_discount(percent: Decimal | None) -> str:
    """Return what is wrong with a discount, or nothing; None is no number."""
    if percent is not None and is_whole_cents(percent) and 0 <= percent <= 100:
        return ""
    return "Enter a percentage from 0 to 100 with at most two decimals, such as 7.5."


def errors_of_head(new: NewOrder) -> dict[str, str]:
    """Return an error message per invalid field other than the lines."""
    errors = {
        name: f"Enter at most {counted(LIMITS[name].most, 'character')}."
        for name, text in texts_of(new).items()
        if len(text) > LIMITS[name].most
    }
    if says := error_of_discount(new.discount_percent):
        errors["discount"] = says
    return errors | (_errors_of_address(new.deliver_to) if new.deliver_to else {})


def _errors_of_address(address: Address) -> dict[str, str]:
    checks = {
        "street": (
            0 < len(address.street.strip()) <= LONGEST_TEXT,
            f"Enter a street of at most {LONGEST_TEXT} characters.",
        ),
        "city": (
            0 < len(address.city.strip()) <= LONGEST_TEXT,
            f"Enter a city of at most {LONGEST_TEXT} characters.",
        ),
        "state": (
            STATE.fullmatch(address.state),
            "Enter the state as two capital letters, such as PA.",
        ),
        "postcode": (
            ZIP_CODE.fullmatch(address.postcode),
            "Enter a ZIP code with 5 digits, such as 18503.",
        ),
    }
    return {f"deliver_to-{field}": words for field, (fine, words) in checks.items() if not fine}


def raise_errors(errors: Mapping[str, str]) -> None:
    """Raise Invalid if there are any errors."""
    if errors:
        raise Invalid(dict(errors))
