"""Lists: each is declared once as a `List`, and its page, its live search, its export and its saved views follow.

The address holds a list's whole state: `q`, `sort`, the filters by name, and the place as `after` or
`before`. Whatever depends on that state is drawn in one block of the list's template, so one swap
renews it all: the count in the heading, the tabs, the export's link, the chips, the rows, the pages.
The same swap happens when one of the records that the list watches changes. It begins with the row
that the page began with (`from`), so that rows which came before it push none down: they are counted.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any, Generic, Literal, NamedTuple, Protocol, TypeVar
from urllib.parse import urlencode

from flask import Response, request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest

from models.shared.errors import NoSuchPlace
from models.shared.records.lists import COUNTED, EXPORTED, Count, Page
from models.shared.transactions import reading
from webapp.shared.lists.columns import Column, ColumnChoice, chosen_columns
from webapp.shared.lists.csv_files import csv_response, until_sent
from webapp.shared.lists.cursors import (
    PAGE_SIZE,
    Keys,
    decode_cursor,
    encode_cursor,
)
from webapp.shared.pages.fragments import render_page_or_block
from webapp.shared.pages.presentation import on_day
from webapp.shared.people.rights import can

IN_TAB = 1_000  # a tab's count is exact up to here
LONGEST_SEARCH = 100
DAMAGED = "This link to a page of the list is not valid."


Asked = TypeVar("Asked", contravariant=True)
Wanted = TypeVar("Wanted")


@dataclass(frozen=True)
class ListState:
    """What the person asked of a list. `after` and `before` are keyset cursors (at most one is set).

    `filters` maps a filter's name to the values chosen, each checked against what was allowed.
    """

    path: str
    sort: str
    q: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    after: Keys | None = None
    before: Keys | None = None
    size: int = PAGE_SIZE
    default_sort: str = ""

    def url(self, **changes: object) -> str:
        """This list's address with some of its state changed (`q=`, `sort=`, a filter's name), back on page one."""
        return self.url_at(self.path, **changes)

    def url_at(self, path: str, **changes: object) -> str:
        """The same state of what is at another path: the list's export, its board."""
        state: dict[str, object] = {"q": self.q, "sort": self.sort, **self.filters, **changes}
        if state["sort"] == self.default_sort:
            del state["sort"]
        query = urlencode({name: value for name, value in state.items() if value}, doseq=True)
        return f"{path}?{query}" if query else path

    def without(self, name: str, value: str) -> str:
        """The address with one chosen filter value taken away: what a chip's cross links to."""
        return self.url(
            **{name: tuple(kept for kept in self.filters.get(name, ()) if kept != value)}
        )

    @property
    def is_narrowed(self) -> bool:
        """Whether a search or filter is on: an empty list then says something else."""
        return bool(self.q or any(self.filters.values()))

    @property
    def is_first_page(self) -> bool:
        """Whether this is where the list begins."""
        return not (self.after or self.before)


Options = Mapping[str, str] | Callable[[], Mapping[str, str]]


@dataclass(frozen=True)
class Choice:
    """A filter by values, each with its word. Of one with `several` more than one may be chosen, else the last counts.

    `place` is where it stands: in the filter menu, always open beside the search, or only behind the tabs.
    `accepts` lets in what is no option, such as the account of somebody who has left.
    """

    name: str
    label: str
    options: Options
    several: bool = False
    nothing: str = "Any"
    place: Literal["menu", "inline", "tabs"] = "menu"
    accepts: Callable[[str], bool] = lambda _value: False
    word: Callable[[str], str] = str

    @property
    def words(self) -> Mapping[str, str]:
        """The word of each value that is offered."""
        return self.options() if callable(self.options) else self.options

    def read(self, args: MultiDict[str, str]) -> dict[str, tuple[str, ...]]:
        """The values in an address; unknown ones are dropped, so that an old bookmark still opens."""
        words = self.words
        known = [
            value
            for value in dict.fromkeys(args.getlist(self.name))
            if value and (value in words or self.accepts(value))
        ]
        return {self.name: tuple(known if self.several else known[-1:])}

    def chips(self, state: ListState) -> Iterable[tuple[str, str, str, str]]:
        """(name, value, label, word) of each value chosen."""
        words = self.words
        for value in state.filters.get(self.name, ()) if self.label else ():
            yield self.name, value, self.label, words.get(value) or self.word(value)


