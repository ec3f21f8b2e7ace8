"""Formatting for pages: money, times, numbers, icons, faces and asset addresses."""

import hashlib
import json
import math
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from urllib.parse import quote
from zoneinfo import ZoneInfo

from flask import Flask, Response, current_app, request, session
from markupsafe import Markup

from models.shared import clock, dates
from models.shared.counts import counted
from models.shared.texts import FIRST_STRONG_ISOLATE, isolate
from webapp.shared.people.names import person_name
from webapp.shared.people.preferences import memory, zone

VENDOR = Path(__file__).parents[3] / "static" / "vendor"
_HASHED = re.compile(r"^/static/vendor/.+-[0-9A-Z]{8}\.\w+$")
FOR_EVER = "public, max-age=31536000, immutable"


def install(app: Flask) -> None:
    """Register filters and globals, and let browsers cache files whose name contains their hash."""
    for show in (
        money,
        ago,
        clocked,
        moment,
        day,
        on_day,
        week_of,
        duration,
        number,
        dates.dated,
        dates.month,
        dates.month_and_year,
        dates.month_code,
        dates.short_day,
        dates.short_month,
    ):
        app.jinja_env.filters[show.__name__] = show
    for give in (
        icon,
        asset,
        has_page,
        channel,
        counted,
        greeting,
        face_of,
        face_tone,
        initials,
        name_of,
        office_day,
    ):
        app.jinja_env.globals[give.__name__] = give
    app.jinja_env.filters["typed"] = Typed
    app.jinja_env.finalize = isolated
    app.after_request(_keep_hashed_files)


class Typed(str):
    """What a person typed, for the value of a field: a template prints it as it is."""

    __slots__ = ()


def isolated(value: object) -> object:
    """Return what a template prints, a name with right-to-left letters in a pair of isolates.

    Every template passes all that it prints through here. A sentence whose names are isolated
    already, markup and a Typed value stay as they are.
    """
    if type(value) is not str or value.isascii() or FIRST_STRONG_ISOLATE in value:
        return value
    return isolate(value)


def money(value: Decimal | int | str, currency: str = "") -> str:
    """Format an amount: `1,167.00`, or `$1,167.00` for USD."""
    sign, amount = "−" if Decimal(value) < 0 else "", f"{abs(Decimal(value)):,.2f}"
    return f"{sign}${amount}" if currency == "USD" else f"{currency} {sign}{amount}".lstrip()


def number(value: int) -> str:
    """Format a whole number: `1,284`."""
    return f"{value:,}"


def local(at: datetime) -> datetime:
    """Return the time in the reader's zone."""
    return _local(at.astimezone(UTC), zone())


@lru_cache(maxsize=4096)
def _local(at: datetime, where: ZoneInfo) -> datetime:
    return at.astimezone(where)


def ago(at: datetime) -> Markup:
    """Return a `<time>` such as "12 min ago", with the exact time on hover.

    The page's script keeps it current.
    """
    return _time(at, since(at))


def clocked(at: datetime) -> Markup:
    """Like `ago`, but with the hour (`Thu 9:08 AM`) for times before today.

    For lists grouped by day.
    """
    words = since(at)
    return _time(at, words if words.endswith((" now", " ago")) else moment(at))


def _time(at: datetime, words: str) -> Markup:
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        dates.exact(local(at)),
        words,
    )


def since(at: datetime) -> str:
    """Say how long ago: just now, 12 min ago, 2 h ago, yesterday, Thu, Nov 19, Nov 19, 2025."""
    now = clock.now()
    seconds = (now - at).total_seconds()
    if seconds < 45:
        return "just now"
    if seconds < 3570:
        return f"{max(1, round(seconds / 60))} min ago"
    then, today = local(at).date(), local(now).date()
    if then == today:
        return f"{max(1, math.floor(seconds / 3600 + 0.5))} h ago"
    return _day_of(then, today)


def short_day(at: datetime) -> str:
    """Format a day: `Thu, Nov 19`, `Nov 19, 2027` in another year, or yesterday."""
    return _day_of(local(at).date(), local(clock.now()).date())


def _day_of(then: date, today: date) -> str:
    return "yesterday" if (today - then).days == 1 else dates.day(then, today)


def on_day(day: date) -> str:
    """Format a day: `Thu, Nov 19`, `Nov 19, 2027` in another year."""
    return dates.day(day, local(clock.now()).date())


