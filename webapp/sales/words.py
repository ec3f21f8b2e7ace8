"""Labels, icons and formats for leads and clients on pages."""

from datetime import date, datetime
from typing import Any, NamedTuple

from markupsafe import Markup

from models.sales.tables import FAR
from models.shared import clock
from webapp.shared.pages.presentation import local

STAGE = {  # stage: (label, icon, tone)
    "new": ("New", "sparkles", "info"),
    "contacted": ("Contacted", "phone", "info"),
    "qualified": ("Qualified", "check", "info"),
    "proposal": ("Proposal", "file-invoice", "wait"),
    "converted": ("Converted", "building-store", "good"),
    "lost": ("Lost", "archive", ""),
}
SOURCE = {
    "referral": "Referral",
    "website": "Website",
    "cold_call": "Cold call",
    "trade_show": "Trade show",
    "mailing": "Mailing",
    "import": "Import",
    "other": "Other",
}
LOST = {
    "price": "Price",
    "competitor": "Went to a competitor",
    "no_need": "No need",
    "no_answer": "Never answered",
    "timing": "Not now",
    "other": "Something else",
}
ACTIVITY = {
    "call": ("Call", "phone"),
    "mail": ("Mail", "mail"),
    "meeting": ("Meeting", "users"),
    "visit": ("Visit", "walk"),
    "quote": ("Send a quote", "file-invoice"),
}
OUTCOME = {"reached": "Reached", "no_answer": "No answer", "left_message": "Left a message"}
SORT = {
    "newest": "Newest first",
    "oldest": "Oldest first",
    "next": "Next step first",
    "value": "Largest first",
    "company": "By company",
}
CLIENT_SORT = {"name": "By name", "newest": "Newest first", "limit": "Highest limit first"}
DUE = {"overdue": "Overdue", "today": "Due today", "week": "Due this week", "none": "No next step"}
FIELD = {
    "company": "Company",
    "contact_name": "Contact",
    "mail": "Mail",
    "phone": "Phone",
    "source": "Source",
    "expected_value": "Expected value",
    "owner": "Owner",
    "stage": "Stage",
    "next_kind": "Next step",
    "next_on": "On",
    "next_note": "About",
    "lost_reason": "Why lost",
    "lost_note": "In words",
    "client_number": "Client",
    "name": "Name",
    "contact_mail": "Mail",
    "contact_phone": "Phone",
    "street": "Street",
    "city": "City",
    "state": "State",
    "postcode": "Postcode",
    "payment_terms_days": "Payment terms, days",
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


def today() -> date:
    """Return today's date in the time zone that the page shows."""
    return local(clock.now()).date()


def next_step(lead: Any) -> Next:
    """Describe a lead's next step: `3 d late`, `today`, `Wed`, `30 Nov`, `no step`."""
    if not lead.next_kind:
        return Next("no step", "none", "calendar-off", "No next step")
    kind, picture = ACTIVITY[lead.next_kind]
    days = (lead.next_on - today()).days
    if days < 0:
        return Next(f"{-days} d late", "late", picture, kind)
    if days == 0:
        return Next("today", "today", picture, kind)
    words = f"{lead.next_on:%a}" if days < 7 else f"{lead.next_on.day} {lead.next_on:%b}"
    return Next(words, "", picture, kind)


def age(since: datetime, long: bool = False) -> str:
    """Describe how long a lead has been in its stage: `2 h`, `9 d`, or `9 days` with `long`."""
    hours = int((clock.now() - since).total_seconds() // 3600)
    if long and hours >= 24:
        return f"{hours // 24} day{'' if hours < 48 else 's'}"
    return f"{hours // 24} d" if hours >= 24 else f"{hours} h" if hours else "now"


def name_of(uid: str) -> str:
    """Turn a uid into a person's name: "By itself" for a service, "Nobody" for an empty uid."""
    if uid.startswith("service:"):
        return "By itself"
    return uid.replace(".", " ").title() if uid else "Nobody"


def dollars(value: Any) -> str:
    """Format whole dollars (`$149,300`), for sums that are estimates anyway."""
    return f"${value:,.0f}"


def value_of(field: str, value: Any) -> str:
    """Format a field's value for history and for stale-edit messages."""
    if value in ("", None, FAR.isoformat()):
        return "–"
    if field == "next_on":
        planned = date.fromisoformat(str(value))
        return f"{planned.day} {planned:%b %Y}"
    known: dict[str, Any] = {
        "stage": {key: said[0] for key, said in STAGE.items()},
        "source": SOURCE,
        "lost_reason": LOST,
        "next_kind": {key: said[0] for key, said in ACTIVITY.items()},
    }
    if field in known:
        return str(known[field].get(value, value))
    if field == "owner":
        return name_of(str(value))
    if field in ("expected_value", "credit_limit"):
        return f"${float(value):,.2f}"
    return (
        {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
    )


def told(entry: Any) -> tuple[str, str, str, Markup]:
    """Describe a history entry: its sentence, icon, tone, and what changed."""
    what, changes = entry.what, entry.changes
    lines = [
        _change(field, value_of(field, before), value_of(field, after))
        for field, (before, after) in _worth_saying(what, changes.get("fields", {})).items()
    ]
    if changes.get("reason"):
        lines.append(Markup("“{}”").format(changes["reason"]))
    if what == "merged":
        lines = _merged(changes)
    for name in ("contact", "address", "lead"):
        if changes.get(name):
            lines.append(Markup("{}").format(changes[name]))
    picture, tone = ICONS.get(what.split(" to ")[0], ("pencil", ""))
    return _sentence(entry), picture, tone, Markup(" · ").join(lines)


def _change(field: str, before: str, after: str) -> Markup:
    label = FIELD.get(field, field)
    if before == "–":
        return Markup("{}: <b>{}</b>").format(label, after)
    return Markup("{}: {} → <b>{}</b>").format(label, before, after)


def _worth_saying(what: str, fields: dict[str, Any]) -> dict[str, Any]:
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


def _sentence(entry: Any) -> str:
    what, changes = entry.what, entry.changes
    if what.startswith("moved to "):
        return f"Moved to {STAGE[what.removeprefix('moved to ')][0]}"
    if what == "merged":
        return f"Merged with {changes['loser']}"
    if what == "merged away":
        return f"{entry.key} went into {changes['winner']}"
    return what[:1].upper() + what[1:]


def _merged(changes: dict[str, Any]) -> list[Markup]:
    took = ", ".join(FIELD[field].lower() for field in changes.get("took", ()))
    lost = [
        Markup("{} “{}”").format(FIELD[field].lower(), value_of(field, value))
        for field, value in changes.get("given_up", {}).items()
    ]
    lines = [Markup("taken over: {}").format(took)] if took else []
    return lines + ([Markup("given up: ") + Markup(", ").join(lost)] if lost else [])


def has_next(lead: Any) -> bool:
    """Return whether a next step is planned."""
    return bool(lead.next_on != FAR)
