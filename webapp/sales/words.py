"""Labels, icons and formats for leads and clients on pages."""

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from markupsafe import Markup

from models.sales.duplicates import Match
from models.sales.tables import FAR, Lead
from models.sales.vocabulary import Activity, LostReason, Source, Stage
from models.sales.vocabulary import Outcome as Outcome  # for the templates
from models.shared import clock, dates
from models.shared.counts import counted
from models.shared.database.rows import AnyRow
from models.shared.records.history import HistoryEntry
from models.shared.texts import isolate
from models.shared.vocabulary import Vocabulary
from webapp.shared.people.names import person_name
from webapp.shared.people.preferences import today
from webapp.shared.process.json_objects import JsonObject

SORT = {
    "newest": "Newest first",
    "oldest": "Oldest first",
    "next": "Next step due first",
    "value": "Highest value first",
    "company": "Company, A to Z",
}
CLIENT_SORT = {
    "name": "Name, A to Z",
    "newest": "Newest first",
    "limit": "Highest credit limit first",
}
DUE = {"overdue": "Overdue", "today": "Due today", "week": "Due this week", "none": "No next step"}
FIELD = {
    "company": "Company",
    "contact_name": "Contact",
    "mail": "Email",
    "phone": "Phone",
    "source": "Source",
    "expected_value": "Expected value",
    "owner": "Owner",
    "stage": "Stage",
    "next_kind": "Next step",
    "next_on": "Due date",
    "next_note": "Next step note",
    "lost_reason": "Lost reason",
    "lost_note": "Details",
    "client_number": "Client",
    "name": "Name",
    "contact_mail": "Email",
    "contact_phone": "Phone",
    "street": "Street",
    "city": "City",
    "state": "State",
    "postcode": "ZIP code",
    "payment_terms_days": "Payment terms (days)",
    "credit_limit": "Credit limit",
    "active": "Active",
    "merged_into": "Merged into",
}


class Next(NamedTuple):
    """A next step on a card: when, in short, and how urgent."""

    words: str
    tone: str  # late, today, none, or empty
    icon: str
    kind: str


def next_step(lead: Lead | AnyRow) -> Next:
    """Describe a lead's next step: `3 d late`, `today`, `Wed`, `Nov 30`, `not planned`."""
    if not lead.next_kind:
        return Next("not planned", "none", "calendar-off", "No next step")
    activity, here = Activity(lead.next_kind), today()
    kind, picture = activity.label, activity.icon
    days = (lead.next_on - here).days
    if days < 0:
        return Next(f"{-days} d late", "late", picture, kind)
    if days == 0:
        return Next("today", "today", picture, kind)
    words = dates.weekday(lead.next_on) if days < 7 else dates.short_day(lead.next_on, here)
    return Next(words, "", picture, kind)


