"""Pages of the real application in Chromium, and people at them."""

from tests.journeys.conftest import arrive, chromium  # noqa: F401
