"""The way of a lead: its stages, which change may happen, and why another may not. Nothing here reads a table."""

from models.shared.errors import DomainError

OPEN = ("new", "contacted", "qualified", "proposal")
STAGES = (*OPEN, "converted", "lost")
LOST_REASONS = ("price", "competitor", "no_need", "no_answer", "timing", "other")
SOURCES = ("referral", "website", "cold_call", "trade_show", "mailing", "import", "other")
ACTIVITIES = ("call", "mail", "meeting", "visit", "quote")

# Every change of stage that may happen; any other is refused. Forward one step at a time, back to any open stage
# (a mistake is corrected), lost from any open stage, reopened to where it was lost. The tests hold every pair.
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
    """The lead may not go there; the message says why."""

    def __init__(self, message: str) -> None:
        super().__init__("stage_refused", message)


def check_move(company: str, before: str, after: str) -> None:
    """Raises Refused, with the reason in words, unless a lead may go from `before` to `after`."""
    if why := why_not(company, before, after):
        raise Refused(why)


def why_not(company: str, before: str, after: str) -> str:
    """Why this lead may not go there; empty when it may."""
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
    """The open stages that a lead may be moved to by hand."""
    return tuple(stage for stage in OPEN if stage in TRANSITIONS[before]) if before in OPEN else ()


def may_work(uid: str, may_work_any: bool, owner: str) -> bool:
    """Whether this person may change a lead: its owner, anybody where it has none, a sales manager always."""
    return may_work_any or owner in ("", uid)
