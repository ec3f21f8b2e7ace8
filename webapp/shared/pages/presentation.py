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

from models.shared import clock
from webapp.shared.people.preferences import memory, zone

VENDOR = Path(__file__).parents[3] / "static" / "vendor"
_HASHED = re.compile(r"^/static/vendor/.+-[0-9A-Z]{8}\.\w+$")
FOR_EVER = "public, max-age=31536000, immutable"


def install(app: Flask) -> None:
    """Register filters and globals, and let browsers cache files whose name contains their hash."""
    for show in (money, ago, clocked, moment, day, duration, number):
        app.jinja_env.filters[show.__name__] = show
    for give in (
        icon,
        asset,
        has_page,
        channel,
        greeting,
        face_of,
        face_tone,
        initials,
        name_of,
        office_day,
    ):
        app.jinja_env.globals[give.__name__] = give
    app.after_request(_keep_hashed_files)


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
    """Like `ago`, but with the hour (`Thu 09:08`) for times before today.

    For lists grouped by day.
    """
    words = since(at)
    return _time(at, words if words.endswith((" now", " ago")) else moment(at))


def _time(at: datetime, words: str) -> Markup:
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        _exact(at),
        words,
    )


def since(at: datetime) -> str:
    """Say how long ago: just now, 12 min ago, 2 h ago, yesterday, Thu 19 Nov, 19 Nov 2025."""
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
    """Format a day: `Thu 19 Nov`, `19 Nov 2027` in another year, or yesterday."""
    return _day_of(local(at).date(), local(clock.now()).date())


@lru_cache(maxsize=4096)
def _day_of(then: date, today: date) -> str:
    if (today - then).days == 1:
        return "yesterday"
    return (
        f"{then:%a} {then.day} {then:%b}" if then.year == today.year else f"{then.day} {then:%b %Y}"
    )


def moment(at: datetime) -> str:
    """Format a point in time.

    `09:08` today, `Thu 09:08` within six days, otherwise `19 Nov, 09:08`.
    """
    then, now = local(at), local(clock.now())
    days = (now.date() - then.date()).days
    if days == 0:
        return f"{then:%H:%M}"
    if 0 < days < 7:
        return f"{then:%a %H:%M}"
    return f"{then.day} {then:%b}{'' if then.year == now.year else f' {then.year}'}, {then:%H:%M}"


def day(at: datetime) -> str:
    """Format a day: Today, Yesterday, `Thursday 19 November`; with the year if it is another one."""
    then, now = local(at), local(clock.now())
    days = (now.date() - then.date()).days
    if days in (0, 1):
        return ("Today", "Yesterday")[days]
    return f"{then:%A} {then.day} {then:%B}{'' if then.year == now.year else f' {then.year}'}"


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
    return f"{days} day{'' if days == 1 else 's'}" + (f" {hours} h" if hours else "")


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
    """Return `Jim Halpert` for the uid jim.halpert; a service acts `by itself`."""
    if actor.startswith("service:"):
        return f"{actor[8:].title()}, by itself"
    return actor.replace(".", " ").title()


def office_day() -> str:
    """Return today's date by the reader's clock: `Tuesday 24 November`."""
    now = local(clock.now())
    return f"{now:%A} {now.day} {now:%B}"


def _exact(at: datetime) -> str:
    then = local(at)
    return f"{then.day} {then:%b %Y, %H:%M:%S %Z}"


@cache
def _manifest() -> dict[str, str]:
    path = VENDOR / "manifest.json"
    return json.loads(path.read_text()) if path.exists() else {}


def _keep_hashed_files(response: Response) -> Response:
    if _HASHED.search(request.path) and response.status_code in (200, 304):
        response.headers["Cache-Control"] = FOR_EVER
    return response
