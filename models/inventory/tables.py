"""Tables of products, locations, stock, ledger, order demand, shipments and receipts.

Stock by location and stock-takes are in location_tables.
"""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Numeric,
    Sequence,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from models.inventory.vocabulary import LedgerKind, ReceiptStatus, Status
from models.shared.database.tables import Moment, metadata_of

STATUSES = Status.values()
LEDGER_KINDS = LedgerKind.values()
SHIPMENT_NUMBER = Sequence("shipment_number", start=20001, metadata=metadata_of("inventory"))
RECEIPT_NUMBER = Sequence("goods_receipt_number", start=1001, metadata=metadata_of("inventory"))
# Numbers of receipts of one product each, such as GR-3001, which the version before still gives.
Sequence("receipt_number", start=3001, metadata=metadata_of("inventory"))
TRANSFER_NUMBER = Sequence("transfer_number", start=501, metadata=metadata_of("inventory"))


def one_of(column: str, names: tuple[str, ...]) -> str:
    """Build the SQL condition that a column has one of these values."""
    return f"{column} IN ({', '.join(repr(name) for name in names)})"


class Base(DeclarativeBase):
    """What the tables of the schema `inventory` share."""

    metadata = metadata_of("inventory")


class Product(Base):
    """A product, sold by the case at `unit_price` US dollars; `location` is its default location.

    `version` counts every change.
    """

    __tablename__ = "product"
    __table_args__ = (
        Index("ix_product_name_folded", text("inventory.folded(name)"), "sku"),
        CheckConstraint("unit_price >= 0", name="unit_price"),
        CheckConstraint("reorder_point >= 0 AND reorder_quantity >= 0", name="reorder"),
        Index(
            "ix_product_name_trgm",
            "search_text",
            postgresql_using="gin",
            postgresql_ops={"search_text": "public.gin_trgm_ops"},
        ),
        Index("ix_product_name_sku", "name", "sku"),
        Index("ix_product_price_sku", "unit_price", "sku"),
    )

    sku: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    unit: Mapped[str] = mapped_column(Text)
    unit_price: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    reorder_point: Mapped[int]
    reorder_quantity: Mapped[int]
    location: Mapped[str] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(Boolean)
    search_text: Mapped[str] = mapped_column(Text)
    version: Mapped[int]


class Location(Base):
    """A location where goods lie, by a code such as A-12-3; an inactive one accepts no goods.

    `version` counts every change.
    """

    __tablename__ = "location"
    __table_args__ = (CheckConstraint("code <> ''", name="code"),)

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(Boolean)
    version: Mapped[int]


class Stock(Base):
    """A SKU's cases on hand and reserved, always equal to the sum of its ledger entries.

    The row also serves as the SKU's lock.
    """

    __tablename__ = "stock"
    __table_args__ = (
        CheckConstraint("on_hand >= 0", name="on_hand"),
        CheckConstraint("reserved >= 0", name="reserved"),
        CheckConstraint("reserved <= on_hand", name="never_oversold"),
    )

    sku: Mapped[str] = mapped_column(ForeignKey(Product.sku), primary_key=True)
    on_hand: Mapped[int]
    reserved: Mapped[int]

    @property
    def available(self) -> int:
        """Cases that can still be promised."""
        return self.on_hand - self.reserved


class Watcher(Base):
    """A person to notify when a product runs low."""

    __tablename__ = "watcher"

    sku: Mapped[str] = mapped_column(ForeignKey(Product.sku), primary_key=True)
    uid: Mapped[str] = mapped_column(Text, primary_key=True)


