"""Tables of the orders service: known clients, orders with their lines, and the timeline."""

import uuid
from datetime import datetime
from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Numeric,
    Sequence,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from models.orders.vocabulary import Status
from models.shared.database.rows import JsonObject
from models.shared.database.tables import (
    Moment,
    metadata_of,
    one_of,
    with_shadow,
)

STATUSES = Status.values()
CANCELLATIONS = ("none", "asked", "done")
APPROVALS = ("none", "asked", "given", "refused")
ORDER_NUMBER = Sequence("order_number", start=100001, metadata=metadata_of("orders"))


class Base(DeclarativeBase):
    """What the tables of the schema `orders` share."""

    metadata = metadata_of("orders")


class Client(Base):
    """A client as published by sales; only event handlers write it.

    `addresses` are additional delivery addresses.
    """

    __tablename__ = "client"
    __table_args__ = (
        Index(
            "ix_client_name_trgm",
            "name",
            postgresql_using="gin",
            postgresql_ops={"name": "public.gin_trgm_ops"},
        ),
    )

    number: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    contact_name: Mapped[str] = mapped_column(Text)
    contact_mail: Mapped[str] = mapped_column(Text)
    contact_phone: Mapped[str] = mapped_column(Text)
    street: Mapped[str] = mapped_column(Text)
    city: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    postcode: Mapped[str] = mapped_column(Text)
    payment_terms_days: Mapped[int]
    credit_limit: Mapped[Decimal] = mapped_column(Numeric(14, 2))
    currency: Mapped[str] = mapped_column(Text)
    owner: Mapped[str] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(Boolean)
    addresses: Mapped[list[dict[str, str]]] = mapped_column(JSONB, server_default=text("'[]'"))


class Order(Base):
    """An order; `status` and the sums follow from its lines and cancellation.

    Only `settle` writes them. `search_text` holds the searchable text in lowercase: number, client,
    purchase order, SKUs and product names. `version` counts every change. `total` is in `currency`,
    after the discount. `approval_event` is the id of the request that a sales manager answers;
    `approval_reasons` names what needs approval (`discount`, `credit`), `asked` who may decide.
    """

    __tablename__ = "order"
    __table_args__ = (
        CheckConstraint(one_of("status", STATUSES), name="status"),
        CheckConstraint(one_of("cancellation", CANCELLATIONS), name="cancellation"),
        CheckConstraint(one_of("approval", APPROVALS), name="approval"),
        CheckConstraint("total >= 0", name="total"),
        CheckConstraint("discount_percent BETWEEN 0 AND 100", name="discount_percent"),
        Index("ix_order_number_prefix", "number", postgresql_ops={"number": "text_pattern_ops"}),
        Index("ix_order_placed", "placed_at", "number"),
        Index("ix_order_total", "total", "number"),
        Index(
            "ix_order_status_placed", "status", "placed_at", "number", postgresql_include=["total"]
        ),
        Index(
            "ix_order_owner_placed", "owner", "placed_at", "number", postgresql_include=["total"]
        ),
        Index(
            "ix_order_owner_status",
            "owner",
            "status",
            "placed_at",
            "number",
            postgresql_include=["total"],
        ),
        Index("ix_order_client", "client_number", "status", postgresql_include=["total"]),
        Index("ix_order_client_placed", "client_number", "placed_at", "number"),
        Index(
            "ix_order_search_trgm",
            "search_text",
            postgresql_using="gin",
            postgresql_ops={"search_text": "public.gin_trgm_ops"},
        ),
    )

    number: Mapped[str] = mapped_column(Text, primary_key=True)
    client_number: Mapped[str] = mapped_column(ForeignKey(Client.number))
    client_name: Mapped[str] = mapped_column(Text)
    owner: Mapped[str] = mapped_column(Text)
    owner_name: Mapped[str] = mapped_column(Text)
    purchase_order: Mapped[str] = mapped_column(Text)
    street: Mapped[str] = mapped_column(Text)
    city: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    postcode: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    total: Mapped[Decimal] = mapped_column(Numeric(14, 2))
    status: Mapped[str] = mapped_column(Text)
    cancellation: Mapped[str] = mapped_column(Text)
    cancellation_by: Mapped[str] = mapped_column(Text)
    cancellation_reason: Mapped[str] = mapped_column(Text)
    discount_percent: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    note: Mapped[str] = mapped_column(Text)
    approval: Mapped[str] = mapped_column(Text)
    approval_reasons: Mapped[list[str]] = mapped_column(JSONB)
    approval_event: Mapped[uuid.UUID | None] = mapped_column(UUID(as_uuid=True))
    asked: Mapped[list[str]] = mapped_column(JSONB, default=list, server_default=text("'[]'"))
    decided_by: Mapped[str] = mapped_column(Text)
    decided_note: Mapped[str] = mapped_column(Text)
    duplicate_of: Mapped[str] = mapped_column(Text)
    cases: Mapped[int]
    reserved: Mapped[int]
    short: Mapped[int]
    shipped: Mapped[int]
    search_text: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    placed_at: Mapped[datetime] = mapped_column(Moment)
    correlation_id: Mapped[str] = mapped_column(Text)
    lines: Mapped[list["OrderLine"]] = relationship(
        order_by="OrderLine.line", lazy="raise", cascade="save-update, merge, delete-orphan, delete"
    )

    @property
    def subtotal(self) -> Decimal:
        """Total of the lines before the discount."""
        return sum((line.amount for line in self.lines), Decimal(0))


