"""What a lead can be, and the words for it."""

from models.shared.vocabulary import Vocabulary


class Stage(Vocabulary):
    """How far a lead has come."""

    NEW = "new", "New", "sparkles", "info"
    CONTACTED = "contacted", "Contacted", "phone", "info"
    QUALIFIED = "qualified", "Qualified", "check", "info"
    PROPOSAL = "proposal", "Proposal", "file-invoice", "wait"
    CONVERTED = "converted", "Won", "building-store", "good"
    LOST = "lost", "Lost", "archive", ""


class Source(Vocabulary):
    """How the company heard of a lead."""

    REFERRAL = "referral", "Referral"
    WEBSITE = "website", "Website"
    COLD_CALL = "cold_call", "Cold call"
    TRADE_SHOW = "trade_show", "Trade show"
    MAILING = "mailing", "Mailing"
    IMPORT = "import", "Import"
    OTHER = "other", "Other"


class LostReason(Vocabulary):
    """Why a lead was lost."""

    PRICE = "price", "Price"
    COMPETITOR = "competitor", "Went to a competitor"
    NO_NEED = "no_need", "No need"
    NO_ANSWER = "no_answer", "No response"
    TIMING = "timing", "Bad timing"
    OTHER = "other", "Other"


class Activity(Vocabulary):
    """What kind of next step is planned."""

    CALL = "call", "Call", "phone"
    MAIL = "mail", "Email", "mail"
    MEETING = "meeting", "Meeting", "users"
    VISIT = "visit", "Visit", "walk"
    QUOTE = "quote", "Send a quote", "file-invoice"


class Outcome(Vocabulary):
    """How a logged call ended."""

    REACHED = "reached", "Reached"
    NO_ANSWER = "no_answer", "No answer"
    LEFT_MESSAGE = "left_message", "Left a message"
