"""What a person typed into the order form, kept as typed until the domain has checked it."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from models.orders.events import Address
from models.orders.placing import MOST_LINES, NewLine, NewOrder
from models.orders.tables import Client, Order
from webapp.orders.products import Offer

ADDRESS = ("street", "city", "state", "postcode")


class TypedLine(msgspec.Struct, frozen=True):
    """A line as typed."""

    sku: str = ""
    quantity: str = ""

    @property
    def is_blank(self) -> bool:
        return not self.sku and not self.quantity


class TypedOrder(msgspec.Struct, frozen=True, kw_only=True):
    """The whole form as typed. Fields that are not here, such as a price, are not read at all."""

    client_number: str = ""
    purchase_order: str = ""
    deliver_to: dict[str, str] = {}
    lines: list[TypedLine] = msgspec.field(default_factory=lambda: [TypedLine()])
    action: str = ""

    @property
    def wants_other_lines(self) -> bool:
        """Whether the button was "Add a line" or a line's "Remove", not "Place order"."""
        return self.action == "add" or self.action.startswith("remove-")

    def with_lines_changed(self) -> "TypedOrder":
        """The form after "Add a line" or "Remove"."""
        lines = list(self.lines)
        if self.action == "add" and len(lines) < MOST_LINES:
            lines.append(TypedLine())
        elif (row := self.action.removeprefix("remove-")).isdecimal() and int(row) < len(lines):
            del lines[int(row)]
        return msgspec.structs.replace(self, lines=lines or [TypedLine()], action="")

    def as_new_order(self, offers: Mapping[str, Offer], owner_name: str) -> NewOrder:
        """What the command gets: blank lines left out, prices from the offers."""
        typed = {name: text.strip() for name, text in self.deliver_to.items()}
        address = Address(**{name: typed.get(name, "") for name in ADDRESS}) if any(typed.values()) else None
        return NewOrder(
            client_number=self.client_number,
            purchase_order=self.purchase_order,
            deliver_to=address,
            owner_name=owner_name,
            lines=[NewLine(sku=line.sku, quantity=whole_number(line.quantity)) for line in self.filled_lines],
            products={sku: offer.as_product() for sku, offer in offers.items()},
        )

    @property
    def filled_lines(self) -> list[TypedLine]:
        """The lines with something in them."""
        return [line for line in self.lines if not line.is_blank]

    def compact(self) -> "TypedOrder":
        """The form without blank lines, so that errors (`lines-0-sku`) stand beside the right ones."""
        return msgspec.structs.replace(self, lines=self.filled_lines or [TypedLine()])


def read_order_form(form: Mapping[str, str]) -> TypedOrder:
    """The form from what was posted; never fails, since checking is the domain's."""
    rows = sorted(
        {int(name.split("-")[1]) for name in form if re.fullmatch(r"lines-\d{1,4}-(sku|quantity)", name)}
    )
    lines = [
        TypedLine(
            _clean(form.get(f"lines-{row}-sku", "")).upper(), _clean(form.get(f"lines-{row}-quantity", ""))
        )
        for row in rows[: MOST_LINES + 1]
    ]
    return TypedOrder(
        client_number=_clean(form.get("client_number", "")),
        purchase_order=_clean(form.get("purchase_order", "")),
        deliver_to={name: _clean(form.get(f"deliver_to-{name}", "")) for name in ADDRESS},
        lines=lines or [TypedLine()],
        action=form.get("action", ""),
    )


def form_of_order(order: Order, client: Client) -> TypedOrder:
    """A form that repeats an order: same client and lines, today's prices; the address if another."""
    address = {name: getattr(order, name) for name in ADDRESS}
    elsewhere = any(getattr(client, name) != text for name, text in address.items())
    return TypedOrder(
        client_number=order.client_number,
        deliver_to=address if elsewhere else {},
        lines=[TypedLine(line.sku, str(line.ordered)) for line in order.lines],
    )


def whole_number(text: str) -> int | None:
    """The number, or None where the text is no whole number (or one that no order could mean)."""
    return int(text) if re.fullmatch(r"[+-]?[0-9]{1,12}", text) else None


def _clean(text: Any) -> str:
    return str(text).replace("\0", "").strip()
