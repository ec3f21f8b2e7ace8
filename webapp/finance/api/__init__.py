"""The REST API of the finance area."""

from webapp.finance.api import expenses, vouchers
from webapp.finance.api.area import blueprint

__all__ = ["blueprint", "expenses", "vouchers"]
