"""The blueprint for the pages of finance, and its labels; other modules here add routes to it."""

from flask import Blueprint

from models.finance.policy import CATEGORIES
from models.shared.settings.company import EXPENSE_CATEGORIES

blueprint = Blueprint("finance", __name__, url_prefix="/expenses")

STATUS = {  # status: (label, icon, tone, whether lists show it muted)
    "draft": ("Draft", "pencil", "", True),
    "submitted": ("Waits for approval", "hourglass", "wait", False),
    "with_accounting": ("With accounting", "hourglass", "wait", False),
    "sent_back": ("Sent back", "message-question", "wait", False),
    "approved": ("Approved", "circle-check", "good", True),
    "partly_approved": ("Partly approved", "circle-half-2", "good", True),
    "refused": ("Refused", "circle-x", "bad", False),
    "reimbursed": ("Reimbursed", "cash", "good", True),
}
DONE = {  # action in history: (label, icon, tone)
    "start": ("Draft begun", "pencil", ""),
    "submit": ("Handed in", "send", "acc"),
    "withdraw": ("Taken back", "arrow-back-up", ""),
    "send_back": ("Sent back with a question", "message-question", "wait"),
    "approve": ("Approved", "circle-check", "good"),
    "refuse": ("Refused", "circle-x", "bad"),
    "reimburse": ("Put into a run for payroll", "cash", "good"),
    "attach": ("Receipt attached", "paperclip", ""),
    "detach": ("Receipt removed", "x", ""),
}
SORT_WORDS = {"newest": "Newest first", "oldest": "Oldest first", "total": "Largest first"}


@blueprint.context_processor
def words() -> dict[str, object]:
    """Provide the area's templates with labels."""
    return {
        "STATUS": STATUS,
        "DONE": DONE,
        "CATEGORIES": CATEGORIES,
        "LIMITED": EXPENSE_CATEGORIES,
    }