@dataclass(frozen=True)
class Days:
    """A filter by the days `since` and `until`, both included."""

    label: str
    names: tuple[str, str] = ("since", "until")
    place: Literal["menu", "inline", "tabs"] = "menu"

    def read(self, args: MultiDict[str, str]) -> dict[str, tuple[str, ...]]:
        """The days in an address; what is no day is dropped."""
        return {name: tuple(args.getlist(name)[-1:]) for name in self.names if _day(args.get(name))}

    def chips(self, state: ListState) -> Iterable[tuple[str, str, str, str]]:
        """(name, value, label, word) of each day chosen."""
        for name, word in zip(self.names, ("from", "to"), strict=True):
            for value in state.filters.get(name, ()):
                day = _day(value)
                yield name, value, f"{self.label} {word}", on_day(day) if day else value


@dataclass(frozen=True)
class Tab:
    """One of the views above a list: its filters by name, or another page at `endpoint`.

    With `count` it says how many there are; `hides_empty` leaves it out where there is none.
    """

    label: str
    filters: Mapping[str, str] = field(default_factory=dict)
    count: str = ""
    endpoint: str = ""
    right: str = ""
    hides_empty: bool = False
    only_phone: bool = False


@dataclass(frozen=True)
class DrawnTab:
    """A tab as the page shows it."""

    label: str
    url: str
    count: str
    is_current: bool
    only_phone: bool


@dataclass(frozen=True)
class Chip:
    """A filter value that is on, and the address without it."""

    label: str
    word: str
    url: str


class Source(Protocol[Asked]):
    """What a list reads: a ListQuery, or something that answers like one.

    What is held in memory asks nothing of its session.
    """

    def page(
        self,
        session: Session,
        wanted: Asked,
        sort: str = "",
        *,
        after: Keys | None = None,
        before: Keys | None = None,
        start: Keys | None = None,
        size: int = PAGE_SIZE,
    ) -> Page:
        """Some rows by keyset."""

    def each(self, session: Session, wanted: Asked, sort: str = "") -> Sequence[object]:
        """All rows."""

    def count(
        self, session: Session, wanted: Asked, most: int = COUNTED, page: Page | None = None
    ) -> Count:
        """How many rows, and their worth."""

    def count_before(self, session: Session, wanted: Asked, sort: str, keys: Keys) -> int:
        """How many rows stand before this one."""


class Figures(NamedTuple):
    """The counts of a list: of its rows, and of its tabs by their `count`."""

    rows: Count
    tabs: Mapping[str, int]


