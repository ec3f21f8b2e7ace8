"""Notifications that wuphf raises itself: WUPHFs, and what an administrator must see to."""

from models.wuphf.notifications.shape import Words

WORDS = {
    "dead_letter": Words(
        "alert-triangle",
        "bad",
        "<b>{service}</b> could not handle {type}",
        "{subject} · {cause}",
        "{} events could not be handled",
    ),
    "snapshot_failed": Words(
        "database-off",
        "bad",
        "The daily snapshots have a problem",
        "{cause}",
    ),
    "broadcast": Words("speakerphone", "acc", "<b>{actor}</b>: {text}", "To {groups}"),
    "broadcast_asked": Words(
        "speakerphone", "acc", "<b>{actor}</b>: {text}", "To {groups} · please acknowledge"
    ),
}
