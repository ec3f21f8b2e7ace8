"""The browser fixtures for the gateway's tests."""

from tests.web_client import *  # noqa: F403
