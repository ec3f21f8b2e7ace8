"""What must hold in the warehouse: the steps of a parcel, what a product needs, who is served first."""

import re
from decimal import Decimal

import msgspec

from models.inventory.tables import STATUSES
from models.shared.errors import DomainError, Invalid

__all__ = [
    "MOST_CASES",
    "SAYS",
    "STATUSES",
    "STEPS",
    "STEP_BEFORE",
    "Address",
    "NewProduct",
    "check_location",
    "check_product",
    "check_quantity",
    "check_reason",
    "check_step",
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
STEP_BEFORE = {
    "picked": "waiting",
    "packed": "picked",
}  # what can be undone, since nothing left the house
SAYS = {
    "waiting": "waits to be picked",
    "picked": "is picked",
    "packed": "is packed",
    "dispatched": "has left",
    "delivered": "is delivered",
    "called_off": "is called off",
}


class Address(msgspec.Struct, frozen=True):
    """Where an order goes, as orders told it; `state` is its two letters."""

    street: str
    city: str
    state: str
    postcode: str


class NewProduct(msgspec.Struct, frozen=True, kw_only=True):
    """A product to take into the range, at home at `location`; prices in US dollars a case, quantities in cases."""

    sku: str
    name: str
    unit_price: Decimal
    location: str
    reorder_point: int = 0
    reorder_quantity: int = 0
    unit: str = "case"


def check_step(step: str, status: str, number: str) -> str:
    """The status after `step`; raises DomainError when a parcel in `status` cannot take it."""
    before, after = STEPS[step]
    if status != before:
        raise DomainError(
            "wrong_step",
            f"Parcel {number} {SAYS[status]}; it cannot be {after} now.",
            status=status,
        )
    return after


def next_step(status: str) -> str | None:
    """The one step that a parcel in `status` can take, if any."""
    return next((step for step, (before, _) in STEPS.items() if before == status), None)


def check_quantity(quantity: int) -> None:
    """Raises Invalid on the field `quantity` unless it is from 1 to 100,000 cases."""
    if not 1 <= quantity <= MOST_CASES:
        raise Invalid({"quantity": f"Give a number of cases from 1 to {MOST_CASES:,}."})


def check_product(new: NewProduct) -> None:
    """Raises Invalid naming each field that a product cannot have."""
    errors = {}
    if (
        not new.sku
        or len(new.sku) > 32
        or not new.sku.replace("-", "").isalnum()
        or not new.sku.isascii()
    ):
        errors["sku"] = "A SKU has letters, digits and hyphens, at most 32."
    if not new.name.strip() or len(new.name) > 200:
        errors["name"] = "Give a name of at most 200 letters."
    if not Decimal(0) <= new.unit_price <= Decimal(100_000):
        errors["unit_price"] = "Give a price from 0 to 100,000."
    if new.reorder_point < 0 or new.reorder_quantity < 0:
        errors["reorder_point"] = "Quantities cannot be negative."
    if errors:
        raise Invalid(errors)


def check_location(code: str, name: str) -> None:
    """Raises Invalid naming what a location cannot have."""
    errors = (
        {}
        if CODE.fullmatch(code)
        else {"code": "At most 32 letters, digits, and . _ - or blanks between them: A-12-3."}
    )
    if len(name) > 100:
        errors["name"] = "At most 100 letters."
    if errors:
        raise Invalid(errors)


def take_from(free: dict[str, int], home: str, cases: int) -> dict[str, int]:
    """From which locations to take so many cases, given what is free at each: the fewest walks, always the same.

    Home where that holds enough, else the first by code that does, else home and then wherever most lies. Less than
    `cases` where there is less.
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
    """Raises Invalid on the field `reason` unless somebody says why, in at most 500 letters."""
    if not reason.strip() or len(reason) > 500:
        raise Invalid({"reason": "Please say why, in at most 500 letters."})
