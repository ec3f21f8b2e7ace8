"""What an expense can be, and the words for it."""

from models.shared.vocabulary import Vocabulary


class Status(Vocabulary):
    """Where an expense is between its owner and the money."""

    DRAFT = "draft", "Draft", "pencil", "", True
    SUBMITTED = "submitted", "Submitted", "hourglass", "wait"
    WITH_ACCOUNTING = "with_accounting", "With accounting", "hourglass", "wait"
    SENT_BACK = "sent_back", "Sent back", "message-question", "wait"
    APPROVED = "approved", "Approved", "circle-check", "good", True
    PARTLY_APPROVED = "partly_approved", "Partly approved", "circle-half-2", "good", True
    REFUSED = "refused", "Refused", "circle-x", "bad"
    REIMBURSED = "reimbursed", "Reimbursed", "cash", "good", True
