"""What the profile service keeps: the company's settings, and what each person set for themselves."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.shared.tables import Moment, base_of


class Revision(base_of("profile")):  # type: ignore[misc]
    """The last number given to a change of one kind of record. Its row is the lock that makes numbers follow commits."""

    __tablename__ = "revision"
    source: Mapped[str] = mapped_column(Text, primary_key=True)
    n: Mapped[int] = mapped_column(BigInteger)


class SettingValue(base_of("profile")):  # type: ignore[misc]
    """A setting that was ever changed; the others have their defaults."""

    __tablename__ = "setting"
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[Any] = mapped_column(JSONB)
    revision: Mapped[int] = mapped_column(BigInteger, index=True)
    changed_by: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(Moment)
