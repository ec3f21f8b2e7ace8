"""Nightly pruning of every service's event tables, each under that service's own role."""

import logging

from areas import SCHEMAS
from models.shared.jobs import task
from models.shared.operations.retention import prune

log = logging.getLogger(__name__)


@task("notifications", cron="10 4 * * *")  # a queue that is served anyway
def prune_event_tables() -> None:
    """Prune one service after another in small transactions; safe to run again at any time."""
    for schema in SCHEMAS:
        gone = {table: count for table, count in prune(schema).items() if count}
        if gone:
            log.info("%s: pruned %s", schema, gone)
