"""The domain's only source of "now", which lets the seed run eight weeks of past commands."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_fixed: ContextVar[datetime | None] = ContextVar("fixed_now", default=None)


def now() -> datetime:
    """Return the current time, timezone-aware, in UTC."""
    return _fixed.get() or datetime.now(UTC)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Fix `now()` to `moment` (timezone-aware) within the block."""
    token = _fixed.set(moment)
    try:
        yield
    finally:
        _fixed.reset(token)
