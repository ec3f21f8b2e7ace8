"""The blueprint for the pages of finance, and its labels; other modules here add routes to it."""

from flask import Blueprint

from models.finance.policy import CATEGORIES
from models.finance.vocabulary import Status
from models.shared.settings.company import EXPENSE_CATEGORIES

blueprint = Blueprint("finance", __name__, url_prefix="/expenses")

DONE = {  # action in history: (label, icon, tone)
    "start": ("Draft started", "pencil", ""),
    "submit": ("Submitted", "send", "acc"),
    "withdraw": ("Withdrawn", "arrow-back-up", ""),
    "send_back": ("Sent back", "message-question", "wait"),
    "approve": ("Approved", "circle-check", "good"),
    "refuse": ("Refused", "circle-x", "bad"),
    "reimburse": ("Added to a reimbursement run", "cash", "good"),
    "void": ("Reimbursement voided", "cash-off", "wait"),
    "attach": ("Receipt photo added", "paperclip", ""),
    "detach": ("Receipt photo removed", "x", ""),
}
SORT_WORDS = {"newest": "Newest first", "oldest": "Oldest first", "total": "Largest first"}


@blueprint.context_processor
def words() -> dict[str, object]:
    """Provide the area's templates with labels."""
    return {
        "Status": Status,
        "DONE": DONE,
        "CATEGORIES": CATEGORIES,
        "LIMITED": EXPENSE_CATEGORIES,
    }
