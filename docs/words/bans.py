"""The words that the product does not use, and what it says instead."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from docs.words.texts import Text


class Ban(NamedTuple):
    """Words that the product does not use, and what it says instead.

    `allowed` are phrases that may contain them, each with the reason.
    """

    pattern: str
    say: str
    allowed: tuple[tuple[str, str], ...] = ()
    areas: tuple[str, ...] = ()
    is_count: bool = False  # looks at the expressions too

    def find(self, text: Text) -> str:
        """Return what is wrong in this text, or an empty string."""
        if self.areas and text.area not in self.areas:
            return ""
        words = text.words if self.is_count else re.sub(r"\{[^{}]*\}", "{}", text.words)
        for each, _ in self.allowed:
            words = re.sub(re.escape(each), "", words, flags=re.IGNORECASE)
        found = re.search(self.pattern, words, re.IGNORECASE)
        return found[0] if found else ""


NOUNS = (
    "cases|characters|clients|days|deliveries|drafts|entries|events|expenses|files|hours|items"
    "|leads|letters|lines|locations|messages|minutes|months|notifications|orders|people|products"
    "|receipts|records|requests|results|rows|seconds|shipments|steps|stock-takes|transfers|weeks"
)
BANS = (
    # Nouns of the domain.
    Ban(r"\bparcels?\b", "shipment", (("Anthracite Parcel", "the name of a carrier"),)),
    Ban(r"\bgoods received\b", "receipt"),
    Ban(r"\bcountings?\b", "stock-take"),
    Ban(r"\bshel(f|ves)\b", "location"),
    Ban(
        r"\b(at|from|in|to|which|this|another|new|each) places?\b",
        "location",
        (("in place of", "instead of"),),
        ("inventory", "orders"),
    ),
    Ban(r"\bgiven free\b|\bset free\b|\bcases free\b|\{\} free\b", "available, released"),
    Ban(r"\bcases held\b|\bheld for\b|\bheld\b", "reserved", (), ("inventory", "orders")),
    Ban(
        r"\bcustomers?\b",
        "client",
        (("customer service", "the name of a department"),),
    ),
    Ban(
        r"\baccounts?\b",
        "client; of a person: company account",
        (
            ("company account", "what one signs in with"),
            ("service account", "Keycloak's term"),
            ("your account", "what one signs in with"),
        ),
    ),
    Ban(r"\bsales ?(person|people|man|men|rep)s?\b|\breps?\b", "owner"),
    Ban(
        r"\be-mails?\b|(?<![-\w.@])mails?\b(?![-.\w])",
        "email",
        (("Mailpit", "a product"),),
    ),
    Ban(
        r"\bpost ?codes?\b|\bpostal codes?\b|\bzip\b(?! codes?\b)",
        "ZIP code",
        (("zip file", "an archive"),),
    ),
    Ban(r"\bdelivers? to\b", "ship to"),
    Ban(r"\btelephones?\b", "phone"),
    Ban(r"\bgrant(s|ed|ing)?\b", "approve"),
    Ban(r"\bhand(s|ed|ing)? (it |them )?in\b", "submit"),
    Ban(r"\bdecid(e|es|ed|ing)\b|\bundecided\b", "approve, refuse; a decision"),
    Ban(r"\bdeclin(e|es|ed)\b|\breject(s|ed)?\b", "refuse", (), ("finance", "orders")),
    Ban(
        r"\baway\b",
        "out of office; of a server: down",
        (
            ("right away", "at once"),
            ("straight away", "at once"),
        ),
    ),
    Ban(r"\bstand-?ins?\b|\bst(ands?|ood|anding) in\b", "delegate"),
    Ban(
        r"\bpicked (rows|leads|clients|notifications|expenses|drafts)\b|\brows picked\b", "selected"
    ),
    Ban(r"^(Before|After|Earlier|Later)$", "Newer, Older"),
    Ban(r"\btellings?\b|\bnotices?\b|\bnews\b", "notification; from a person: WUPHF"),
    # Buttons and statuses.
    Ban(r"^Leave$|\bleave (it|this form)\b", "Cancel"),
    Ban(r"(?-i:\bMake) (the|a|an|it) ", "Create …"),
    Ban(r"\bwaits? for approval\b|\bwaiting for approval\b", "Needs approval"),
    Ban(r"\bplease decide\b", "Approve or refuse …"),
    Ban(r": done\b", "the result, such as “Expense EX-2041 approved”"),
    Ban(r"\bgiv(e|es|ing|en) (it |them |this )?up\b|\bgave up\b", "release, stop trying"),
    Ban(r"\bthrow(n|s)? (it |them |this )?away\b|\bthrew\b", "delete, discard"),
    Ban(r"\btak(e|es|en|ing) back\b|\btook back\b", "withdraw, undo"),
    Ban(r"\btake into\b", "add"),
    Ban(r"\bmend(s|ed|ing)?\b", "edit, fix, repair"),
    # What reads translated.
    Ban(r"\bby (itself|themselves)\b", "automatically"),
    Ban(r"\banew\b", "again"),
    Ban(r"\btwice\?", "Duplicate?"),
    Ban(r"\bbe somebody\b", "Sign in as …"),
    Ban(r"\bsell nothing\b", "Stop selling …"),
    Ban(r"\bnothing of (it|yours|that|this|theirs|them)\b", "None of …"),
    Ban(r"\bof yours is\b|\bthat is to be\b|\bis to be done\b", "a plain sentence"),
    Ban(r"\bwaits? for (you|your|somebody|someone|their)\b", "needs your …"),
    Ban(r"\blooked up yet\b|\blooking (them|it) up\b", "Loading…"),
    Ban(r"\bat home\b", "in"),
    Ban(r"\b\w+'s word\b|\b\w+’s word\b", "approval"),
    Ban(r"\bacts at once\b", "takes effect immediately"),
    Ban(r"\bwhy was it\b", "Reason"),
    Ban(r"\bis no more\b|\bno more to\b", "no longer"),
    # American spelling, but Cancelled and Cancelling are the contracts'.
    Ban(
        r"\b(colour|grey|centre|cheque|favourite|licence|catalogue|fulfil|programme|behaviour|honour"
        r"|neighbour|metre|organis|recognis|summaris|authoris|synchronis|normalis|labell|modell|travell)"
        r"(s|ed|es|ing|ation|er|ers)?\b|(?-i:\bZip code\b)",
        "American spelling",
    ),
    # Counts.
    Ban(r"\(s\)|\w¦s¦?", "counted(number, noun)", is_count=True),
    Ban(
        rf"\{{(?!(?-i:[A-Z_.]+)[\}}:]|')[^{{}}]+\}} (new |open |more |other )?({NOUNS})\b",
        "counted(number, noun)",
        is_count=True,
    ),
    Ban(rf"(?<![\d,.])1 ({NOUNS})\b", "counted(number, noun)", is_count=True),
)


def banned(texts: Iterable[Text]) -> Iterator[tuple[Text, str, Ban]]:
    """Yield each text with a word that the product does not use, the word, and its ban."""
    for text in texts:
        for ban in BANS:
            if word := ban.find(text):
                yield text, word, ban
