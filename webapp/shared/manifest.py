"""What an area brings to the product as a whole: one `Manifest` in each `webapp/<area>/manifest.py`.

The navigation, the search, home, the palette, the short addresses and the inbox are built from the
manifests, so an area is added without editing any of them. `rank` orders entries across areas.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from operator import attrgetter
from typing import Literal, TypeVar

from flask import Flask, current_app, request, url_for

from webapp.shared.people.rights import can

Value = TypeVar("Value")


@dataclass(frozen=True, kw_only=True)
class Place:
    """An entry of the navigation. `key` is pressed after g; `also` are path prefixes that count."""

    rank: int
    endpoint: str
    label: str
    icon: str
    action: str
    group: Literal["top", "work"] = "work"
    key: str = ""
    also: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        """Its address."""
        return _address_of(self.endpoint)

    @property
    def is_current(self) -> bool:
        """Whether the current page belongs to this entry."""
        within = (self.url, *self.also) if self.url != "/" else self.also
        return request.endpoint == self.endpoint or request.path.startswith(within)


@dataclass(frozen=True, kw_only=True)
class Search:
    """A part of the search: `endpoint` answers `?q=` with rows for the palette."""

    rank: int
    endpoint: str
    label: str
    action: str


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command in the palette: it opens a page, or `posts` to create something.

    The first one that is `on_home` and allowed is also the button on home. One that is
    `on_nothing_found` is offered when the search finds nothing.
    """

    rank: int
    endpoint: str
    label: str
    icon: str
    action: str
    posts: bool = False
    on_home: bool = False
    on_nothing_found: bool = False

    @property
    def url(self) -> str:
        """Its address."""
        return _address_of(self.endpoint)


@dataclass(frozen=True, kw_only=True)
class HomeCard:
    """A card on home, filled by the fragment at `endpoint`, for those to whom `shown` applies.

    `watches` are the records whose changes change it ("orders:*"), or the word "inbox". `rows` is
    how many rows its placeholder has until the fragment arrives.
    """

    rank: int
    endpoint: str
    title: str
    watches: str
    shown: Callable[[], bool]
    rows: int = 3
    column: Literal["main", "side"] = "main"


@dataclass(frozen=True, kw_only=True)
class Record:
    """A kind of record: its page's endpoint with its URL argument, and its number's prefix if any.

    `kind` is the subject type of notifications about it.
    """

    kind: str
    endpoint: str
    argument: str = "number"
    prefix: str = ""


@dataclass(frozen=True, kw_only=True)
class Blank:
    """A field to fill in before an action in the inbox runs."""

    name: str
    label: str
    most: int = 500
    required: bool = True


@dataclass(frozen=True, kw_only=True)
class RowAction:
    """A button in a notification's row, which posts to the route of the record's own page.

    - `argument`: the URL argument that takes the subject's key; `address` holds the other URL
      arguments.
    - `fixed`: hidden fields.
    - `carried`: parts of the notification sent along under their own names (a version or a round,
      which the owner checks); they override `fixed`.
    - `right`: the right that the owner's route needs; people without it are not offered the action.
    - `blanks`: fields that open under the row first.
    - `done`: what was done, for the toast, such as `Approved`; the subject's key follows it.
    - `tone`: yes, no or empty.
    """

    label: str
    icon: str
    tone: Literal["yes", "no", ""]
    right: str
    endpoint: str
    done: str
    argument: str = "number"
    address: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)
    carried: tuple[str, ...] = ()
    blanks: tuple[Blank, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """Everything that an area registers in the web application.

    - `blueprints`: modules that define `blueprint`; one that is missing fails at start.
    - `addresses`: short addresses that people type, without slashes at either end → the page's.
    - `api`: what the area's REST API is about, as access tokens and the reference name it; empty
      without one.
    - `row_actions`: by kind of notification (models/wuphf/notifications).
    """

    blueprints: tuple[str, ...]
    api: str = ""
    places: tuple[Place, ...] = ()
    searches: tuple[Search, ...] = ()
    commands: tuple[Command, ...] = ()
    cards: tuple[HomeCard, ...] = ()
    addresses: Mapping[str, str] = field(default_factory=dict)
    records: tuple[Record, ...] = ()
    row_actions: Mapping[str, tuple[RowAction, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Registry:
    """What the areas of an application registered, all areas together, in order."""

    apis: Mapping[str, str]
    places: Sequence[Place]
    searches: Sequence[Search]
    commands: Sequence[Command]
    cards: Sequence[HomeCard]
    addresses: Mapping[str, str]
    records: Mapping[str, Record]
    prefixes: Mapping[str, Record]
    row_actions: Mapping[str, tuple[RowAction, ...]]


def install(app: Flask, manifests: Sequence[Manifest]) -> None:
    """Register what these areas bring. Raises ValueError if two of them claim the same thing."""
    records = list(chain.from_iterable(each.records for each in manifests))
    by_rank = attrgetter("rank")
    app.extensions["registry"] = Registry(
        _apis(manifests),
        sorted(chain.from_iterable(each.places for each in manifests), key=by_rank),
        sorted(chain.from_iterable(each.searches for each in manifests), key=by_rank),
        sorted(chain.from_iterable(each.commands for each in manifests), key=by_rank),
        sorted(chain.from_iterable(each.cards for each in manifests), key=by_rank),
        _merged([each.addresses for each in manifests]),
        _merged([{record.kind: record} for record in records]),
        _merged([{record.prefix: record} for record in records if record.prefix]),
        _merged([each.row_actions for each in manifests]),
    )


def _apis(manifests: Sequence[Manifest]) -> dict[str, str]:
    """Return each area that has a REST API, with what that is about."""
    return {
        name.split(".")[1]: each.api
        for each in manifests
        for name in each.blueprints
        if each.api and name.endswith(".api")
    }


def registry() -> Registry:
    """Return what the areas of this application registered."""
    found: Registry = current_app.extensions["registry"]
    return found


def places() -> list[Place]:
    """Return the entries of the navigation that the person may use."""
    return [place for place in registry().places if can(place.action)]


def searches() -> list[Search]:
    """Return the parts of the search that the person may use."""
    return [search for search in registry().searches if can(search.action)]


def commands() -> list[Command]:
    """Return the palette's commands that the person may run."""
    return [command for command in registry().commands if can(command.action)]


def home_cards() -> list[HomeCard]:
    """Return the cards of the person's home."""
    return [card for card in registry().cards if card.shown()]


def _merged(parts: Sequence[Mapping[str, Value]]) -> dict[str, Value]:
    """Return one mapping of all; two areas must not claim the same key."""
    merged: dict[str, Value] = {}
    for part in parts:
        if twice := sorted(merged.keys() & part.keys()):
            raise ValueError(f"two areas register {', '.join(twice)}")
        merged |= part
    return merged


@cache
def _address_of(endpoint: str) -> str:
    return url_for(endpoint)
