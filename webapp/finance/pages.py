"""Every page of the finance area."""

from webapp.finance import (
    drafts,
    expense,
    expenses,
    home,
    reimbursement,
    report,
    vouchers,
)
from webapp.finance.area import blueprint

__all__ = [
    "blueprint",
    "drafts",
    "expense",
    "expenses",
    "home",
    "reimbursement",
    "report",
    "vouchers",
]