class SearchedClient(Base):
    """A lowercase name that appears on some order of this client.

    Written by a trigger and by `remember_portion`.
    """

    __tablename__ = "searched_client"
    __table_args__ = (
        Index(
            "ix_searched_client_trgm",
            "name",
            postgresql_using="gin",
            postgresql_ops={"name": "public.gin_trgm_ops"},
        ),
    )

    client_number: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text, primary_key=True)


class SearchedWord(Base):
    """A run of three or more letters in some order's `search_text`, outside its client's name.

    The row "" marks that all orders have been indexed.
    """

    __tablename__ = "searched_word"
    __table_args__ = (
        Index(
            "ix_searched_word_trgm",
            "word",
            postgresql_using="gin",
            postgresql_ops={"word": "public.gin_trgm_ops"},
        ),
    )

    word: Mapped[str] = mapped_column(Text, primary_key=True)


class OrderLine(Base):
    """An order line, in cases.

    `reserved` is set aside but not shipped, `short` waits for stock, and `shipped` includes
    `delivered`. `given_up` will never ship: the rest of the order was cancelled after a first
    shipment.
    """

    __tablename__ = "order_line"
    __table_args__ = (
        CheckConstraint("ordered BETWEEN 1 AND 100000", name="ordered"),
        CheckConstraint(
            "reserved >= 0 AND short >= 0 AND shipped >= 0 AND delivered >= 0", name="not_negative"
        ),
        CheckConstraint(
            "reserved + short + shipped + given_up <= ordered", name="not_above_ordered"
        ),
        CheckConstraint("given_up >= 0", name="given_up"),
        CheckConstraint("delivered <= shipped", name="delivered"),
        CheckConstraint("unit_price >= 0", name="unit_price"),
    )

    order_number: Mapped[str] = mapped_column(ForeignKey(Order.number), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sku: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    unit_price: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    ordered: Mapped[int]
    reserved: Mapped[int] = mapped_column(default=0)
    short: Mapped[int] = mapped_column(default=0)
    shipped: Mapped[int] = mapped_column(default=0)
    delivered: Mapped[int] = mapped_column(default=0)
    given_up: Mapped[int] = mapped_column(default=0)

    @property
    def amount(self) -> Decimal:
        """Price of the line in the order's currency, excluding cases that were cancelled."""
        return self.unit_price * (self.ordered - self.given_up)


class Draft(Base):
    """An order form as typed so far, unvalidated. `editor` is the window that saved it last."""

    __tablename__ = "draft"
    __table_args__ = (Index("ix_draft_owner_saved", "owner", "saved_at"),)

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    owner: Mapped[str] = mapped_column(Text)
    typed: Mapped[JsonObject] = mapped_column(JSONB)
    editor: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    saved_at: Mapped[datetime] = mapped_column(Moment)


# The read model behind an order's timeline. The journal row with the same topic, key and sequence
# proves each entry.
TIMELINE = with_shadow(
    Table(
        "timeline",
        metadata_of("orders"),
        Column("order_number", Text, primary_key=True),
        Column("topic", Text, primary_key=True),
        Column("sequence", BigInteger, primary_key=True, autoincrement=False),
        Column("event_id", UUID(as_uuid=True), nullable=False),
        Column("type", Text, nullable=False),
        Column("at", Moment, nullable=False),
        Column("actor", Text, nullable=False),
        Column("facts", JSONB, nullable=False),
    )
)
