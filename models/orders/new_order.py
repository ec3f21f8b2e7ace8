"""The shape of a new order and the checks on its fields."""

import re
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal

import msgspec

from models.orders.events import Address
from models.shared.errors import Invalid
from models.shared.records.circumstance import Circumstance

MOST_CASES = 100_000
MOST_LINES = 100
LONGEST_TEXT = 200
LONGEST_NOTE = 500


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


class NewOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What a person wants to order, with the products inventory offers for it.

    Prices always come from `products`, never from the browser. Without `deliver_to` the order ships
    to the client's own address, or to the additional one labelled `place`. A discount of None means
    the input was not a number. `warned_of` is the number of the likely duplicate that the person
    was shown ("" if none was shown); None skips the duplicate check.
    """

    client_number: str
    lines: list[NewLine]
    products: Circumstance[Mapping[str, Product]]
    purchase_order: str = ""
    place: str = ""
    deliver_to: Address | None = None
    owner_name: Circumstance[str] = ""
    discount_percent: Decimal | None = Decimal(0)
    note: str = ""
    warned_of: Circumstance[str | None] = None


def errors_of_lines(new: NewOrder) -> dict[str, str]:
    """Return an error message per invalid line field, keyed like `lines-0-quantity`."""
    if not new.lines:
        return {"lines": "An order needs at least one line."}
    if len(new.lines) > MOST_LINES:
        return {"lines": f"At most {MOST_LINES} lines."}
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
        errors["sku"] = "Please choose a product."
    elif line.sku not in products:
        errors["sku"] = f"There is no product {line.sku[:40]}."
    elif times[line.sku] > 1:
        errors["sku"] = "This product is on another line already."
    elif line.expected_price not in (None, products[line.sku].unit_price):
        price = products[line.sku].unit_price
        errors["sku"] = (
            f"The price of this product changed from ${line.expected_price:,.2f} to ${price:,.2f} "
            "a case. Check the total, then place the order again."
        )
    if line.quantity is None:
        errors["quantity"] = "A whole number of cases."
    elif line.quantity < 1:
        errors["quantity"] = "At least one case."
    elif line.quantity > MOST_CASES:
        errors["quantity"] = f"At most {MOST_CASES:,} cases."
    return errors


def errors_of_head(new: NewOrder) -> dict[str, str]:
    """Return an error message per invalid field other than the lines."""
    errors = {}
    if len(new.purchase_order) > LONGEST_TEXT:
        errors["purchase_order"] = f"At most {LONGEST_TEXT} characters."
    if len(new.note) > LONGEST_NOTE:
        errors["note"] = f"At most {LONGEST_NOTE} characters."
    discount = new.discount_percent
    if discount is None or not Decimal(0) <= discount <= 100 or discount != round(discount, 2):
        errors["discount"] = "A percentage from 0 to 100, with at most two decimals."
    return errors | (_errors_of_address(new.deliver_to) if new.deliver_to else {})


def _errors_of_address(address: Address) -> dict[str, str]:
    checks = {
        "street": (0 < len(address.street.strip()) <= LONGEST_TEXT, "Please fill this in."),
        "city": (0 < len(address.city.strip()) <= LONGEST_TEXT, "Please fill this in."),
        "state": (re.fullmatch(r"[A-Z]{2}", address.state), "Two letters, such as PA."),
        "postcode": (
            re.fullmatch(r"\d{5}(-\d{4})?", address.postcode),
            "Five digits, such as 18503.",
        ),
    }
    return {f"deliver_to-{field}": words for field, (fine, words) in checks.items() if not fine}


def raise_errors(errors: Mapping[str, str]) -> None:
    """Raise Invalid if there are any errors."""
    if errors:
        raise Invalid(dict(errors))