@dataclass(frozen=True, eq=False, kw_only=True)
class List(Generic[Wanted]):
    """The one declaration of a list. Its views call `show` and `export`; its template draws a ListView.

    `wanted` turns the state into the filter that `source` knows; `columns` are the export's, by heading:
    an attribute of the row or a function of it. `sorts` gives each sort its words, the default first.
    `figures` counts rows and tabs in another way than one by one. `watches` are the records whose changes
    change the list or its counts ("orders:*", several with a blank between), empty for a list that has none.
    `table` are the columns that each person may choose from; the template draws their cells.
    """

    name: str
    title: str
    endpoint: str
    export_endpoint: str
    service: str
    template: str
    source: Source[Wanted]
    wanted: Callable[[ListState, Session], Wanted]
    columns: Mapping[str, str | Callable[[Any], object]]
    sorts: Options
    search: str
    search_label: str
    watches: str
    file_name: str = ""
    export_with: Callable[[ListState], Mapping[str, str]] = lambda _state: {}
    filters: tuple[Choice | Days, ...] = ()
    tabs: tuple[Tab, ...] = ()
    tabs_label: str = "Views"
    figures: Callable[[Session, ListState, Wanted, Page], Figures] | None = None
    table: tuple[Column, ...] = ()

    def __post_init__(self) -> None:
        LISTS[self.endpoint] = self

    def show(self, status: int = 200, block: str = "list", **more: object) -> Response:
        """The page, or for a live search the block that depends on the list's state."""
        return self.draw(self.look(), status, block, **more)

    def draw(
        self, shown: "ListView", status: int = 200, block: str = "list", **more: object
    ) -> Response:
        """As `show`, of what was looked up already."""
        return render_page_or_block(
            self.template, block, status, list=shown, asked=shown.state, **more
        )

    @until_sent
    def export(self, **filters: tuple[str, ...]) -> Response:
        """All that the search and the filters leave, in the order of the list, as CSV; `filters` override some."""
        state = self.state()
        state = replace(state, filters={**state.filters, **filters})
        with self.reading() as session:
            rows = self.source.each(session, self.wanted(state, session), state.sort)
        return self.csv(rows)

    def csv(self, rows: Iterable[object]) -> Response:
        """These rows as CSV under the list's headings."""
        cells = [value if callable(value) else _attribute(value) for value in self.columns.values()]
        return csv_response(
            self.file_name or f"{self.name}.csv",
            tuple(self.columns),
            ([cell(row) for cell in cells] for row in rows),
            EXPORTED,
        )

    def state(self, path: str = "", args: MultiDict[str, str] | None = None) -> ListState:
        """The list's state in this request's address, or in other `args`. Raises BadRequest for a damaged place."""
        args, sorts = request.args if args is None else args, list(self.sort_words)
        sort, after = args.get("sort", ""), decode_cursor(args.get("after", ""))
        chosen = [each.read(args) for each in self.filters]
        return ListState(
            path=path or url_for(self.endpoint),
            sort=sort if sort in sorts else sorts[0],
            default_sort=sorts[0],
            q=args.get("q", "").strip()[:LONGEST_SEARCH],
            filters={name: values for each in chosen for name, values in each.items()},
            after=after,
            before=None if after else decode_cursor(args.get("before", "")),
        )

    def look(self) -> "ListView":
        """The page of rows that this request asks for, with all counts. Raises BadRequest for a damaged place."""
        state, start = self.state(), decode_cursor(request.args.get("from", ""))
        with self.reading() as session:
            wanted = self.wanted(state, session)
            page = self.page(session, state, wanted, start)
            if not page.rows and (start or not state.is_first_page):
                # the rows that were here are gone
                state, start = replace(state, after=None, before=None), None
                page = self.page(session, state, wanted)
            before = 0
            if (page.has_before or start) and page.first:
                before = self.source.count_before(session, wanted, state.sort, start or page.first)
                page = page._replace(has_before=before > 0)
            figures = (self.figures or self.count)(session, state, wanted, page)
        return ListView(self, state, page, figures, before, start)

    def page(
        self, session: Session, state: ListState, wanted: Wanted, start: Keys | None = None
    ) -> Page:
        """The rows of this state, or those from `start` on. Raises BadRequest for a damaged place."""
        after, before = (state.after, state.before) if start is None else (None, None)
        try:
            return self.source.page(
                session,
                wanted,
                state.sort,
                after=after,
                before=before,
                start=start,
                size=state.size,
            )
        except NoSuchPlace as error:
            raise BadRequest(DAMAGED) from error

    def count(self, session: Session, state: ListState, wanted: Wanted, page: Page) -> Figures:
        """How many rows there are, and how many each tab would show within the same search."""
        tabs = {}
        for tab in self.tabs:
            if tab.count and (there := self._list_of(tab)):
                asked = replace(state, filters={name: (it,) for name, it in tab.filters.items()})
                narrowed = there.wanted(asked, session)
                tabs[tab.count] = there.source.count(session, narrowed, IN_TAB).rows
        return Figures(self.source.count(session, wanted, page=page), tabs)

    def reading(self) -> AbstractContextManager[Session]:
        """A session for the list's queries; one without a database for a list that is held in memory."""
        return reading(self.service) if self.service else nullcontext(Session())

    @property
    def sort_words(self) -> Mapping[str, str]:
        """The words of each sort, the default first."""
        return self.sorts() if callable(self.sorts) else self.sorts

    def tab_url(self, tab: Tab, state: ListState) -> str:
        """Where a tab leads: the search goes along to another view of the same rows, not to another page."""
        values: dict[str, Any] = dict(tab.filters)
        if state.q and self._list_of(tab):
            values["q"] = state.q
        return url_for(tab.endpoint or self.endpoint, **values)

    def _list_of(self, tab: Tab) -> "AnyList | None":
        there = LISTS.get(tab.endpoint) if tab.endpoint else self
        return there if there and there.source is self.source else None


AnyList = List[Any]  # of whatever its filter is


