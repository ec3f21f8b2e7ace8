"""The REST API of the wuphf area."""

from webapp.wuphf.api import broadcasts, notifications, pushes, stream_drop, webhooks
from webapp.wuphf.api.area import blueprint

__all__ = ["blueprint", "broadcasts", "notifications", "pushes", "stream_drop", "webhooks"]
