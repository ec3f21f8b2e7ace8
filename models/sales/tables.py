"""Tables of the sales service."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Index, Numeric, Sequence, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.shared.tables import Moment, base_of, metadata_of

CLIENT_NUMBER = Sequence("client_number", start=1001, metadata=metadata_of("sales"))


class Client(base_of("sales")):  # type: ignore[misc]
    """A company that buys. `number` is CL-1001 and up; money is in `currency`."""

    __tablename__ = "client"
    __table_args__ = (
        CheckConstraint("payment_terms_days BETWEEN 0 AND 120", name="payment_terms"),
        CheckConstraint("credit_limit >= 0", name="credit_limit"),
        Index("ix_client_name", "name"),
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
    created_at: Mapped[datetime] = mapped_column(Moment)
