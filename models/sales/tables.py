"""Tables of the sales service: leads with notes and calls, clients with contacts, imports."""

from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    Numeric,
    Sequence,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from models.sales.stages import ACTIVITIES, LOST_REASONS, SOURCES, STAGES
from models.shared.database.rows import JsonObject
from models.shared.database.tables import (
    Moment,
    metadata_of,
    one_of,
)

CLIENT_NUMBER = Sequence("client_number", start=1001, metadata=metadata_of("sales"))
LEAD_NUMBER = Sequence("lead_number", start=1001, metadata=metadata_of("sales"))
FAR = date(9999, 12, 31)  # `next_on` of a lead without a next step, so that it sorts last
VERDICTS = ("create", "duplicate", "wrong")
IMPORT_STATES = ("reading", "ready", "unreadable", "creating", "done", "discarded")


def _search(table: str) -> Index:
    return Index(
        f"ix_{table}_search_trgm",
        "search_text",
        postgresql_using="gin",
        postgresql_ops={"search_text": "public.gin_trgm_ops"},
    )


class Base(DeclarativeBase):
    """What the tables of the schema `sales` share."""

    metadata = metadata_of("sales")
    __table__: ClassVar[Table]


class Lead(Base):
    """A company that may become a client. Money is in `currency`.

    The `*_key` columns hold normal forms (matching.py). `next_on` is FAR if no next step is
    planned, `told_due_on` the day of the step that its owner was told is due. A lead with
    `merged_into` set is kept only for its history.
    """

    __tablename__ = "lead"
    __table_args__ = (
        Index("ix_lead_company_folded", text("sales.folded(company)"), "number"),
        CheckConstraint(one_of("stage", STAGES), name="stage"),
        CheckConstraint(one_of("source", SOURCES), name="source"),
        CheckConstraint(f"next_kind = '' OR {one_of('next_kind', ACTIVITIES)}", name="next_kind"),
        CheckConstraint(
            f"(stage = 'lost') = ({one_of('lost_reason', LOST_REASONS)})", name="lost_reason"
        ),
        CheckConstraint("(stage = 'converted') = (client_number IS NOT NULL)", name="converted"),
        CheckConstraint("expected_value >= 0", name="expected_value"),
        Index(
            "ix_lead_created", "created_at", "number", postgresql_where=text("merged_into IS NULL")
        ),
        Index(
            "ix_lead_value",
            "expected_value",
            "number",
            postgresql_where=text("merged_into IS NULL"),
        ),
        Index("ix_lead_next", "next_on", "number", postgresql_where=text("merged_into IS NULL")),
        Index("ix_lead_company", "company", "number", postgresql_where=text("merged_into IS NULL")),
        Index(
            "ix_lead_stage",
            "stage",
            "next_on",
            "number",
            postgresql_include=["expected_value"],
            postgresql_where=text("merged_into IS NULL"),
        ),
        Index(
            "ix_lead_owner",
            "owner",
            "stage",
            "next_on",
            postgresql_include=["expected_value"],
            postgresql_where=text("merged_into IS NULL"),
        ),
        Index(
            "ix_lead_closed",
            "stage",
            "closed_at",
            postgresql_include=["expected_value", "lost_reason"],
            postgresql_where=text("merged_into IS NULL"),
        ),
        Index("ix_lead_company_key", "company_key"),
        Index("ix_lead_mail_key", "mail_key", postgresql_where=text("mail_key <> ''")),
        Index("ix_lead_phone_key", "phone_key", postgresql_where=text("phone_key <> ''")),
        Index(
            "ix_lead_client", "client_number", postgresql_where=text("client_number IS NOT NULL")
        ),
        Index(
            "ix_lead_merged_into", "merged_into", postgresql_where=text("merged_into IS NOT NULL")
        ),
        _search("lead"),
    )

    number: Mapped[str] = mapped_column(Text, primary_key=True)
    company: Mapped[str] = mapped_column(Text)
    contact_name: Mapped[str] = mapped_column(Text)
    mail: Mapped[str] = mapped_column(Text)
    phone: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    expected_value: Mapped[Decimal] = mapped_column(Numeric(14, 2))
    currency: Mapped[str] = mapped_column(Text)
    owner: Mapped[str] = mapped_column(Text)
    stage: Mapped[str] = mapped_column(Text)
    stage_since: Mapped[datetime] = mapped_column(Moment)
    next_kind: Mapped[str] = mapped_column(Text)
    next_on: Mapped[date] = mapped_column(Date)
    next_note: Mapped[str] = mapped_column(Text)
    lost_reason: Mapped[str] = mapped_column(Text)
    lost_note: Mapped[str] = mapped_column(Text)
    lost_from: Mapped[str] = mapped_column(Text)
    client_number: Mapped[str | None] = mapped_column(ForeignKey("client.number"))
    merged_into: Mapped[str | None] = mapped_column(ForeignKey("lead.number"))
    company_key: Mapped[str] = mapped_column(Text)
    mail_key: Mapped[str] = mapped_column(Text)
    phone_key: Mapped[str] = mapped_column(Text)
    search_text: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    told_due_on: Mapped[date | None] = mapped_column(Date)
    correlation_id: Mapped[str] = mapped_column(Text)


