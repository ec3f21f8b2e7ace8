"""How often one may try: fixed windows in memory, bounded, answered with 429 and Retry-After."""

import functools
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from flask import current_app, g, request
from werkzeug.exceptions import TooManyRequests

MOST_KEYS = 20_000


@dataclass
class Rate:
    """At most `times` within `seconds` for each key."""

    name: str
    times: int
    seconds: int


SIGN_IN = Rate(
    "sign-in", 120, 60
)  # per address: an office comes from one; a start costs us nothing that stays
API = Rate("api", 300, 300)  # per person, with the provider's tokens
API_SERVICE = Rate(
    "api-service", 3000, 300
)  # our own background work, which asks every few seconds
API_INSIDE = Rate("api-inside", 6000, 300)  # with our own tokens: a page has been limited already
API_UNKNOWN = Rate("api-unknown", 120, 60)  # per address, without a valid token


@dataclass
class Rates:
    """The counts of one process. The oldest keys go when there are too many, never anybody's session."""

    clock: Callable[[], float] = time.monotonic
    _seen: OrderedDict[tuple[str, str], tuple[float, int]] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def take(self, rate: Rate, key: str) -> float:
        """Counts one use; 0.0 when it is allowed, else the seconds to wait."""
        now = self.clock()
        with self._lock:
            began, count = self._seen.get((rate.name, key), (now, 0))
            if now - began >= rate.seconds:
                began, count = now, 0
            if count >= rate.times:
                return rate.seconds - (now - began)
            self._seen[rate.name, key] = began, count + 1
            self._seen.move_to_end((rate.name, key))
            if len(self._seen) > MOST_KEYS:
                self._seen.popitem(last=False)
        return 0.0


def enforce(rate: Rate, key: str) -> None:
    """Raises TooManyRequests, with how long to wait, when `key` came too often."""
    wait = current_app.extensions["rates"].take(rate, key)
    if wait > 0:
        raise TooManyRequests(retry_after=int(wait) + 1)


def limit(rate: Rate) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Limits a view per address."""

    def wrap(view: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(view)
        def limited(*args: Any, **kwargs: Any) -> Any:
            enforce(rate, request.remote_addr or "")
            return view(*args, **kwargs)

        return limited

    return wrap


def limit_api() -> None:
    """The API's limit: by person, or by address where the token does not pass."""
    if g.get("person") is None:
        enforce(API_UNKNOWN, request.remote_addr or "")
    else:
        by_provider = API_SERVICE if g.person.is_service else API
        enforce(API_INSIDE if g.get("own_token") else by_provider, g.person.uid)
