"""The pages' blueprint of the finance area, and how it says things; the modules beside this one
hang their routes on it.
"""

from flask import Blueprint

from models.finance.policy import CATEGORIES
from models.shared.app_settings import EXPENSE_CATEGORIES

blueprint = Blueprint("finance", __name__, url_prefix="/expenses")

STATUS = {  # status: (words, icon, tone, whether it is quiet in a list)
    "draft": ("Draft", "pencil", "", True),
    "submitted": ("Waits for approval", "hourglass", "wait", False),
    "with_accounting": ("With accounting", "hourglass", "wait", False),
    "sent_back": ("Sent back", "message-question", "wait", False),
    "approved": ("Approved", "circle-check", "good", True),
    "partly_approved": ("Partly approved", "circle-half-2", "good", True),
    "refused": ("Refused", "circle-x", "bad", False),
    "reimbursed": ("Reimbursed", "cash", "good", True),
}
DONE = {  # what history says: (words, icon, tone)
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
    """How the area's templates say things."""
    return {
        "STATUS": STATUS,
        "DONE": DONE,
        "CATEGORIES": CATEGORIES,
        "LIMITED": EXPENSE_CATEGORIES,
    }
