"""What the gateway brings to the product: home."""

from webapp.shared.manifest import Manifest, Place

MANIFEST = Manifest(
    blueprints=(
        "webapp.gateway.pages",
        "webapp.gateway.sign_in.routes",
        "webapp.gateway.sign_in.back_channel",
        "webapp.gateway.process.health",
        "webapp.gateway.search",
        "webapp.gateway.api",
        "webapp.gateway.sign_in.unsent_forms",
    ),
    places=(
        Place(
            rank=10,
            endpoint="gateway.home",
            label="Home",
            icon="home",
            action="home.see",
            group="top",
            key="h",
        ),
    ),
    addresses={"home": ""},
)
