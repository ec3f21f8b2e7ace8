"""How `make test` shares the tests out to two processes: `pytest -n 2 --dist loadscope --no-loadscope-reorder`.

One takes all that needs the seeded stack and the browser, and begins with it; the rest is dealt out
by file, so that what a file sets up is set up once. By the test's name, not by xdist's marker for
groups: xdist 3.8 writes it where pytest 9 does not look.
"""

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

SHARED = ("tests/journeys/", "tests/look/test_pages.py")


class ByServers(LoadScopeScheduling):
    """Files are dealt out whole; those that share the stack as one."""

    def _split_scope(self, nodeid: str) -> str:
        return "the stack" if nodeid.startswith(SHARED) else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByServers:
    """Asked by xdist where it runs at all."""
    return ByServers(config, log)


def the_stack_first(items: list[pytest.Item]) -> None:
    """Puts what takes longest at the beginning; all else keeps its order."""
    items.sort(key=lambda item: not item.nodeid.startswith(SHARED))
