"""What inventory brings to the product."""

from webapp.shared.manifest import (
    Command,
    HomeCard,
    Manifest,
    Place,
    Record,
    RowAction,
    Search,
)
from webapp.shared.people.rights import can

MANIFEST = Manifest(
    blueprints=("webapp.inventory.pages", "webapp.inventory.api"),
    api="Products, stock, and shipments",
    places=(
        Place(
            rank=60,
            endpoint="inventory.shipments",
            label="Shipments",
            icon="truck",
            action="shipments.see",
            key="s",
            also=("/inventory/board",),
        ),
        Place(
            rank=70,
            endpoint="inventory.products",
            label="Products",
            icon="packages",
            action="products.see",
            key="p",
            also=(
                "/inventory/receive",
                "/inventory/receipts",
                "/inventory/stock-takes",
                "/inventory/locations",
            ),
        ),
    ),
    searches=(
        Search(
            rank=50,
            endpoint="inventory.search",
            label="Products, shipments, and receipts",
            action="products.see",
        ),
    ),
    commands=(
        Command(
            rank=40,
            endpoint="inventory.receive",
            label="Receive goods",
            icon="package-import",
            action="stock.receive",
            on_home=True,
        ),
    ),
    cards=(
        HomeCard(
            rank=40,
            endpoint="inventory.home_card",
            title="Warehouse",
            watches="shipments:* products:*",
            shown=lambda: can("shipments.see"),
        ),
    ),
    addresses={
        "shipments": "inventory/shipments",
        "products": "inventory/products",
        "locations": "inventory/locations",
        "stock-takes": "inventory/stock-takes",
        "receipts": "inventory/receipts",
        "inventory": "inventory/products",
    },
    records=(
        Record(kind="shipment", endpoint="inventory.shipment", prefix="SH"),
        Record(kind="product", endpoint="inventory.product", argument="sku"),
        Record(kind="receipt", endpoint="inventory.receipt", prefix="RC"),
        # as receipts were numbered when they had one product each
        Record(kind="single_receipt", endpoint="inventory.receipt", prefix="GR"),
        Record(kind="stock_take", endpoint="inventory.stock_take", prefix="ST"),
    ),
    row_actions={
        "shipment_waiting": (
            RowAction(
                label="Pick",
                icon="hand-grab",
                tone="yes",
                right="shipments.work",
                endpoint="inventory.take_step",
                done="Picked",
                address={"step": "pick"},
                fixed={"version": "1"},
                carried=("version",),
            ),
        ),
    },
)
