"""Parse the preferences form, and fill it in."""

from collections.abc import Mapping
from datetime import date, time
from typing import Any
from zoneinfo import available_timezones

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
        name: value.strftime("%H:%M") if (value := getattr(now, name)) else ""
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
) -> dict[str, Any]:
    """Parse the form, by field. Raises Invalid with a message for each invalid field.

    `colleagues` are the possible delegates; None while the directory is down, and then the delegate
    stays as it is.
    """
    errors: dict[str, str] = {}
    wanted: dict[str, Any] = {
        "theme": _one_of(form, "theme", THEMES, errors),
        "density": _one_of(form, "density", DENSITIES, errors),
        "time_zone": _one_of(form, "time_zone", available_timezones(), errors),
        "start_page": form.get("start_page", ""),
        "notify": _read_channels(form, errors),
        "quiet_from": _read(
            form, "quiet_from", time.fromisoformat, "A time such as 22:00.", errors
        ),
        "quiet_until": _read(
            form, "quiet_until", time.fromisoformat, "A time such as 07:00.", errors
        ),
        "away_from": _read(
            form, "away_from", date.fromisoformat, "A day such as 2026-12-24.", errors
        ),
        "away_until": _read(
            form, "away_until", date.fromisoformat, "A day such as 2026-12-31.", errors
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


def _one_of(form: Mapping[str, str], name: str, allowed: Any, errors: dict[str, str]) -> str:
    value = form.get(name, "")
    if value not in allowed:
        errors[name] = "Please pick one of these."
    return value


def _read(
    form: Mapping[str, str], name: str, parse: Any, words: str, errors: dict[str, str]
) -> Any:
    typed = form.get(name, "").strip()
    try:
        return parse(typed) if typed else None
    except ValueError:
        errors[name] = words
        return None