class LeadEntry(Base):
    """A note on a lead, or a call with its outcome. Append-only.

    `told_of` is the lead it was written on; `lead_number` changes when leads are merged.
    """

    __tablename__ = "lead_entry"
    __table_args__ = (
        CheckConstraint("kind IN ('note', 'call')", name="kind"),
        CheckConstraint("outcome IN ('', 'reached', 'no_answer', 'left_message')", name="outcome"),
        Index("ix_lead_entry_lead", "lead_number", "id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    lead_number: Mapped[str] = mapped_column(ForeignKey(Lead.number))
    told_of: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str] = mapped_column(Text)
    words: Mapped[str] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Moment)


class Client(Base):
    """A company that buys. `number` is CL-1001 and up; money is in `currency`.

    The contact and address here are the main ones; additional ones have tables of their own.
    """

    __tablename__ = "client"
    __table_args__ = (
        CheckConstraint("payment_terms_days BETWEEN 0 AND 120", name="payment_terms"),
        CheckConstraint("credit_limit >= 0", name="credit_limit"),
        Index("ix_client_name", "name", "number"),
        Index("ix_client_name_folded", text("sales.folded(name)"), "number"),
        Index("ix_client_created", "created_at", "number"),
        Index("ix_client_limit", "credit_limit", "number"),
        Index("ix_client_company_key", "company_key"),
        _search("client"),
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
    active: Mapped[bool]
    company_key: Mapped[str] = mapped_column(Text)
    search_text: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Moment)


class ClientContact(Base):
    """An additional contact at a client."""

    __tablename__ = "client_contact"
    __table_args__ = (
        Index("ix_client_contact_client", "client_number", "id"),
        Index("ix_client_contact_mail_key", "mail_key"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    client_number: Mapped[str] = mapped_column(ForeignKey(Client.number))
    name: Mapped[str] = mapped_column(Text)
    mail: Mapped[str] = mapped_column(Text)
    phone: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    mail_key: Mapped[str] = mapped_column(Text)
    phone_key: Mapped[str] = mapped_column(Text)


class ClientAddress(Base):
    """An additional ship-to address, with a label such as "Warehouse, back door"."""

    __tablename__ = "client_address"
    __table_args__ = (Index("ix_client_address_client", "client_number", "id"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    client_number: Mapped[str] = mapped_column(ForeignKey(Client.number))
    label: Mapped[str] = mapped_column(Text)
    street: Mapped[str] = mapped_column(Text)
    city: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    postcode: Mapped[str] = mapped_column(Text)


class LeadImport(Base):
    """An imported file of leads: read, reviewed, and then created all or nothing.

    Of `total` rows, `done` are read (or, once confirmed, created). `counts` maps verdict to number
    of rows. `people` maps the accepted spellings of the possible owners, as of the upload, to uids;
    `columns` is the Mapping (models/shared/import_columns.py) of the file's columns, empty until it
    is read; `left_out` lists those that are for no field. `content` is empty once it is no longer
    needed. `undone_at`: its leads were taken out again.
    """

    __tablename__ = "lead_import"
    __table_args__ = (
        CheckConstraint(one_of("state", IMPORT_STATES), name="state"),
        Index("ix_lead_import_actor", "actor", "id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    actor: Mapped[str] = mapped_column(Text)
    filename: Mapped[str] = mapped_column(Text)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    state: Mapped[str] = mapped_column(Text)
    total: Mapped[int]
    done: Mapped[int]
    counts: Mapped[JsonObject] = mapped_column(JSONB)
    problem: Mapped[str] = mapped_column(Text)
    people: Mapped[dict[str, str]] = mapped_column(JSONB, server_default=text("'{}'"))
    left_out: Mapped[list[str]] = mapped_column(JSONB, server_default=text("'[]'"))
    columns: Mapped[JsonObject] = mapped_column(JSONB, server_default=text("'{}'"))
    created_at: Mapped[datetime] = mapped_column(Moment)
    undone_at: Mapped[datetime | None] = mapped_column(Moment)


class LeadImportRow(Base):
    """A row of the file, its verdict and the reason. `line` is the line number in the file."""

    __tablename__ = "lead_import_row"
    __table_args__ = (
        CheckConstraint(one_of("verdict", VERDICTS), name="verdict"),
        Index("ix_lead_import_row_verdict", "import_id", "verdict", "line"),
    )

    import_id: Mapped[int] = mapped_column(
        ForeignKey(LeadImport.id, ondelete="CASCADE"), primary_key=True
    )
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    values: Mapped[dict[str, str]] = mapped_column(JSONB)
    verdict: Mapped[str] = mapped_column(Text)
    why: Mapped[str] = mapped_column(Text)
    lead_number: Mapped[str | None] = mapped_column(Text)
