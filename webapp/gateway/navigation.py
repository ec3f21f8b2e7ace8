"""The entries of the navigation, filtered by the person's rights."""

from dataclasses import dataclass
from functools import cache

from flask import current_app, request, url_for

from webapp.shared.people.rights import can


@dataclass(frozen=True)
class Place:
    """One entry of the navigation."""

    endpoint: str
    label: str
    icon: str
    action: str
    group: str = "work"
    key: str = ""  # pressed after g
    also: tuple[str, ...] = ()  # path prefixes that also count as this entry

    @property
    def url(self) -> str:
        """Its address."""
        return _url(self.endpoint)

    @property
    def is_current(self) -> bool:
        """Whether the current page belongs to this entry."""
        within = (self.url, *self.also) if self.url != "/" else self.also
        return request.endpoint == self.endpoint or request.path.startswith(within)


PLACES = (
    Place("gateway.home", "Home", "home", "home.see", "top", key="h"),
    Place("wuphf.inbox", "WUPHF", "inbox", "inbox.see", "top", key="w"),
    Place("orders.index", "Orders", "file-invoice", "orders.see", key="o"),
    Place("sales.leads", "Leads", "target-arrow", "leads.see", key="l"),
    Place("sales.clients", "Clients", "building-store", "clients.see", key="c"),
    Place(
        "inventory.shipments",
        "Shipments",
        "truck",
        "shipments.see",
        key="s",
        also=("/inventory/board",),
    ),
    Place(
        "inventory.products",
        "Products",
        "packages",
        "products.see",
        key="p",
        also=("/inventory/receive", "/inventory/stock-takes", "/inventory/locations"),
    ),
    Place("finance.index", "Expenses", "receipt", "expenses.claim", key="e"),
    Place("profile.people", "Directory", "address-book", "people.see", key="d"),
    Place("profile.settings_page", "Settings", "settings", "settings.change", key="t"),
    Place("inside.index", "Inside", "activity", "inside.see", key="i"),
)


def places() -> list[Place]:
    """Return the entries that exist in this process and that the person may use."""
    return [
        place
        for place in PLACES
        if place.endpoint in current_app.view_functions and can(place.action)
    ]


@cache
def _url(endpoint: str) -> str:
    return url_for(endpoint)