class LedgerEntry(Base):
    """One stock movement, append-only: PostgreSQL denies the service's role UPDATE and DELETE.

    Entries without a `location` are from before locations were recorded; their goods count as being
    at the product's default location.
    """

    __tablename__ = "ledger"
    __table_args__ = (
        CheckConstraint(one_of("kind", LEDGER_KINDS), name="known_kind"),
        CheckConstraint("delta_on_hand <> 0 OR delta_reserved <> 0", name="moves_something"),
        CheckConstraint("kind <> 'adjustment' OR reason <> ''", name="adjustment_has_a_reason"),
        Index("ix_ledger_sku_id", "sku", "id"),
        Index("ix_ledger_receipt", "reference", postgresql_where=text("kind = 'receipt'")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    sku: Mapped[str] = mapped_column(ForeignKey(Product.sku))
    kind: Mapped[str] = mapped_column(Text)
    location: Mapped[str | None] = mapped_column(ForeignKey(Location.code))
    delta_on_hand: Mapped[int]
    delta_reserved: Mapped[int]
    reference: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Moment)
    correlation_id: Mapped[str] = mapped_column(Text)

    @property
    def label(self) -> str:
        """What moved the stock, for people."""
        if self.kind == LedgerKind.RECEIPT and self.delta_on_hand < 0:
            return "Receipt corrected"
        return LedgerKind(self.kind).label


class Demand(Base):
    """An order as the warehouse knows it; `placed_at` decides its turn in the queue.

    `deliver_to` holds a rules.Address. It and `client_number` are NULL for orders from before they
    were stored here, whose journaled event may still have them.
    """

    __tablename__ = "demand"

    order_number: Mapped[str] = mapped_column(Text, primary_key=True)
    client_name: Mapped[str] = mapped_column(Text)
    owner: Mapped[str] = mapped_column(Text)
    placed_at: Mapped[datetime] = mapped_column(Moment)
    called_off: Mapped[bool] = mapped_column(Boolean)
    deliver_to: Mapped[dict[str, str] | None] = mapped_column(JSONB(none_as_null=True))
    client_number: Mapped[str | None] = mapped_column(Text)
    lines: Mapped[list["DemandLine"]] = relationship(order_by="DemandLine.line", lazy="raise")


class DemandLine(Base):
    """An order line's demand in cases.

    `allocated` is reserved or already shipped; `shipped` is part of it.
    """

    __tablename__ = "demand_line"
    __table_args__ = (
        CheckConstraint("ordered >= 1", name="ordered"),
        CheckConstraint(
            "shipped >= 0 AND shipped <= allocated AND allocated <= ordered", name="figures"
        ),
        Index(
            "ix_demand_line_waiting",
            "sku",
            "placed_at",
            "order_number",
            postgresql_where=text("allocated < ordered"),
        ),
    )

    order_number: Mapped[str] = mapped_column(ForeignKey(Demand.order_number), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sku: Mapped[str] = mapped_column(ForeignKey(Product.sku))
    name: Mapped[str] = mapped_column(Text)
    ordered: Mapped[int]
    allocated: Mapped[int]
    shipped: Mapped[int]
    placed_at: Mapped[datetime] = mapped_column(Moment)

    @property
    def short(self) -> int:
        """Cases that still wait for stock."""
        return self.ordered - self.allocated


class Shipment(Base):
    """A shipment for one order. `version` counts its steps."""

    __tablename__ = "shipment"
    __table_args__ = (
        CheckConstraint(one_of("status", STATUSES), name="status"),
        Index("ix_shipment_order_number", "order_number"),
        Index("ix_shipment_status_created", "status", "created_at", "number"),
        Index("ix_shipment_created", "created_at", "number"),
        Index(
            "ix_shipment_search_trgm",
            "search_text",
            postgresql_using="gin",
            postgresql_ops={"search_text": "public.gin_trgm_ops"},
        ),
    )

    number: Mapped[str] = mapped_column(Text, primary_key=True)
    order_number: Mapped[str] = mapped_column(ForeignKey(Demand.order_number))
    client_name: Mapped[str] = mapped_column(Text)
    owner: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    cases: Mapped[int]
    carrier: Mapped[str] = mapped_column(Text)
    tracking: Mapped[str] = mapped_column(Text)
    signed_by: Mapped[str] = mapped_column(Text)
    picked_by: Mapped[str] = mapped_column(Text)
    packed_by: Mapped[str] = mapped_column(Text)
    dispatched_by: Mapped[str] = mapped_column(Text)
    delivered_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Moment)
    picked_at: Mapped[datetime | None] = mapped_column(Moment)
    packed_at: Mapped[datetime | None] = mapped_column(Moment)
    dispatched_at: Mapped[datetime | None] = mapped_column(Moment)
    delivered_at: Mapped[datetime | None] = mapped_column(Moment)
    search_text: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    lines: Mapped[list["ShipmentLine"]] = relationship(order_by="ShipmentLine.line", lazy="raise")


class ShipmentLine(Base):
    """Cases of one order line in a shipment."""

    __tablename__ = "shipment_line"
    __table_args__ = (CheckConstraint("quantity >= 1", name="quantity"),)

    shipment_number: Mapped[str] = mapped_column(ForeignKey(Shipment.number), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sku: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    quantity: Mapped[int]


class Receipt(Base):
    """Goods received together; `sku` is the product of its first line, `quantity` all its cases.

    `products` counts its lines and `filled` the cases that went to back-orders at once. A receipt
    from before receipts had lines is one line itself, with its location in the ledger only.

    A voided receipt keeps its figures, while its ledger entries add up to none. `version` counts
    its corrections.
    """

    __tablename__ = "receipt"
    __table_args__ = (
        CheckConstraint("quantity >= 1", name="quantity"),
        Index("ix_receipt_received", "received_at", "number"),
        Index(
            "ix_receipt_search_trgm",
            "search_text",
            postgresql_using="gin",
            postgresql_ops={"search_text": "public.gin_trgm_ops"},
        ),
    )

    number: Mapped[str] = mapped_column(Text, primary_key=True)
    sku: Mapped[str] = mapped_column(ForeignKey(Product.sku), index=True)
    quantity: Mapped[int]
    note: Mapped[str] = mapped_column(Text)
    received_by: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime] = mapped_column(Moment)
    reference: Mapped[str] = mapped_column(Text, server_default="")
    products: Mapped[int] = mapped_column(server_default="1")
    filled: Mapped[int] = mapped_column(server_default="0")
    search_text: Mapped[str] = mapped_column(Text, server_default="")
    version: Mapped[int] = mapped_column(server_default="1")
    voided_at: Mapped[datetime | None] = mapped_column(Moment)
    lines: Mapped[list["ReceiptLine"]] = relationship(order_by="ReceiptLine.line", lazy="raise")

    @property
    def status(self) -> ReceiptStatus:
        """Whether it stands as posted, was corrected, or is voided."""
        if self.voided_at:
            return ReceiptStatus.VOIDED
        return ReceiptStatus.CORRECTED if self.version > 1 else ReceiptStatus.RECEIVED


class ReceiptLine(Base):
    """Cases of a product in a receipt, and the location they were put at.

    `quantity` is as last corrected; 0 if none of it came.
    """

    __tablename__ = "receipt_line"
    __table_args__ = (CheckConstraint("quantity >= 0", name="not_negative"),)

    receipt_number: Mapped[str] = mapped_column(ForeignKey(Receipt.number), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sku: Mapped[str] = mapped_column(ForeignKey(Product.sku), index=True)
    quantity: Mapped[int]
    location: Mapped[str] = mapped_column(ForeignKey(Location.code))
    note: Mapped[str] = mapped_column(Text)


class ReceiptFill(Base):
    """Cases of an order line that were back-ordered until a receipt filled them."""

    __tablename__ = "receipt_fill"
    __table_args__ = (CheckConstraint("quantity >= 1", name="quantity"),)

    receipt_number: Mapped[str] = mapped_column(ForeignKey(Receipt.number), primary_key=True)
    order_number: Mapped[str] = mapped_column(ForeignKey(Demand.order_number), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sku: Mapped[str] = mapped_column(ForeignKey(Product.sku))
    quantity: Mapped[int]
