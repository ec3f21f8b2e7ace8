"""The order form exactly as typed; only the domain validates it."""

import re
import secrets
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial

import msgspec

from models.orders.events import Address
from models.orders.new_order import (
    LIMITS,
    MOST_LINES,
    NewLine,
    NewOrder,
    OrderTexts,
    error_of_discount,
    error_of_quantity,
    texts_of,
)
from models.orders.tables import Client, Order
from models.shared.numbers import read_percentage
from webapp.orders.products import Offer
from webapp.shared.number_fields import CASES, number_or_none, unclear_numbers
from webapp.shared.pages.form_keys import whole

TOKEN = re.compile(r"[A-Za-z0-9_-]{8,64}")
PERCENT = "Enter a percentage from 0 to 100 with at most two decimals, such as 7.5."
ADDRESS = ("street", "city", "state", "postcode")


class TypedLine(msgspec.Struct, frozen=True):
    """A line as typed; `seen_price` is the SKU and the price per case that stood beside it."""

    sku: str = ""
    quantity: str = ""
    seen_price: str = ""

    @property
    def expected_price(self) -> Decimal | None:
        """The price that was shown for this product; None if another one's or none was shown."""
        sku, _, price = self.seen_price.partition(" ")
        is_price = re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,2})?", price, re.ASCII)
        return Decimal(price) if is_price and sku == self.sku else None

    @property
    def is_blank(self) -> bool:
        return not self.sku and not self.quantity


class TypedOrder(OrderTexts, frozen=True, kw_only=True):
    """The whole form as typed; other fields, such as a price, are never read.

    `place` is the label of one of the client's additional addresses and takes precedence over
    `deliver_to`.
    """

    client_number: str = ""
    place: str = ""
    deliver_to: dict[str, str] = msgspec.field(default_factory=dict)
    lines: list[TypedLine] = msgspec.field(default_factory=lambda: [TypedLine()])
    discount: str = ""
    action: str = ""

    @property
    def wants_prices(self) -> bool:
        """Whether Enter was pressed in a field without JavaScript: show prices, place nothing."""
        return self.action == "check"

    @property
    def wants_other_lines(self) -> bool:
        """Whether the button was "Add a line" or a line's "Remove", not "Place order"."""
        return self.action == "add" or self.action.startswith("remove-")

    def with_lines_changed(self) -> "TypedOrder":
        """Return the form after "Add a line" or "Remove"."""
        lines = list(self.lines)
        if self.action == "add" and len(lines) < MOST_LINES:
            lines.append(TypedLine())
        elif (row := whole(self.action.removeprefix("remove-"))) is not None and 0 <= row < len(
            lines
        ):
            del lines[row]
        return msgspec.structs.replace(self, lines=lines or [TypedLine()], action="")

    @property
    def has_something(self) -> bool:
        """Whether anything was typed that is worth saving as a draft."""
        return bool(self.client_number or any(texts_of(self).values()) or self.filled_lines)

    def kept(self) -> dict[str, object]:
        """Return the form as stored in a draft."""
        lines = [msgspec.structs.replace(line, seen_price="") for line in self.lines]
        return {**msgspec.to_builtins(msgspec.structs.replace(self, lines=lines)), "action": ""}

    def as_new_order(
        self, offers: Mapping[str, Offer], owner_name: str, warned_of: str | None = None
    ) -> NewOrder:
        """Build the command's input: blank lines dropped, prices taken from the offers."""
        typed = {name: text.strip() for name, text in self.deliver_to.items()}
        address = (
            Address(**{name: typed.get(name, "") for name in ADDRESS})
            if any(typed.values()) and not self.place
            else None
        )
        return NewOrder(
            client_number=self.client_number,
            **texts_of(self),
            place=self.place,
            deliver_to=address,
            owner_name=owner_name,
            discount_percent=percentage(self.discount),
            warned_of=warned_of,
            lines=[
                NewLine(
                    sku=line.sku,
                    quantity=cases(line.quantity),
                    expected_price=line.expected_price,
                )
                for line in self.filled_lines
            ],
            products={sku: offer.as_product() for sku, offer in offers.items()},
        )

    @property
    def filled_lines(self) -> list[TypedLine]:
        """The lines that are not blank."""
        return [line for line in self.lines if not line.is_blank]

    @property
    def unclear(self) -> dict[str, str]:
        """What to tell the person about each number that cannot be read, keyed like its error."""
        return self._unclear(self.filled_lines)

    @property
    def hints(self) -> dict[str, str]:
        """What to say, while it is typed, of each number that will be refused, keyed by its row."""
        rows = {f"lines-{n}-quantity": line.quantity for n, line in enumerate(self.lines)}
        said = {
            name: error_of_quantity(number_or_none(CASES, text))
            for name, text in rows.items()
            if text
        }
        if self.discount:
            said["discount"] = error_of_discount(number_or_none(read_percentage, self.discount))
        return {name: words for name, words in said.items() if words} | self._unclear(self.lines)

    def _unclear(self, lines: Sequence[TypedLine]) -> dict[str, str]:
        typed = {f"lines-{n}-quantity": line.quantity for n, line in enumerate(lines)}
        return unclear_numbers(typed, dict.fromkeys(typed, CASES)) | unclear_numbers(
            {"discount": self.discount}, {"discount": partial(read_percentage, example=PERCENT)}
        )

    def compact(self) -> "TypedOrder":
        """Return the form without blank lines, so that errors (`lines-0-sku`) match its rows."""
        return msgspec.structs.replace(self, lines=self.filled_lines or [TypedLine()])


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """What a form carries about itself: its draft, its window, and any likely duplicate it showed.

    `editor` identifies the browser window. `order` and `order_version` name the order being
    changed; empty for a new one.
    """

    draft: str
    editor: str
    version: int = 0
    warned_of: str | None = None
    order: str = ""
    order_version: int = 0


