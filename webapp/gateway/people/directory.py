"""The company's directory, cached: refreshed every few seconds without making requests wait."""

import logging
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from webapp.gateway.people.ldap_reader import Entry, read_person

log = logging.getLogger(__name__)

FRESH = 5.0  # seconds that an answer stays fresh
LIMIT = 1.0  # seconds that a request waits for the directory
TRUSTED = 15 * 60.0  # seconds for which the last answer is good enough to approve something


@dataclass(frozen=True)
class Answer:
    """The last answer about a person; `entry` is None if there is no such active person."""

    entry: Entry | None
    at: float


class Directory:
    """Answer from memory; ask again after five seconds.

    At most one query per person runs at a time, and none takes longer than a second.
    """

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
        """Return the latest answer about `uid`, or None if there has never been one.

        It is at most five seconds old while the directory is up. If another request is already
        asking, the caller gets the last answer, and waits only if there is none yet.
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
        """Return the seconds since the directory gave this answer."""
        return self._clock() - answer.at

    def is_trusted(self, answer: Answer) -> bool:
        """Check whether an answer is recent enough to approve something on it."""
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
            log.warning("the directory does not answer: %s", type(error).__name__)
