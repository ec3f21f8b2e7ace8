"""Tables of the profile service: company settings, preferences, avatars, programs' access."""

from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from models.shared.database.rows import JsonObject
from models.shared.database.tables import Moment, metadata_of


class Base(DeclarativeBase):
    """What the tables of the schema `profile` share."""

    metadata = metadata_of("profile")


class Revision(Base):
    """The last revision number given to a change of one kind of record.

    Its row is the lock that makes revisions follow the order of commits.
    """

    __tablename__ = "revision"
    source: Mapped[str] = mapped_column(Text, primary_key=True)
    n: Mapped[int] = mapped_column(BigInteger)


class SettingValue(Base):
    """A setting that was changed at least once; the others have their defaults."""

    __tablename__ = "setting"
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[Any] = mapped_column(JSONB)
    revision: Mapped[int] = mapped_column(BigInteger, index=True)
    changed_by: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(Moment)


class PersonPreferences(Base):
    """What one person set for themselves; a person without a row has the defaults."""

    __tablename__ = "preference"
    uid: Mapped[str] = mapped_column(Text, primary_key=True)
    revision: Mapped[int] = mapped_column(BigInteger, index=True)
    theme: Mapped[str] = mapped_column(Text)
    density: Mapped[str] = mapped_column(Text)
    time_zone: Mapped[str] = mapped_column(Text)
    start_page: Mapped[str] = mapped_column(Text)
    notify: Mapped[JsonObject] = mapped_column(JSONB)
    quiet_from: Mapped[time | None]
    quiet_until: Mapped[time | None]
    away_from: Mapped[date | None]
    away_until: Mapped[date | None]
    delegate: Mapped[str | None] = mapped_column(Text)
    avatar: Mapped[str] = mapped_column(Text, server_default="")
    views: Mapped[JsonObject] = mapped_column(JSONB, server_default="{}")
    columns: Mapped[JsonObject] = mapped_column(JSONB, server_default="{}")
    __table_args__ = (
        CheckConstraint("theme IN ('auto', 'light', 'dark')", name="theme"),
        CheckConstraint("density IN ('comfortable', 'compact')", name="density"),
        CheckConstraint(
            "(quiet_from IS NULL) = (quiet_until IS NULL)", name="quiet_hours_have_both_ends"
        ),
        CheckConstraint(
            "(away_from IS NULL) = (away_until IS NULL) AND away_from <= away_until",
            name="away_has_both_ends",
        ),
        CheckConstraint("delegate <> uid", name="delegate_is_another"),
    )


class Avatar(Base):
    """A person's avatar: square and re-encoded, without any metadata of the camera."""

    __tablename__ = "avatar"
    uid: Mapped[str] = mapped_column(Text, primary_key=True)
    digest: Mapped[str] = mapped_column(Text)
    picture: Mapped[bytes]
    made_at: Mapped[datetime] = mapped_column(Moment)
    __table_args__ = (CheckConstraint("octet_length(picture) <= 200000", name="size"),)


class AccessToken(Base):
    """A personal access token: with it, programs act for `uid` until it expires or is revoked.

    Only the SHA-256 of the token is stored, and its last four characters to tell it by. `rights`
    are of the form `orders:read`.
    """

    __tablename__ = "access_token"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(Text, index=True)
    name: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(Text, unique=True)
    ending: Mapped[str] = mapped_column(Text)
    rights: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    last_used_at: Mapped[datetime | None] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)
    revoked_by: Mapped[str | None] = mapped_column(Text)
    __table_args__ = (
        CheckConstraint("length(digest) = 64", name="digest"),
        CheckConstraint("cardinality(rights) > 0", name="rights"),
        CheckConstraint("(revoked_at IS NULL) = (revoked_by IS NULL)", name="revoked_by_somebody"),
    )


class ServiceAccount(Base):
    """An account that no person signs in with: its access tokens act with its own roles.

    `uid` is its name with `.service` after it. `created_by` answers for it.
    """

    __tablename__ = "service_account"
    uid: Mapped[str] = mapped_column(Text, primary_key=True)
    purpose: Mapped[str] = mapped_column(Text)
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Moment)
    disabled_at: Mapped[datetime | None] = mapped_column(Moment)
    disabled_by: Mapped[str | None] = mapped_column(Text)
    __table_args__ = (
        CheckConstraint("uid LIKE '%.service'", name="uid"),
        CheckConstraint(
            "(disabled_at IS NULL) = (disabled_by IS NULL)", name="disabled_by_somebody"
        ),
    )
