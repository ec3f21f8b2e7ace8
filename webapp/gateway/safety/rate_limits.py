"""Rate limits: fixed windows in bounded memory, answered with 429 and Retry-After."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from threading import Lock

from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import TooManyRequests

from settings import settings

MOST_KEYS = 20_000


@dataclass
class Rate:
    """A limit of `times` uses within `seconds` for each key."""

    name: str
    times: int
    seconds: int


# What each protects, and whom it could hurt, stands in docs/reference/security.md, compared by a test.
# A whole office shares one address, and so do all people behind a proxy: a limit per address is
# only for what is unknown, and high.
SIGN_IN = Rate("sign-in", 6000, 60)  # per address, for browsers in which nobody signed in before
SIGN_IN_KNOWN = Rate("sign-in-known", 60, 60)  # per person, in browsers in which they did
RETURN_UNKNOWN = Rate("return-unknown", 600, 60)  # per address, for returns of no sign-in of ours
API = Rate("api", 600, 60)  # per person, with the provider's tokens
API_TOKEN = Rate("api-token", 600, 60)  # per personal access token; DM_API_TOKEN_PER_MINUTE
API_SERVICE = Rate("api-service", 3000, 300)  # our own background work, which polls
API_INSIDE = Rate("api-inside", 6000, 300)  # per person, with our own tokens: calls of our pages
API_UNKNOWN = Rate("api-unknown", 120, 60)  # per address, without a token
API_BAD_TOKEN = Rate("api-bad-token", 120, 60)  # per address, for tokens that are refused
RATES = (
    SIGN_IN,
    SIGN_IN_KNOWN,
    RETURN_UNKNOWN,
    API,
    API_TOKEN,
    API_SERVICE,
    API_INSIDE,
    API_UNKNOWN,
    API_BAD_TOKEN,
)


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

    def left(self, rate: Rate, key: str) -> tuple[int, int]:
        """Return how many uses are left, and in how many whole seconds all are there again."""
        now = self.clock()
        with self._lock:
            began, count = self._seen.get((rate.name, key), (now, 0))
        passed = now - began
        if passed >= rate.seconds:
            return rate.times, rate.seconds
        return max(rate.times - count, 0), math.ceil(rate.seconds - passed)


def enforce(rate: Rate, key: str) -> None:
    """Raise TooManyRequests, with the seconds to wait, if `key` is over the limit."""
    wait = current_app.extensions["rates"].take(rate, key)
    if wait > 0:
        raise TooManyRequests(retry_after=int(wait) + 1)


def install(app: Flask) -> None:
    """Tell each caller of the API its limit and what is left of it."""
    app.after_request(_add_headers)


def limit_sign_in(known_subject: str) -> None:
    """Limit a sign-in that begins: per person if this browser proves who was signed in, else address."""
    if known_subject:
        enforce(SIGN_IN_KNOWN, known_subject)
    else:
        enforce(SIGN_IN, request.remote_addr or "")


def limit_unknown_return() -> None:
    """Limit returns from the provider that no sign-in of this browser awaits, per address."""
    enforce(RETURN_UNKNOWN, request.remote_addr or "")


def limit_bad_token() -> None:
    """Limit refused bearer tokens per address; a valid one passes however many were refused."""
    enforce(API_BAD_TOKEN, request.remote_addr or "")


def limit_api() -> None:
    """Apply the API's limit: per access token, per person, or per address without a valid token."""
    found = _rate_and_key()
    if found is None:
        return
    g.rate_limit = found
    enforce(*found)


def _rate_and_key() -> tuple[Rate, str] | None:
    """Return which limit counts this call, and as whose; None for the gateway's own checks.

    Those come one with each call that counts already.
    """
    if g.get("person") is None:
        return API_UNKNOWN, request.remote_addr or ""
    if token := g.get("access_token"):
        return replace(API_TOKEN, times=settings().api_token_per_minute), token.id
    if g.get("own_token"):
        return None if g.person.is_service else (API_INSIDE, g.person.uid)
    return API_SERVICE if g.person.is_service else API, g.person.uid


def _add_headers(response: Response) -> Response:
    """Add the fields of draft-ietf-httpapi-ratelimit-headers-10: the quota, and what is left of it."""
    if "rate_limit" in g:
        rate, key = g.rate_limit
        left, seconds = current_app.extensions["rates"].left(rate, key)
        response.headers["RateLimit-Policy"] = f'"{rate.name}";q={rate.times};w={rate.seconds}'
        response.headers["RateLimit"] = f'"{rate.name}";r={left};t={seconds}'
    return response
