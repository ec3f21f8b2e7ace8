"""What the inside view brings to the product."""

from webapp.shared.manifest import Manifest, Place, Record

MANIFEST = Manifest(
    blueprints=("webapp.inside.pages", "webapp.inside.api"),
    api="Inside: events and dead letters",
    places=(
        Place(
            rank=110,
            endpoint="inside.index",
            label="Inside",
            icon="activity",
            action="inside.see",
            key="i",
        ),
    ),
    records=(
        Record(kind="dead_letter", endpoint="inside.dead_letters", argument="letter"),
        Record(kind="snapshot", endpoint="inside.index", argument="about"),
    ),
)