def fresh_desk(draft: str = "", version: int = 0, order: str = "", order_version: int = 0) -> Desk:
    """Return the desk for a form that is being opened now, in a window of its own."""
    token = secrets.token_urlsafe(12)
    return Desk(
        draft=draft or secrets.token_urlsafe(12),
        editor=token,
        version=version,
        warned_of="",
        order=order,
        order_version=order_version,
    )


def read_desk(form: Mapping[str, str]) -> Desk:
    """Read the desk from a posted form.

    A form without one, as a script would send, gets a fresh one and no duplicate warning.
    """
    given = {name: form.get(name, "") for name in ("draft", "editor")}
    if not all(TOKEN.fullmatch(text) for text in given.values()):
        given = {"draft": secrets.token_urlsafe(12), "editor": secrets.token_urlsafe(12)}
    version, order_version = (
        whole(form.get(name, "")) or 0 for name in ("draft_version", "order_version")
    )
    return Desk(
        **given,
        version=version,
        order=_clean(form.get("order", ""))[:40],
        order_version=order_version,
        warned_of=_clean(form["warned_of"])[:40] if "warned_of" in form else None,
    )


def read_order_form(form: Mapping[str, str]) -> TypedOrder:
    """Read the form as posted; never fails, since validation belongs to the domain."""
    rows = sorted(
        {
            int(name.split("-")[1])
            for name in form
            if re.fullmatch(r"lines-\d{1,4}-(sku|quantity)", name)
        }
    )
    lines = [
        TypedLine(
            _clean(form.get(f"lines-{row}-sku", "")).upper(),
            _clean(form.get(f"lines-{row}-quantity", "")),
            _clean(form.get(f"lines-{row}-seen_price", ""))[:60],
        )
        for row in rows[: MOST_LINES + 1]
    ]
    return TypedOrder(
        client_number=_clean(form.get("client_number", "")),
        **{name: _clean(form.get(name, "")) for name in LIMITS},
        place=_clean(form.get("place", ""))[:100],
        deliver_to={name: _clean(form.get(f"deliver_to-{name}", "")) for name in ADDRESS},
        lines=lines or [TypedLine()],
        discount=_clean(form.get("discount", "")),
        action=form.get("action", ""),
    )


def form_of_draft(typed: Mapping[str, object]) -> TypedOrder:
    """Return the form stored in a draft. Raises msgspec.ValidationError for one of another form."""
    found = msgspec.convert(typed, TypedOrder)
    return found if found.lines else msgspec.structs.replace(found, lines=[TypedLine()])


def form_to_change(order: Order, client: Client) -> TypedOrder:
    """Return the form for changing an order that is not placed yet, with everything typed."""
    typed, discount = form_of_order(order, client), order.discount_percent
    return msgspec.structs.replace(
        typed,
        **texts_of(order),
        discount=f"{discount.normalize():f}" if discount else "",
    )


def form_of_order(order: Order, client: Client) -> TypedOrder:
    """Return a form that repeats an order: same client and lines, at today's prices.

    The order's address is kept if it differs from the client's main address.
    """
    address = {name: getattr(order, name) for name in ADDRESS}
    elsewhere = any(getattr(client, name) != text for name, text in address.items())
    place = (
        next((known["label"] for known in client.addresses if {**known, **address} == known), "")
        if elsewhere
        else ""
    )
    return TypedOrder(
        client_number=order.client_number,
        place=place,
        deliver_to=address if elsewhere and not place else {},
        lines=[TypedLine(line.sku, str(line.ordered)) for line in order.lines],
    )


def percentage(text: str) -> Decimal | None:
    """Parse a percentage; 0 for blank, None if it is not clearly a number."""
    return number_or_none(read_percentage, text) if text.strip() else Decimal(0)


def cases(text: str) -> int | None:
    """Parse a quantity; None if it is not clearly a whole number."""
    return number_or_none(CASES, text)


def _clean(text: object) -> str:
    return str(text).strip()