@dataclass(frozen=True)
class ListView:
    """A list as its template draws it."""

    list: AnyList
    state: ListState
    page: Page
    figures: Figures
    before: int = 0  # rows on the pages before this one
    start: Keys | None = None  # the place that the page was asked to begin with

    @property
    def news(self) -> int:
        """How many rows came before the first one since the page was drawn."""
        return self.before if self.start and self.state.is_first_page else 0

    @property
    def live_url(self) -> str:
        """This page of the list as it is by now, from the row on that it begins with."""
        state, place = self.state, self.start or self.page.first
        return state.url(
            after=state.after and encode_cursor(state.after),
            before=state.before and encode_cursor(state.before),
            **{"from": place and encode_cursor(place)},
        )

    @property
    def live_trigger(self) -> str:
        """The events that the list is fetched anew for."""
        return ", ".join(f"live:{record} from:document" for record in self.list.watches.split())

    @property
    def id(self) -> str:
        """The id of the element that a live search swaps."""
        return f"{self.list.name}-list"

    @property
    def rows(self) -> Sequence[object]:
        """The rows of this page."""
        return self.page.rows

    @property
    def is_exact(self) -> bool:
        """Whether all rows were counted."""
        return self.figures.rows.rows <= COUNTED

    @property
    def count_words(self) -> str:
        """How many rows there are."""
        return f"{self.figures.rows.rows:,}" if self.is_exact else f"{COUNTED:,}+"

    @property
    def range_words(self) -> str:
        """Which of the rows this page shows."""
        if self.before > COUNTED:
            return f"{len(self.rows)} after the first {COUNTED:,}"
        if self.page.is_whole:
            return f"{len(self.rows)} of {self.count_words}"
        return f"{self.before + 1:,}–{self.before + len(self.rows):,} of {self.count_words}"

    @property
    def page_words(self) -> tuple[str, str]:
        """What the pages before and after this one are called."""
        return ("Older", "Newer") if self.state.sort == "oldest" else ("Newer", "Older")

    @property
    def before_url(self) -> str:
        """The page before this one; empty on the first."""
        if not self.page.has_before or not self.page.first:
            return ""
        return self.state.url(before=encode_cursor(self.page.first))

    @property
    def after_url(self) -> str:
        """The page after this one; empty on the last."""
        if not self.page.has_after or not self.page.last:
            return ""
        return self.state.url(after=encode_cursor(self.page.last))

    @cached_property
    def columns(self) -> ColumnChoice:
        """The table's columns as this person chose them."""
        return chosen_columns(self.list.table, self.state.path)

    @property
    def query(self) -> str:
        """The list's state as the query of an address, without the place."""
        return self.state.url().partition("?")[2]

    @property
    def export_url(self) -> str:
        """Exactly what this list shows, as CSV."""
        path = url_for(self.list.export_endpoint)
        return self.state.url_at(path, **self.list.export_with(self.state))

    @property
    def tabs(self) -> Iterable[DrawnTab]:
        """The tabs that this person may open."""
        for tab in self.list.tabs:
            count = self.figures.tabs.get(tab.count)
            if (tab.right and not can(tab.right)) or (tab.hides_empty and not count):
                continue
            yield DrawnTab(
                tab.label,
                self.list.tab_url(tab, self.state),
                "" if count is None else f"{count:,}" if count <= IN_TAB else f"{IN_TAB:,}+",
                self._is_current(tab),
                tab.only_phone,
            )

    def _is_current(self, tab: Tab) -> bool:
        """Whether this is the tab's view; where filters stand behind the tabs, the others may narrow it further."""
        if tab.endpoint not in ("", self.list.endpoint):
            return False
        chosen = {name: values for name, values in self.state.filters.items() if values}
        behind = {each.name for each in self.filters_at("tabs") if isinstance(each, Choice)}
        if behind or tab.endpoint:
            chosen = {name: values for name, values in chosen.items() if name in behind}
        return chosen == {name: (value,) for name, value in tab.filters.items()}

    @property
    def chips(self) -> Iterable[Chip]:
        """The filter values that are on."""
        for each in self.list.filters:
            if each.place != "inline":
                for name, value, label, word in each.chips(self.state):
                    yield Chip(label, word, self.state.without(name, value))

    @property
    def is_narrowed(self) -> bool:
        """Whether a search is on, or a filter other than a tab."""
        behind = {each.name for each in self.filters_at("tabs") if isinstance(each, Choice)}
        return bool(self.state.q) or any(
            values for name, values in self.state.filters.items() if name not in behind
        )

    def filters_at(self, place: str) -> Sequence[Choice | Days]:
        """The filters that stand in the menu, inline or behind the tabs."""
        return [each for each in self.list.filters if each.place == place]


LISTS: dict[str, AnyList] = {}  # every list by its endpoint


def chosen_day(state: ListState, name: str) -> date | None:
    """The day of a filter in `Days`, or None."""
    return _day(next(iter(state.filters.get(name, ())), ""))


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def _attribute(name: str) -> Callable[[object], object]:
    return lambda row: getattr(row, name)
