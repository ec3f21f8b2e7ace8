"""What sales brings to the product."""

from webapp.shared.manifest import Command, HomeCard, Manifest, Place, Record, Search
from webapp.shared.people.rights import can

MANIFEST = Manifest(
    blueprints=("webapp.sales.pages", "webapp.sales.api"),
    api="Clients and leads",
    places=(
        Place(
            rank=40,
            endpoint="sales.leads",
            label="Leads",
            icon="target-arrow",
            action="leads.see",
            key="l",
        ),
        Place(
            rank=50,
            endpoint="sales.clients",
            label="Clients",
            icon="building-store",
            action="clients.see",
            key="c",
        ),
    ),
    searches=(
        Search(rank=20, endpoint="sales.search_leads", label="Leads", action="leads.see"),
        Search(rank=30, endpoint="sales.search_clients", label="Clients", action="clients.see"),
    ),
    commands=(
        Command(
            rank=20,
            endpoint="sales.new_lead",
            label="New lead",
            icon="plus",
            action="leads.work",
            on_nothing_found=True,
        ),
        Command(
            rank=30,
            endpoint="sales.new_client",
            label="New client",
            icon="plus",
            action="clients.create",
            on_nothing_found=True,
        ),
    ),
    cards=(
        HomeCard(
            rank=30,
            endpoint="sales.home_card",
            title="My leads due today",
            watches="leads:*",
            rows=2,
            shown=lambda: can("leads.work"),
        ),
    ),
    addresses={"leads": "sales/leads", "clients": "sales/clients", "sales": "sales/leads"},
    records=(
        Record(kind="client", endpoint="sales.client", prefix="CL"),
        Record(kind="lead", endpoint="sales.lead", prefix="LD"),
    ),
)