def week_of(monday: date) -> str:
    """Format a week: `Nov 16–22`, `Nov 17–23, 2025` in another year."""
    return dates.period(monday, monday + timedelta(days=6), local(clock.now()).date())


def moment(at: datetime) -> str:
    """Format a point in time: `3:05 PM` today, `Thu 3:05 PM`, otherwise `Nov 19, 3:05 PM`."""
    return dates.moment(local(at), local(clock.now()))


def day(at: datetime, *, capital: bool = True) -> str:
    """Format a day: Today, Yesterday, `Thursday, November 19`; with the year if it is another one.

    Without `capital` for the middle of a sentence: today, yesterday.
    """
    then, today = local(at).date(), local(clock.now()).date()
    if (days := (today - then).days) in (0, 1):
        words = ("Today", "Yesterday")[days]
        return words if capital else words.lower()
    return dates.full_day(then, today)


def duration(span: timedelta | float | None) -> str:
    """Format a duration: `142 ms`, `1.4 s`, `9 min`, `1 h 20 min`, `4 days 22 h`."""
    if span is None:
        return "–"
    seconds = max(0.0, span.total_seconds() if isinstance(span, timedelta) else float(span))
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 59.5:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return counted(days, "day") + (f" {hours} h" if hours else "")


@cache
def icon(name: str, more: str = "") -> Markup:
    """Return the icon `name` of static/icons.txt.

    It is hidden from screen readers, so put a word next to it.
    """
    return Markup('<svg class="ico{}" aria-hidden="true"><use href="{}#i-{}"/></svg>').format(
        f" {more}" if more else "", asset("icons.svg"), name
    )


@cache
def asset(name: str) -> str:
    """Return the address of a built file: `app.js`, `app.css`, `icons.svg`."""
    return f"/static/vendor/{_manifest().get(name, name)}"


def has_page(endpoint: str) -> bool:
    """Check whether this process serves `endpoint`."""
    return endpoint in current_app.view_functions


def channel() -> str:
    """Return a name that the tabs of one session share and that reveals nothing about it."""
    sid = getattr(session, "sid", None) or ""
    return hashlib.sha256(f"tabs {sid}".encode()).hexdigest()[:16]


def greeting() -> str:
    """Return good morning, afternoon or evening by the reader's clock."""
    hour = local(clock.now()).hour
    return "Good morning" if hour < 12 else "Good afternoon" if hour < 18 else "Good evening"


def face_of(uid: str, name: str, size: str = "") -> Markup:
    """Return a person's round picture, or their initials.

    Hidden from screen readers, since a name stands next to it. `size` is s or l, or empty for the
    default.
    """
    known, shape = memory().about(uid), f" face-{size}" if size else ""
    if known and known.avatar:
        address = f"/profile/people/{quote(uid)}/face?v={known.avatar}"
        return Markup('<img class="face{}" src="{}" alt="" width="28" height="28">').format(
            shape, address
        )
    tone, letters = face_tone(uid), initials(name)
    return Markup('<span class="face f{}{}" aria-hidden="true">{}</span>').format(
        tone, shape, letters
    )


def face_tone(uid: str) -> int:
    """Return one of five colors for a person, the same everywhere."""
    return sum(uid.encode()) % 5 + 1


def initials(name: str) -> str:
    """Return the initials of a name: `JH` for Jim Halpert."""
    parts = name.split()
    return (parts[0][:1] + parts[-1][:1] if len(parts) > 1 else name[:2]).upper()


def name_of(actor: str) -> str:
    """Return `Jim Halpert` for the uid jim.halpert; a service acts automatically."""
    if actor.startswith("service:"):
        return f"{actor[8:].title()} (automatic)"
    return person_name(actor)


def office_day() -> str:
    """Return today's date by the reader's clock: `Tuesday, November 24`."""
    today = local(clock.now()).date()
    return dates.full_day(today, today)


@cache
def _manifest() -> dict[str, str]:
    path = VENDOR / "manifest.json"
    return json.loads(path.read_text()) if path.exists() else {}


def _keep_hashed_files(response: Response) -> Response:
    if _HASHED.search(request.path) and response.status_code in (200, 304):
        response.headers["Cache-Control"] = FOR_EVER
    return response
