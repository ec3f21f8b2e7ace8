"""What wuphf brings to the product."""

from webapp.shared.manifest import Command, HomeCard, Manifest, Place, Record, RowAction
from webapp.shared.people.rights import can


def _sees_work() -> bool:
    return can("orders.see") or can("shipments.see")


MANIFEST = Manifest(
    blueprints=("webapp.wuphf.pages", "webapp.wuphf.api", "webapp.wuphf.streaming.routes"),
    api="Notifications and WUPHFs",
    places=(
        Place(
            rank=20,
            endpoint="wuphf.inbox",
            label="WUPHF",
            icon="inbox",
            action="inbox.see",
            group="top",
            key="w",
        ),
    ),
    cards=(
        HomeCard(
            rank=60,
            endpoint="wuphf.home_card",
            title="Latest notifications",
            watches="inbox",
            rows=5,
            shown=lambda: not _sees_work(),
        ),
        HomeCard(
            rank=60,
            endpoint="wuphf.home_card",
            title="Latest notifications",
            watches="inbox",
            rows=5,
            column="side",
            shown=_sees_work,
        ),
    ),
    commands=(
        Command(
            rank=75,
            endpoint="wuphf.webhooks",
            label="Webhooks",
            icon="webhook",
            action="webhooks.own",
        ),
    ),
    addresses={"inbox": "wuphf", "notifications": "wuphf", "webhooks": "wuphf/webhooks"},
    records=(
        Record(kind="broadcast", endpoint="wuphf.broadcast", prefix="WU"),
        Record(kind="webhook", endpoint="wuphf.webhook", argument="id_"),
    ),
    row_actions={
        "broadcast_asked": (
            RowAction(
                label="Acknowledge",
                icon="check",
                tone="yes",
                right="inbox.see",
                endpoint="wuphf.acknowledge",
                done="Acknowledged",
            ),
        ),
    },
)