def age(since: datetime, long: bool = False) -> str:
    """Describe how long a lead has been in its stage: `2 h`, `9 d`, or `9 days` with `long`."""
    hours = int((clock.now() - since).total_seconds() // 3600)
    if long and hours >= 24:
        return counted(hours // 24, "day")
    return f"{hours // 24} d" if hours >= 24 else f"{hours} h" if hours else "now"


def name_of(uid: str) -> str:
    """Turn a uid into a person's name: "System" for a service, "Unassigned" for an empty uid."""
    if uid.startswith("service:"):
        return "System"
    return person_name(uid) if uid else "Unassigned"


def same(match: Match) -> str:
    """Say which fields of a possible duplicate match, such as `same company, email`."""
    names = {"mail": "email"}
    return "same " + ", ".join(names.get(field, field) for field in match.by)


def dollars(value: Decimal) -> str:
    """Format whole dollars (`$149,300`), for sums that are estimates anyway."""
    return f"${value:,.0f}"


def value_of(field: str, value: object) -> str:
    """Format a field's value for history and for stale-edit messages."""
    if value in ("", None, FAR.isoformat()):
        return "–"
    if field == "next_on":
        return dates.dated(date.fromisoformat(str(value)))
    known: dict[str, type[Vocabulary]] = {
        "stage": Stage,
        "source": Source,
        "lost_reason": LostReason,
        "next_kind": Activity,
    }
    if field in known:
        return known[field].label_of(str(value))
    if field == "owner":
        return name_of(str(value))
    if field in ("expected_value", "credit_limit"):
        return f"${float(str(value)):,.2f}"
    return (
        {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
    )


def told(entry: HistoryEntry) -> tuple[str, str, str, Markup]:
    """Describe a history entry: its sentence, icon, tone, and what changed."""
    what, changes = entry.what, entry.changes
    lines = [
        _change(field, value_of(field, before), value_of(field, after))
        for field, (before, after) in _worth_saying(what, changes.get("fields", {})).items()
    ]
    if changes.get("reason"):
        lines.append(Markup("“{}”").format(isolate(changes["reason"])))
    if what == "merged":
        lines = _merged(changes)
    for name in ("contact", "address", "lead"):
        if changes.get(name):
            lines.append(Markup("{}").format(isolate(changes[name])))
    picture, tone = ICONS.get(what.split(" to ")[0], ("pencil", ""))
    return _sentence(entry), picture, tone, Markup(" · ").join(lines)


def _change(field: str, before: str, after: str) -> Markup:
    label, before, after = FIELD.get(field, field), isolate(before), isolate(after)
    if before == "–":
        return Markup("{}: <b>{}</b>").format(label, after)
    return Markup("{}: {} → <b>{}</b>").format(label, before, after)


def _worth_saying(what: str, fields: JsonObject) -> JsonObject:
    """Return the changed fields that the sentence does not already imply.

    Leaves out the stage, and the next step of a lead that was closed.
    """
    of_the_end = ("next_kind", "next_on", "next_note") if what in ("lost", "converted") else ()
    return {
        field: moved
        for field, moved in fields.items()
        if field != "stage" and field not in of_the_end
    }


ICONS = {
    "created": ("plus", "acc"),
    "moved": ("arrow-right", "info"),
    "lost": ("archive", ""),
    "reopened": ("refresh", "info"),
    "converted": ("building-store", "good"),
    "merged": ("arrows-join", "info"),
    "merged away": ("arrows-join", ""),
    "planned": ("calendar-event", ""),
    "assigned": ("user-share", ""),
    "note added": ("pencil", ""),
    "call added": ("phone", ""),
    "deactivated": ("ban", "wait"),
    "reactivated": ("check", "good"),
    "credit limit changed": ("receipt", "info"),
    "lead joined": ("target-arrow", "good"),
}


SENTENCES = {  # those that are not simply the words of the history entry
    "changed": "Details changed",
    "lost": "Marked as lost",
    "converted": "Converted to a client",
    "planned": "Next step planned",
    "no next step": "Next step cleared",
    "assigned": "Owner changed",
    "call added": "Call logged",
    "lead joined": "Lead converted to this client",
}


def _sentence(entry: HistoryEntry) -> str:
    what: str = entry.what
    changes = entry.changes
    if what.startswith("moved to "):
        return f"Moved to {Stage(what.removeprefix('moved to ')).label}"
    if what == "merged":
        return f"Merged {changes['loser']} into this lead"
    if what == "merged away":
        return f"Merged {entry.key} into {changes['winner']}"
    return SENTENCES.get(what, what[:1].upper() + what[1:])


def _merged(changes: JsonObject) -> list[Markup]:
    took = ", ".join(FIELD[field].lower() for field in changes.get("took", ()))
    lost = [
        Markup("{} “{}”").format(FIELD[field].lower(), isolate(value_of(field, value)))
        for field, value in changes.get("given_up", {}).items()
    ]
    lines = [Markup("kept from the other lead: {}").format(took)] if took else []
    return lines + ([Markup("discarded: ") + Markup(", ").join(lost)] if lost else [])


def has_next(lead: Lead | AnyRow) -> bool:
    """Return whether a next step is planned."""
    return bool(lead.next_on != FAR)
