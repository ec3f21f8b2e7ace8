"""What this person may do with others' orders."""

from webapp.shared.rights import person


def may_cancel_any() -> bool:
    """Whether this person may ask for the cancellation of others' orders."""
    return "sales_manager" in person().roles
