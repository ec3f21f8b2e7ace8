"""Parse the preferences form, and fill it in."""

from collections.abc import Callable, Container, Mapping
from typing import TypeVar
from zoneinfo import available_timezones

from models.shared import dates
from models.shared.errors import Invalid
from models.shared.settings.preferences import (
    CATEGORIES,
    DENSITIES,
    MAILS,
    THEMES,
    Channels,
    Preferences,
)
from webapp.profile.directory import Employee

Parsed = TypeVar("Parsed")

# The zones that the office deals with; REST accepts every zone that the system knows.
ZONES = (
    ("America/New_York", "Scranton, New York"),
    ("America/Chicago", "Chicago"),
    ("America/Denver", "Denver"),
    ("America/Phoenix", "Phoenix"),
    ("America/Los_Angeles", "Los Angeles"),
    ("America/Anchorage", "Anchorage"),
    ("Pacific/Honolulu", "Honolulu"),
    ("America/Toronto", "Toronto"),
    ("America/Mexico_City", "Mexico City"),
    ("America/Sao_Paulo", "São Paulo"),
    ("UTC", "UTC"),
    ("Europe/London", "London"),
    ("Europe/Paris", "Paris, Berlin"),
    ("Europe/Athens", "Athens"),
    ("Africa/Johannesburg", "Johannesburg"),
    ("Asia/Dubai", "Dubai"),
    ("Asia/Kolkata", "Mumbai"),
    ("Asia/Shanghai", "Shanghai"),
    ("Asia/Tokyo", "Tokyo"),
    ("Australia/Sydney", "Sydney"),
)


def as_typed(now: Preferences) -> dict[str, str]:
    """Return the form fields as they would be posted for these preferences."""
    typed = {name: getattr(now, name) for name in ("theme", "density", "time_zone", "start_page")}
    typed |= {
        name: dates.time_code(value) if (value := getattr(now, name)) else ""
        for name in ("quiet_from", "quiet_until")
    }
    typed |= {
        name: value.isoformat() if (value := getattr(now, name)) else ""
        for name in ("away_from", "away_until")
    }
    for category, _ in CATEGORIES:
        channels = now.channels(category)
        typed |= {
            f"mail-{category}": channels.mail,
            f"bell-{category}": "yes" if channels.bell else "",
        }
    return {**typed, "delegate": now.delegate or ""}


def read_preferences_form(
    form: Mapping[str, str], colleagues: list[Employee] | None
) -> dict[str, object]:
    """Parse the form, by field. Raises Invalid with a message for each invalid field.

    `colleagues` are the possible delegates; None while the directory is down, and then the delegate
    stays as it is.
    """
    errors: dict[str, str] = {}
    wanted: dict[str, object] = {
        "theme": _one_of(form, "theme", THEMES, errors),
        "density": _one_of(form, "density", DENSITIES, errors),
        "time_zone": _one_of(form, "time_zone", available_timezones(), errors),
        "start_page": form.get("start_page", ""),
        "notify": _read_channels(form, errors),
        "quiet_from": _read(
            form, "quiet_from", dates.read_time, "Enter a time, such as 10:00 PM.", errors
        ),
        "quiet_until": _read(
            form, "quiet_until", dates.read_time, "Enter a time, such as 7:00 AM.", errors
        ),
        "away_from": _read(
            form, "away_from", dates.read_day, "Enter a date, such as 12/24/2026.", errors
        ),
        "away_until": _read(
            form, "away_until", dates.read_day, "Enter a date, such as 12/31/2026.", errors
        ),
    }
    if colleagues is not None:
        wanted["delegate"] = (
            _one_of(form, "delegate", ["", *(each.uid for each in colleagues)], errors) or None
        )
    if errors:
        raise Invalid(errors)
    return wanted


def _read_channels(form: Mapping[str, str], errors: dict[str, str]) -> dict[str, Channels]:
    mails = [key for key, _ in MAILS]
    return {
        category: Channels(
            bell=form.get(f"bell-{category}") == "yes",
            mail=_one_of(form, f"mail-{category}", mails, errors),  # type: ignore[arg-type]
        )
        for category, _ in CATEGORIES
    }


def _one_of(
    form: Mapping[str, str], name: str, allowed: Container[str], errors: dict[str, str]
) -> str:
    value = form.get(name, "")
    if value not in allowed:
        errors[name] = "Choose one of the options."
    return value


def _read(
    form: Mapping[str, str],
    name: str,
    parse: Callable[[str], Parsed | None],
    words: str,
    errors: dict[str, str],
) -> Parsed | None:
    typed = form.get(name, "").strip()
    found = parse(typed) if typed else None
    if typed and found is None:
        errors[name] = words
    return found
