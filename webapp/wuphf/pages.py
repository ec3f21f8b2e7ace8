"""Every page of the wuphf area."""

from webapp.wuphf import actions, broadcasts, inbox, unsubscription, webhooks
from webapp.wuphf.area import blueprint

__all__ = ["actions", "blueprint", "broadcasts", "inbox", "unsubscription", "webhooks"]
