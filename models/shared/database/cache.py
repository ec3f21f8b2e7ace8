"""A thread-safe cache: one object per name, whichever thread asks first."""

from collections.abc import Callable
from functools import _CacheInfo, cache, update_wrapper
from threading import RLock
from typing import Generic, TypeVar

Made = TypeVar("Made")


class made_once(Generic[Made]):
    """Cache a function by name, as `functools.cache` does, but never run it twice for a name.

    The standard cache lets two threads that ask at the same moment both run the function
    (https://docs.python.org/3/library/functools.html#functools.cache).
    """

    def __init__(self, make: Callable[[str], Made]) -> None:
        self._kept, self._lock = cache(make), RLock()
        update_wrapper(self, make)

    def __call__(self, name: str) -> Made:
        """Return the object for `name`, making it if it does not exist yet."""
        with self._lock:
            return self._kept(name)

    def cache_clear(self) -> None:
        """Forget all objects."""
        self._kept.cache_clear()

    def cache_info(self) -> _CacheInfo:
        """Return the cache's hits, misses and size."""
        return self._kept.cache_info()
