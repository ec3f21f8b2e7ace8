"""Every night: what the event mechanism of each service lets go of, each under that service's own role."""

import logging

from models.shared.jobs import task
from models.shared.pruning import prune
from settings import SCHEMAS

log = logging.getLogger(__name__)


@task("notifications", cron="10 4 * * *")  # whose queue is served anyway
def prune_event_tables() -> None:
    """One service after the other, in small transactions; may run again at any time."""
    for schema in SCHEMAS:
        gone = {table: count for table, count in prune(schema).items() if count}
        if gone:
            log.info("%s: let go of %s", schema, gone)
