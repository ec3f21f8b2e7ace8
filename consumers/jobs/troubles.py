"""Look for what IT must know of: dead letters of every service, and snapshots that are late, failed or damaged."""

from areas import SCHEMAS
from models.shared.dates import compact
from models.shared.jobs import task
from models.shared.listeners.dead_letters import list_dead_letters
from models.shared.operations.snapshots import standing
from models.shared.transactions import transaction
from models.wuphf.system_notices import Trouble, tell_troubles

LONGEST_CAUSE = 200


@task("notifications", cron="* * * * *")
def tell_it_of_troubles() -> None:
    """Tell IT of new dead letters and missing snapshots, and take back what is settled."""
    for kind, found in (
        ("dead_letter", dead_letters()),
        ("snapshot_failed", missing_snapshots()),
    ):
        with transaction("notifications", actor="service:notifications") as session:
            tell_troubles(session, kind, found)


def dead_letters() -> list[Trouble]:
    """Return the open dead letters of all services, oldest first."""
    return [
        Trouble(
            kind="dead_letter",
            key=f"{schema}/{letter.id}",
            service=schema.capitalize(),
            type=letter.type or "an unreadable event",
            cause=letter.cause[:LONGEST_CAUSE],
        )
        for schema in SCHEMAS
        for letter in list_dead_letters(schema)
    ]


def missing_snapshots() -> list[Trouble]:
    """Return one trouble if snapshots are taken and something is wrong with them.

    Before the first one nothing is. The trouble is named for the last good one, so that each gap is
    told once.
    """
    now = standing()
    if now.state in ("off", "good") or not (now.last_good or now.state == "failed"):
        return []
    key = compact(now.last_good) if now.last_good else "none"
    cause = " ".join(now.says)[:LONGEST_CAUSE]
    return [Trouble(kind="snapshot_failed", key=key, cause=cause)]
