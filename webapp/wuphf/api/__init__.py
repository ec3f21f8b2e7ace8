"""The REST API of the wuphf area."""

from webapp.wuphf.api import broadcasts, notifications, stream_drop
from webapp.wuphf.api.area import blueprint

__all__ = ["blueprint", "broadcasts", "notifications", "stream_drop"]
