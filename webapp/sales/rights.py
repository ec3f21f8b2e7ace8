"""What this person may do with others' leads."""

from typing import Any

from models.sales.stages import may_work
from webapp.shared.rights import can, person


def may_work_any() -> bool:
    """Whether this person may work on others' leads."""
    return "sales_manager" in person().roles


def may_work_on(lead: Any) -> bool:
    """Whether this person may change this lead."""
    return can("leads.work") and may_work(person().uid, may_work_any(), lead.owner)
