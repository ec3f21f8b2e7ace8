"""One object for each name, whichever threads ask for it first."""

from collections.abc import Callable
from functools import _CacheInfo, cache
from threading import RLock
from typing import Generic, TypeVar

Made = TypeVar("Made")


class made_once(Generic[Made]):
    """A decorator as `functools.cache`, whose function is never run twice for a name.

    The cache alone lets two threads that ask at the same moment both run it
    (https://docs.python.org/3/library/functools.html#functools.cache).
    """

    def __init__(self, make: Callable[[str], Made]) -> None:
        self._kept, self._lock = cache(make), RLock()
        self.__doc__, self.__name__ = make.__doc__, make.__name__

    def __call__(self, name: str) -> Made:
        """What is kept under the name, made now if nothing is."""
        with self._lock:
            return self._kept(name)

    def cache_clear(self) -> None:
        """Forgets what was made."""
        self._kept.cache_clear()

    def cache_info(self) -> _CacheInfo:
        """How often it was asked, and how many it keeps."""
        return self._kept.cache_info()
