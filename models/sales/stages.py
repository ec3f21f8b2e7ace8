"""The stages of a lead and the transitions between them. Pure: reads no tables."""

from models.shared.errors import DomainError

OPEN = ("new", "contacted", "qualified", "proposal")
STAGES = (*OPEN, "converted", "lost")
LOST_REASONS = ("price", "competitor", "no_need", "no_answer", "timing", "other")
SOURCES = ("referral", "website", "cold_call", "trade_show", "mailing", "import", "other")
ACTIVITIES = ("call", "mail", "meeting", "visit", "quote")

# All allowed transitions; any other is refused. A lead moves forward one stage at a time, and back
# to any earlier open stage to correct a mistake. It can be lost from any open stage, and is
# reopened in the stage in which it was lost. The tests cover every pair.
TRANSITIONS: dict[str, frozenset[str]] = {
    "new": frozenset({"contacted", "lost"}),
    "contacted": frozenset({"new", "qualified", "lost"}),
    "qualified": frozenset({"new", "contacted", "proposal", "lost"}),
    "proposal": frozenset({"new", "contacted", "qualified", "converted", "lost"}),
    "converted": frozenset(),
    "lost": frozenset(OPEN),
}
WORDS = {
    "new": "New",
    "contacted": "Contacted",
    "qualified": "Qualified",
    "proposal": "Proposal",
    "converted": "Converted",
    "lost": "Lost",
}


class Refused(DomainError):
    """The transition is not allowed; the message says why."""

    def __init__(self, message: str) -> None:
        super().__init__("stage_refused", message)


def check_move(company: str, before: str, after: str) -> None:
    """Raise Refused, with the reason, unless a lead may move from `before` to `after`."""
    if why := why_not(company, before, after):
        raise Refused(why)


def why_not(company: str, before: str, after: str) -> str:
    """Return why this lead may not move to `after`; empty if it may."""
    if after in TRANSITIONS[before]:
        return ""
    if before == after:
        return f"{company} is {WORDS[after].lower()} already."
    if before == "converted":
        return f"{company} is a client already; that is not undone."
    if before == "lost":
        return f"{company} is lost. Reopen it first."
    if after == "converted":
        return f"{company} has no proposal yet. A lead converts from Proposal."
    following = WORDS[OPEN[OPEN.index(before) + 1]]
    return f"{company} is {WORDS[before].lower()}: the next stage is {following}."


def open_moves(before: str) -> tuple[str, ...]:
    """Return the open stages that a person may move a lead to from `before`."""
    return tuple(stage for stage in OPEN if stage in TRANSITIONS[before]) if before in OPEN else ()


def may_work(uid: str, may_work_any: bool, owner: str) -> bool:
    """Return whether this person may change a lead.

    Its owner may, anybody if it has no owner, and a sales manager always.
    """
    return may_work_any or owner in ("", uid)
