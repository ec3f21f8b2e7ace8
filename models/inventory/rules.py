"""Rules of the warehouse: shipment steps, valid products and locations, and where to pick."""

import re
from collections.abc import Mapping
from decimal import Decimal

import msgspec

from models.inventory.tables import STATUSES
from models.shared.errors import DomainError, Invalid
from models.shared.numbers import is_whole_cents

__all__ = [
    "DISPATCHED",
    "MOST_CASES",
    "SAYS",
    "STATUSES",
    "STEPS",
    "STEP_BEFORE",
    "Address",
    "NewProduct",
    "check_counted",
    "check_location",
    "check_product",
    "check_quantity",
    "check_reason",
    "check_step",
    "may_pack",
    "next_step",
    "take_from",
]
MOST_CASES = 100_000
CODE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ._-]{0,30}[A-Za-z0-9])?")
STEPS = {
    "pick": ("waiting", "picked"),
    "pack": ("picked", "packed"),
    "dispatch": ("packed", "dispatched"),
    "deliver": ("dispatched", "delivered"),
}
# The steps that can be undone, because the shipment has not left yet.
STEP_BEFORE = {"picked": "waiting", "packed": "picked"}
DONE = {"picked": "picked", "packed": "packed", "dispatched": "shipped", "delivered": "delivered"}
DISPATCHED = ("dispatched", "delivered")
SAYS = {
    "waiting": "is ready to pick",
    "picked": "is picked",
    "packed": "is packed",
    "dispatched": "is shipped",
    "delivered": "is delivered",
    "called_off": "is cancelled",
}


class Address(msgspec.Struct, frozen=True):
    """Where an order ships to, as published by orders; `state` is the two-letter code."""

    street: str
    city: str
    state: str
    postcode: str


class NewProduct(msgspec.Struct, frozen=True, kw_only=True):
    """A product to add; `location` is its default one.

    The price is US dollars per case, quantities are cases.
    """

    sku: str
    name: str
    unit_price: Decimal
    location: str
    reorder_point: int = 0
    reorder_quantity: int = 0
    unit: str = "case"


def may_pack(uid: str, picked_by: str, second_person_packs: bool) -> bool:
    """Return whether this person may pack what `picked_by` picked, by the company's setting."""
    return uid != picked_by or not second_person_packs


def check_counted(
    lines: Mapping[int, tuple[str, int]], counted: Mapping[int, int]
) -> dict[str, str]:
    """Return what is wrong with a count before packing, by field `counted-LINE`; nothing if it fits.

    `lines` maps each line to its SKU and cases.
    """
    return {
        f"counted-{line}": f"{sku}: {counted.get(line, 0):,} counted, {cases:,} expected."
        for line, (sku, cases) in lines.items()
        if counted.get(line, 0) != cases
    }


def check_step(step: str, status: str, number: str) -> str:
    """Return the status after `step`.

    Raises DomainError `wrong_step` if a shipment in `status` cannot take it.
    """
    before, after = STEPS[step]
    if status != before:
        raise DomainError(
            "wrong_step",
            f"Shipment {number} {SAYS[status]} and cannot be {DONE[after]} now.",
            status=status,
        )
    return after


def next_step(status: str) -> str | None:
    """Return the one step that a shipment in `status` can take, if any."""
    return next((step for step, (before, _) in STEPS.items() if before == status), None)


def check_quantity(quantity: int) -> None:
    """Raise Invalid on the field `quantity` unless it is from 1 to 100,000 cases."""
    if not 1 <= quantity <= MOST_CASES:
        raise Invalid({"quantity": f"Enter from 1 to {MOST_CASES:,} cases."})


def check_product(new: NewProduct) -> None:
    """Raise Invalid with a message for each invalid field of a product."""
    errors = {}
    if (
        not new.sku
        or len(new.sku) > 32
        or not new.sku.replace("-", "").isalnum()
        or not new.sku.isascii()
    ):
        errors["sku"] = "Enter a SKU of up to 32 letters, digits and hyphens."
    if not new.name.strip() or len(new.name) > 200:
        errors["name"] = "Enter a name of at most 200 characters."
    if not is_whole_cents(new.unit_price) or not 0 <= new.unit_price <= 100_000:
        errors["unit_price"] = "Enter a price from 0 to 100,000 with at most two decimals."
    if new.reorder_point < 0 or new.reorder_quantity < 0:
        errors["reorder_point"] = "Enter 0 or more cases."
    if errors:
        raise Invalid(errors)


def check_location(code: str, name: str) -> None:
    """Raise Invalid with a message for an invalid code or name of a location."""
    errors = (
        {}
        if CODE.fullmatch(code)
        else {
            "code": "Enter a bin code of up to 32 letters and digits, such as A-12-3. "
            "Dots, hyphens, underscores and spaces may stand between them."
        }
    )
    if len(name) > 100:
        errors["name"] = "Enter at most 100 characters."
    if errors:
        raise Invalid(errors)


def take_from(free: dict[str, int], home: str, cases: int) -> dict[str, int]:
    """Choose the locations to pick `cases` from, given the free cases at each.

    Deterministic, with the fewest stops: the default location `home` if it has enough, else the
    first by code that does, else `home` and then the others from the fullest down. The result
    totals less than `cases` if there are not enough.
    """
    enough = sorted(
        (code for code, there in free.items() if there >= cases),
        key=lambda code: (code != home, code),
    )
    if enough:
        return {enough[0]: cases}
    taken: dict[str, int] = {}
    for code in sorted(free, key=lambda code: (code != home, -free[code], code)):
        if part := min(free[code], cases - sum(taken.values())):
            taken[code] = part
    return taken


def check_reason(reason: str) -> None:
    """Raise Invalid on the field `reason` unless it has 1 to 500 characters."""
    if not reason.strip() or len(reason) > 500:
        raise Invalid({"reason": "Enter a reason of at most 500 characters."})
