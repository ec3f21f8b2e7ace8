"""What the company's directory says about a person, read again every few seconds, never waited for."""

import logging
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from webapp.gateway.ldap_reader import read_person

log = logging.getLogger(__name__)

FRESH = 5.0  # seconds that an answer serves
LIMIT = 1.0  # seconds that a request waits for the directory
TRUSTED = 15 * 60.0  # seconds for which the last answer still lets someone decide


@dataclass(frozen=True)
class Entry:
    """A person as the directory has them; `groups` are group names."""

    uid: str
    name: str = ""
    mail: str = ""
    department: str = ""
    title: str = ""
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Answer:
    """The last answer about a person: `entry` is None when there is no such (active) person."""

    entry: Entry | None
    at: float


class Directory:
    """Answers from memory; asks again after five seconds, one question per person at a time, one second at most."""

    def __init__(
        self,
        read: Callable[[str, float], Entry | None] | None = None,
        clock: Callable[[], float] = time.monotonic,
        fresh: float = FRESH,
    ) -> None:
        self._read = read or read_person
        self._clock = clock
        self.fresh = fresh
        self._answers: dict[str, Answer] = {}
        self._turns: defaultdict[str, Lock] = defaultdict(Lock)
        self._rest_until = float("-inf")
        self.away_since: float | None = None

    def about(self, uid: str) -> Answer | None:
        """The newest answer about `uid`, five seconds old at most while the directory is there; None: never known.

        Whoever comes while somebody else asks gets the last answer, and waits only where there is none yet.
        """
        answer = self._answers.get(uid)
        if self._serves(answer) or not self._turns[uid].acquire(
            timeout=LIMIT if answer is None else 0
        ):
            return self._answers.get(uid)
        try:
            if not self._serves(self._answers.get(uid)):
                self._ask(uid)
        finally:
            self._turns[uid].release()
        return self._answers.get(uid)

    def age(self, answer: Answer) -> float:
        """Seconds since the directory said it."""
        return self._clock() - answer.at

    def is_trusted(self, answer: Answer) -> bool:
        """Whether it is new enough to decide on."""
        return self.age(answer) <= TRUSTED

    def _serves(self, answer: Answer | None) -> bool:
        return self._clock() < self._rest_until or (
            answer is not None and self.age(answer) < self.fresh
        )

    def _ask(self, uid: str) -> None:
        try:
            entry = self._read(uid, LIMIT)
        except Exception as error:
            self._note_away(error)
            return
        self.away_since = None
        self._answers[uid] = Answer(entry, self._clock())

    def _note_away(self, error: Exception) -> None:
        self._rest_until = self._clock() + FRESH
        if self.away_since is None:
            self.away_since = self._clock()
            log.warning("the directory gives no answer: %s", type(error).__name__)
