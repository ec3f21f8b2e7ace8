"""A string that a person can see, and how strings of programs are told from keys and statements."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

SCRIPTS = {  # scripts of one area; the others serve all pages
    "barcode_scan": "inventory",
    "bell": "wuphf",
    "event_replay": "inside",
    "inbox": "wuphf",
    "lead_board": "sales",
    "order_form": "orders",
    "shipment_board": "inventory",
}
AREAS = ("finance", "gateway", "inside", "inventory", "orders", "profile", "sales", "wuphf")


class Text(NamedTuple):
    """A string that a person can see.

    `kind` says where it is shown: text, attribute, argument (of a macro), python, api, script, seed
    or theme.
    """

    path: str
    line: int
    kind: str
    words: str

    @property
    def area(self) -> str:
        """The area that owns the file, or "shared"."""
        parts = Path(self.path).parts
        stem = Path(self.path).stem
        return SCRIPTS.get(stem, next((each for each in parts if each in AREAS), "shared"))


def names(words: str) -> frozenset[str]:
    """Return the set of the words."""
    return frozenset(words.split())


PHRASE = re.compile(r"[\w}’')\].,:;!?%–—…·-] +[\w{(“\"$#&+−–—·-]")
WORD = re.compile(r"[A-Z][a-z’]+(-[a-z]+)*[.…?!:]?")
LETTERS = re.compile(r"[A-Za-z]{2}")
# Headers, keys of a keyboard and the like, which look like labels.
HEADERS = names(
    "Accept Allow Authorization Basic Bearer Cookie Digest Etag Forwarded Host Lax Origin Range Referer"
    " Refresh Server Set-Cookie Strict Upgrade Vary Content-Type Asia Europe America"
)
KEYS = names(
    "Alt ArrowDown ArrowLeft ArrowRight ArrowUp Backspace Control Delete End Enter Escape Home Meta"
    " PageDown PageUp Shift Tab Intl AbortError TimeoutError Link"
)
SQL = re.compile(
    r"\s*(\(?select|insert into|update|delete from|with|create|alter|drop|set|lock|grant|revoke|copy"
    r"|truncate|notify|listen|analyze|vacuum|reindex|comment on|explain|from|where|begin|commit|show"
    r"|SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH|CREATE|ALTER|DROP|SET|LOCK|GRANT|REVOKE|COPY"
    r"|TRUNCATE|NOTIFY|ANALYZE|VACUUM|PRAGMA)\s"
)
TECHNICAL = re.compile(
    r"^[a-z]+/[a-z]+;|^include /|^(Bearer|csrf|seat|live:|tabs|dm) ?\S*\{|UTF-8''|^(public, )?max-age"
    r"|^camera=|^unnest\(|^[A-Z]+ [A-Z ]+$|CAST\(|NOT EXISTS|\bIN \(|::float8|^\d{3} [A-Z]"
    r"|^[\w-]+='|charset=|'self'|'none'|^--?\w+ |^\[[a-z]|https?://\S+$|^[%(]|^\s*[{<]\s*$"
)


def is_seen(words: str) -> bool:
    """Whether a string of a program is a sentence or a label, not a key, address or statement."""
    words = words.strip()
    said = re.sub(r"\{[^{}]*\}", "", words)
    if TECHNICAL.search(words) or SQL.match(words) or not LETTERS.search(said):
        return False
    if PHRASE.search(words):
        return not all(re.fullmatch(r"[a-z0-9_:.-]*[_:.-][a-z0-9_:.-]*", w) for w in words.split())
    return bool(WORD.fullmatch(words)) and words not in HEADERS


ENDINGS = frozenset({"", "s", "es", "y", "ies"})
SELECTOR = re.compile(
    r"[\[\]=>*]|^[.#]\w|[a-z][.#:][a-z\[]|^@|, [.#\[]|^(main|input|form|select)[ ,][\w ,.#-]*$|^\d+ \d+px"
)


def is_seen_in_template(words: str) -> bool:
    tokens = words.split()
    are_classes = all(re.fullmatch(r"[a-z0-9-]+", each) for each in tokens) and (
        any("-" in each for each in tokens) or words != words.strip()
    )
    return is_seen(words) and not are_classes


def show_count(arguments: Iterable[object]) -> str:
    """Return what stands for `counted(number, noun)`."""
    return f"# {next((each for each in arguments if isinstance(each, str)), '')}"
