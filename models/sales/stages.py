"""The stages of a lead and the transitions between them. Pure: reads no tables."""

from models.sales.vocabulary import Activity, LostReason, Source, Stage
from models.shared.errors import DomainError
from models.shared.texts import isolate

OPEN = ("new", "contacted", "qualified", "proposal")
STAGES = Stage.values()
LOST_REASONS = LostReason.values()
SOURCES = Source.values()
ACTIVITIES = Activity.values()

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
        return f"{isolate(company)} is already in stage {Stage(after).label}."
    if before == "converted":
        return f"{isolate(company)} is already a client and cannot be moved back."
    if before == "lost":
        return f"{isolate(company)} is lost. Reopen it first."
    if after == "converted":
        return f"Only leads in Proposal can be converted. {isolate(company)} is in {Stage(before).label}."
    following = Stage(OPEN[OPEN.index(before) + 1]).label
    return f"{isolate(company)} is in stage {Stage(before).label}. The next stage is {following}."


def open_moves(before: str) -> tuple[str, ...]:
    """Return the open stages that a person may move a lead to from `before`."""
    return tuple(stage for stage in OPEN if stage in TRANSITIONS[before]) if before in OPEN else ()


def moves(before: str) -> tuple[str, ...]:
    """Return all stages that a lead may go to from `before`, in the board's order."""
    return tuple(stage for stage in STAGES if stage in TRANSITIONS[before])


def not_the_owner(company: str, owner_name: str) -> str:
    """Return why someone else may not change this lead."""
    return f"Only {owner_name} or a sales manager can change {isolate(company)}."


def may_work(uid: str, may_work_any: bool, owner: str) -> bool:
    """Return whether this person may change a lead.

    Its owner may, anybody if it has no owner, and a sales manager always.
    """
    return may_work_any or owner in ("", uid)
