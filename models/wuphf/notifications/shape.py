"""How a notification is declared: whom an event tells of what, what ends it, and its words."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec

from models.wuphf.events import Category, Priority, Subject

Tone = str  # the badge's class: "", good, wait, bad, info or acc
ORDER: tuple[Subject, str] = ("order", "order_number")
CLIENT: tuple[Subject, str] = ("client", "client_number")
LEAD: tuple[Subject, str] = ("lead", "lead_number")
SHIPMENT: tuple[Subject, str] = ("shipment", "shipment_number")
EXPENSE: tuple[Subject, str] = ("expense", "expense_number")
PRODUCT: tuple[Subject, str] = ("product", "sku")
SEE_LEADS = frozenset({"sales", "sales-managers", "management", "customer-service", "it"})
OFFICE = SEE_LEADS | {"accounting"}
EVERYONE = frozenset({"everyone"})
MANAGERS, WAREHOUSE = "group:sales-managers", "group:warehouse"


class Telling(NamedTuple):
    """One entry of the table. `parts` name the fact's fields that fill in the text of `kind`.

    The text is in WORDS. `to` lists audiences: a field of the fact with one or more uids
    (`owner`, `approvers`), `manager` (the owner's, per the directory), or `group:NAME` of the
    directory. `answers`: notify the actor too, since the event answers what they did. `asks`: the
    recipient has something to do, and the notification is withdrawn when SETTLINGS says that it was
    done; with `once`, skip people who already have it. `warns`: it says how things stand, and is
    withdrawn when SETTLINGS says that they no longer do. `decides`: the audience is everybody who
    may decide, delegates included. `mentions`: it names the recipient.
    """

    kind: str
    category: Category
    to: tuple[str, ...]
    subject: tuple[Subject, str]
    parts: tuple[str, ...]
    priority: Priority = "normal"
    answers: bool = False
    asks: bool = False
    warns: bool = False
    once: bool = False
    decides: bool = False
    mentions: bool = False
    when: Callable[[Any], bool] = lambda _fact: True


class Settling(NamedTuple):
    """An event that ends requests and warnings: those of `kinds` about the subject are withdrawn.

    They are withdrawn from everyone who has them. `says` follows the actor's name in the reason:
    "Angela Martin" + "approved it". With `by_itself` it is the whole reason, since no person did
    it. With `but_for`, the people named by that field of the fact keep theirs, and `says` is the
    whole reason too: the request has only moved to others.
    """

    kinds: tuple[str, ...]
    subject: tuple[Subject, str]
    says: str
    by_itself: bool = False
    but_for: str = ""
    when: Callable[[Any], bool] = lambda _fact: True


class Words(NamedTuple):
    """The text of a kind. `title` and `detail` have placeholders.

    Placeholders are the parts, `actor`, and `subject` (the business number). `many` is the title of
    several from one day ("{} orders were placed"); kinds without it are never grouped.
    """

    icon: str
    tone: Tone
    title: str
    detail: str
    many: str = ""


# Start of an event type to the groups whose members may see every record that those events are
# about: the rights of webapp/shared/people/rights.py, which a test holds against it. Only they may
# subscribe a webhook; the longest start counts, and nobody may to a type without one.
HeardBy = Mapping[str, frozenset[str]]
# Event type to what is read of the event, and what happens with it.
Tellings = Mapping[str, tuple[type[msgspec.Struct], tuple[Telling, ...]]]
Settlings = Mapping[str, tuple[type[msgspec.Struct], tuple[Settling, ...]]]
