"""How requests were answered: in time, late since the machine is busy, or wrongly; and what a run may have of each."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import httpx

from tests.soak.samples import WARM_UP

MOST_LATE = 0.02  # of all requests after the warm-up; on a machine that is only busy
MOST_MORE_LATE = (
    0.02  # by which that share may grow from the first half after the warm-up to the second
)
FEWEST = 0.5  # of the people and sessions that were asked for; with less a run says nothing
LATE = {429, 503, 504}  # "come again": the product kept its deadline and says so
OTHERS_PAGE = 403
IN_TIME = "in time"


class Answer(NamedTuple):
    """One request: when it began, how long its answer took, and what became of it."""

    at: float
    seconds: float
    outcome: str  # "in time", or "late: …" or "failed: …"

    @property
    def is_late(self) -> bool:
        """Whether it was to come again, or took longer than a person waits."""
        return self.outcome.startswith("late")

    @property
    def has_failed(self) -> bool:
        """Whether its answer is one that no machine excuses."""
        return self.outcome.startswith("failed")


class Answers:
    """The answers of all people, noted by many threads."""

    def __init__(self) -> None:
        self._noted: list[Answer] = []
        self._lock = threading.Lock()

    def note(self, at: float, outcome: str) -> None:
        """Note a request that began at `at` and was answered just now."""
        with self._lock:
            self._noted.append(Answer(at, time.monotonic() - at, outcome))

    def all(self) -> list[Answer]:
        """Every answer until now."""
        with self._lock:
            return [*self._noted]


class Noted(httpx.HTTPTransport):
    """Sends requests as httpx does, and notes how each was answered until `is_over`."""

    def __init__(self, answers: Answers, is_over: Callable[[], bool]) -> None:
        super().__init__()
        self.answers, self.is_over = answers, is_over

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """As HTTPTransport; a request that nobody awaits any more counts for nothing."""
        began = time.monotonic()
        what = f"{request.method} {shape_of(request.url.path)}"
        try:
            response = super().handle_request(request)
        except httpx.TransportError as error:
            if not self.is_over():
                self.answers.note(began, outcome_of_error(error, what))
            raise
        if not self.is_over():
            self.answers.note(began, outcome_of(response.status_code, what))
        return response


def outcome_of(status: int, what: str) -> str:
    """What a status means to who asked."""
    if status in LATE:
        return f"late: {what} {status}"
    is_good = status < 400 or status == OTHERS_PAGE
    return IN_TIME if is_good else f"failed: {what} {status}"


def outcome_of_error(error: httpx.TransportError, what: str) -> str:
    """What it means that no answer came: a slow one is late, a broken connection is a failure."""
    kind = "late" if isinstance(error, httpx.TimeoutException) else "failed"
    return f"{kind}: {what} {type(error).__name__}"


def shape_of(path: str) -> str:
    """A path with its numbers taken out, so that alike requests are counted together."""
    words = path.split("/")
    return "/".join("…" if any(map(str.isdigit, word)) else word for word in words)


class Tally(NamedTuple):
    """What became of the requests of a run, and what is wrong with that."""

    said: str
    faults: list[str]
    kinds: Counter[str]


def tally(answers: list[Answer], began: float, ended: float) -> Tally:
    """Judge all failures, and the late answers after the warm-up by their share and its growth."""
    warm = began + (ended - began) * WARM_UP
    middle = (warm + ended) / 2
    counted = [each for each in answers if each.at >= warm]
    late = _share(counted)
    early = _share([each for each in counted if each.at < middle])
    afterward = _share([each for each in counted if each.at >= middle])
    failed = sum(each.has_failed for each in answers)
    faults = [f"{failed} requests failed"] if failed else []
    if late > MOST_LATE:
        faults.append(f"{late:.1%} of the answers were late; {MOST_LATE:.0%} may be")
    elif afterward - early > MOST_MORE_LATE:
        faults.append(f"late answers grew from {early:.1%} to {afterward:.1%}")
    said = (
        f"{len(answers)} requests, {failed} failed; after the warm-up {late:.2%} late "
        f"({MOST_LATE:.0%} may be, for a machine that is only busy)"
    )
    kinds = Counter(each.outcome for each in answers if each.outcome != IN_TIME)
    return Tally(said, faults, kinds)


def _share(answers: list[Answer]) -> float:
    return sum(each.is_late for each in answers) / max(len(answers), 1)
