"""Rate limits: fixed windows in bounded memory, answered with 429 and Retry-After."""

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
    """A limit of `times` uses within `seconds` for each key."""

    name: str
    times: int
    seconds: int


SIGN_IN = Rate(
    "sign-in", 120, 60
)  # per address; a whole office shares one, and a started sign-in leaves no state here
API = Rate("api", 300, 300)  # per person, with the provider's tokens
API_SERVICE = Rate(
    "api-service", 3000, 300
)  # our own background work, which polls every few seconds
API_INSIDE = Rate("api-inside", 6000, 300)  # with our own tokens, for calls made by our pages
API_UNKNOWN = Rate("api-unknown", 120, 60)  # per address, without a valid token


@dataclass
class Rates:
    """Counters of one process. When there are too many keys, the oldest are dropped."""

    clock: Callable[[], float] = time.monotonic
    _seen: OrderedDict[tuple[str, str], tuple[float, int]] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def take(self, rate: Rate, key: str) -> float:
        """Count one use. Return 0.0 if it is allowed, otherwise the seconds to wait."""
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
    """Raise TooManyRequests, with the seconds to wait, if `key` is over the limit."""
    wait = current_app.extensions["rates"].take(rate, key)
    if wait > 0:
        raise TooManyRequests(retry_after=int(wait) + 1)


def limit(rate: Rate) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Limit a view per client address."""

    def wrap(view: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(view)
        def limited(*args: Any, **kwargs: Any) -> Any:
            enforce(rate, request.remote_addr or "")
            return view(*args, **kwargs)

        return limited

    return wrap


def limit_api() -> None:
    """Apply the API's limit: per person, or per address without a valid token."""
    if g.get("person") is None:
        enforce(API_UNKNOWN, request.remote_addr or "")
    else:
        by_provider = API_SERVICE if g.person.is_service else API
        enforce(API_INSIDE if g.get("own_token") else by_provider, g.person.uid)
