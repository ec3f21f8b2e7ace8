"""Tables of stock by location, picks, and stock-takes."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Sequence, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.inventory.tables import Base, Location, Product, ShipmentLine, one_of
from models.inventory.vocabulary import StockTakeStatus
from models.shared.database.tables import Moment, metadata_of

TAKE_STATUSES = StockTakeStatus.values()
STOCK_TAKE_NUMBER = Sequence("stock_take_number", start=101, metadata=metadata_of("inventory"))


class StockAtLocation(Base):
    """Cases of a product at a location; each row equals the sum of its ledger entries.

    A product's rows add up to its stock on hand, except for stock booked before locations were
    recorded and not assigned to one yet.
    """

    __tablename__ = "stock_at_location"
    __table_args__ = (
        CheckConstraint("on_hand >= 0", name="on_hand"),
        Index("ix_stock_at_location_location", "location"),
    )

    sku: Mapped[str] = mapped_column(ForeignKey(Product.sku), primary_key=True)
    location: Mapped[str] = mapped_column(ForeignKey(Location.code), primary_key=True)
    on_hand: Mapped[int]


class ShipmentPick(Base):
    """Cases of a shipment line picked from a location, still in its stock until they ship."""

    __tablename__ = "shipment_pick"
    __table_args__ = (
        ForeignKeyConstraint(
            ["shipment_number", "line"], [ShipmentLine.shipment_number, ShipmentLine.line]
        ),
        CheckConstraint("quantity >= 1", name="quantity"),
        Index("ix_shipment_pick_sku", "sku"),
    )

    shipment_number: Mapped[str] = mapped_column(Text, primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    location: Mapped[str] = mapped_column(ForeignKey(Location.code), primary_key=True)
    sku: Mapped[str] = mapped_column(ForeignKey(Product.sku))
    quantity: Mapped[int]


class StockTake(Base):
    """A stock-take of one or more locations; stock changes only when its differences are confirmed.

    `version` counts every change.
    """

    __tablename__ = "stock_take"
    __table_args__ = (
        CheckConstraint(one_of("status", TAKE_STATUSES), name="status"),
        Index("ix_stock_take_started", "started_at", "number"),
    )

    number: Mapped[str] = mapped_column(Text, primary_key=True)
    words: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    started_by: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime] = mapped_column(Moment)
    ended_by: Mapped[str] = mapped_column(Text)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    version: Mapped[int]
    lines: Mapped[list["StockTakeLine"]] = relationship(
        order_by="(StockTakeLine.location, StockTakeLine.sku)", lazy="raise"
    )


class StockTakeLine(Base):
    """A product counted at a location, with who counted it.

    A line from before locations were recorded has none until it is counted; it means the default
    one.

    `booked` is the stock recorded at the moment of counting; None until then.
    """

    __tablename__ = "stock_take_line"
    __table_args__ = (
        CheckConstraint("counted >= 0", name="counted"),
        Index(
            "uq_stock_take_line_place",
            "number",
            "sku",
            "location",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )
    __mapper_args__ = {"primary_key": ["number", "sku", "location"]}  # noqa: RUF012

    number: Mapped[str] = mapped_column(ForeignKey(StockTake.number))
    sku: Mapped[str] = mapped_column(ForeignKey(Product.sku))
    location: Mapped[str | None] = mapped_column(ForeignKey(Location.code))
    counted: Mapped[int | None]
    booked: Mapped[int | None]
    counted_by: Mapped[str] = mapped_column(Text)

    @property
    def difference(self) -> int:
        """Counted minus booked cases, as of the count; 0 if not counted."""
        return 0 if self.counted is None or self.booked is None else self.counted - self.booked
