"""The state of the inbox page, as read from its URL and forms, and the page's contents."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from urllib.parse import parse_qs, urlencode
from uuid import UUID

from flask import request, url_for

from models.shared import clock
from models.shared.records.lists import COUNTED
from models.shared.settings import company
from models.shared.transactions import reading
from models.wuphf import queries, snooze
from models.wuphf.queries import InboxFilter, Place
from webapp.shared.pages.form_keys import serial
from webapp.shared.pages.presentation import day, short_day
from webapp.shared.people.preferences import zone
from webapp.shared.people.rights import NEEDED_FOR, can
from webapp.wuphf.groups import Group, grouped
from webapp.wuphf.presentation import Shown, shown

VIEWS = {
    "": ("Inbox", "inbox"),
    "unread": ("Unread", "mail"),
    "mentions": ("Mentions", "at"),
    "decide": ("To do", "user-check"),
    "snoozed": ("Snoozed", "clock-pause"),
    "archived": ("Archived", "archive"),
}
CATEGORIES = {
    "orders": ("Orders", "file-invoice"),
    "shipments": ("Shipments", "truck"),
    "stock": ("Stock", "packages"),
    "clients": ("Clients", "building-store"),
    "leads": ("Leads", "target-arrow"),
    "expenses": ("Expenses", "receipt"),
    "broadcasts": ("WUPHFs", "speakerphone"),
    "account": ("Your account", "key"),
    "system": ("System", "activity"),
}
MOST_PICKED = 100


@dataclass(frozen=True)
class InboxState:
    """One state of the inbox page.

    `up_to`: rows that arrived after that feed entry wait behind "Show new".
    """

    view: str = ""
    about: str = ""
    q: str = ""
    before: Place | None = None
    up_to: int | None = None

    def url(self, **changes: Any) -> str:
        """Return the inbox's URL in this state, with `changes` applied."""
        new = replace(self, **changes)
        before = f"{new.before[0]}-{new.before[1]}" if new.before else ""
        state = {
            "view": new.view,
            "about": new.about,
            "q": new.q,
            "before": before,
            "upto": new.up_to,
        }
        query = urlencode({name: value for name, value in state.items() if value not in ("", None)})
        return url_for("wuphf.inbox") + (f"?{query}" if query else "")

    @property
    def wanted(self) -> InboxFilter:
        """The filter for this state's rows."""
        return InboxFilter(
            view=self.view or "inbox", category=self.about, q=self.q, up_to=self.up_to
        )


def state_of(args: Mapping[str, str]) -> InboxState:
    """Parse the state from a URL's query; unknown values are dropped."""
    view, about, q = args.get("view", ""), args.get("about", ""), args.get("q", "").strip()[:100]
    return InboxState(
        view if view in VIEWS else "",
        about if about in CATEGORIES else "",
        q,
        _place(args.get("before", "")),
        serial(args.get("upto")),
    )


def state_of_form() -> InboxState:
    """Return the state of the page that a form was sent from (its field `next`)."""
    query = parse_qs(request.form.get("next", "").partition("?")[2].partition("#")[0])
    return state_of({name: values[0] for name, values in query.items()})


def inbox_page(uid: str, state: InboxState, **more: object) -> dict[str, object]:
    """Return the template context of the inbox page in this state."""
    with reading("notifications") as session:
        counts = queries.get_counts(session, uid)
        state = replace(state, up_to=counts.n if state.up_to is None else state.up_to)
        page = queries.list_inbox(session, uid, wanted=state.wanted, before=state.before)
        total = remaining = queries.count_inbox(session, uid, state.wanted)
        if state.before:
            remaining = queries.count_inbox(session, uid, state.wanted, state.before)
        values = {
            "by_category": queries.count_by_category(session, uid),
            "by_view": queries.count_by_view(session, uid),
            "range": _range(len(page.notices), total, remaining),
            "arrived": queries.count_arrivals(session, uid, state.up_to or 0),
            "kept": company.value(session, "notification_retention_days"),
        }
    plain = replace(state, up_to=None)
    return {
        **values,
        "counts": counts,
        "sections": list(sections(map(shown, page.notices), values["kept"])),
        "categories": {
            name: said
            for name, said in CATEGORIES.items()
            if can(NEEDED_FOR.get(name, "inbox.see")) or name == state.about
        },
        "views": VIEWS,
        "state": plain,
        "here": state.url(),
        "since": state.up_to,
        "older_url": plain.url(before=page.older) if page.older else "",
        "snoozes": snoozes(),
        **more,
    }


def sections(notices: Iterable[Shown], kept: int) -> Iterable[tuple[str, str, list[Group]]]:
    """Yield (heading, retention note, rows): pinned, important, then by day."""
    for (heading, until), rows in groupby(notices, lambda each: _section(each, kept)):
        yield heading, until, grouped(list(rows))


def picked_ids() -> list[UUID]:
    """Return the ids a button applies to (`only`), else the selected ones; skip invalid ids."""
    given = [request.form["only"]] if "only" in request.form else request.form.getlist("ids")
    ids = ",".join(given).split(",")[:MOST_PICKED]
    return [id_ for id_ in map(as_id, ids) if id_]


def as_id(text: str) -> UUID | None:
    """Parse an id; None if it is not one."""
    try:
        return UUID(text)
    except ValueError:
        return None


def snoozes() -> dict[str, str]:
    """Return the snooze choices available at this hour."""
    return {
        name: words
        for name, words in snooze.CHOICES.items()
        if name != "later" or snooze.is_later_today(clock.now(), zone())
    }


def snooze_from_form() -> datetime:
    """Return when the snooze ends. Raises Invalid."""
    return snooze.wakes_at(
        request.form.get("until", ""), request.form.get("at", ""), clock.now(), zone()
    )


def _section(each: Shown, kept: int) -> tuple[str, str]:
    notice = each.notice
    if notice.pinned:
        return "Pinned", "kept until you unpin them"
    if notice.snoozed_until:
        return f"Snoozed until {day(notice.snoozed_until, capital=False)}", ""
    if notice.priority == "high" and not notice.read and notice.stands:
        return "Important", ""
    return day(notice.at), f"kept until {short_day(notice.at + timedelta(days=kept))}"


def _range(shown: int, total: int, remaining: int) -> str:
    """Which of the rows this page shows."""
    if not shown or total > COUNTED:
        return f"{shown} of {COUNTED:,}+" if shown else ""
    first = total - remaining + 1
    rows = str(shown) if shown == total else f"{first:,}–{first + shown - 1:,}"
    return f"{rows} of {total:,}"


def _place(text: str) -> Place | None:
    rank, _, n = text.partition("-")
    last = serial(n)
    return (int(rank), last) if rank in ("0", "1", "2") and last is not None else None
