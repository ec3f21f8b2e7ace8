"""What the person of this request may do with other people's leads."""

from models.sales.stages import may_work
from models.sales.tables import Lead
from models.shared.database.rows import AnyRow
from webapp.shared.people.rights import can, person


def may_work_any() -> bool:
    """Return whether this person may work on other people's leads."""
    return "sales_manager" in person().roles


def may_work_on(lead: Lead | AnyRow) -> bool:
    """Return whether this person may change this lead."""
    return can("leads.work") and may_work(person().uid, may_work_any(), lead.owner)
