"""All page modules of the finance area."""

from webapp.finance import details, drafts, home, lists, payments, vouchers
from webapp.finance.area import blueprint

__all__ = ["blueprint", "details", "drafts", "home", "lists", "payments", "vouchers"]
