"""Rights over other people's orders."""

from webapp.shared.people.rights import person


def may_cancel_any() -> bool:
    """Return whether this person may request cancellation of other people's orders."""
    return "sales_manager" in person().roles
