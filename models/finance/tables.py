"""Tables of the finance service: expenses, lines, vouchers, decisions, runs, budgets, people."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    LargeBinary,
    Numeric,
    Sequence,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from models.finance.vocabulary import Status
from models.shared.database.rows import JsonObject
from models.shared.database.tables import (
    Moment,
    metadata_of,
    one_of,
)

STATUSES = Status.values()
VERDICTS = ("approved", "partly_approved", "refused", "sent_back")
EXPENSE_NUMBER = Sequence("expense_number", start=2001, metadata=metadata_of("finance"))
RUN_NUMBER = Sequence("run_number", start=101, metadata=metadata_of("finance"))
Money = Numeric(12, 2)


class Base(DeclarativeBase):
    """What the tables of the schema `finance` share."""

    metadata = metadata_of("finance")


class Person(Base):
    """An employee as last returned by the profile service; a projection."""

    __tablename__ = "person"
    uid: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    department: Mapped[str] = mapped_column(Text)
    manager: Mapped[str | None] = mapped_column(Text)
    groups: Mapped[list[str]] = mapped_column(ARRAY(Text))


class Run(Base):
    """A reimbursement run: the expenses that payroll pays together. `total` is in `currency`.

    `exported_at` is when payroll's file was first taken; until then the run can be voided. Runs
    from before this was noted are not `voidable`.
    """

    __tablename__ = "run"
    number: Mapped[str] = mapped_column(Text, primary_key=True)
    made_at: Mapped[datetime] = mapped_column(Moment)
    made_by: Mapped[str] = mapped_column(Text)
    expenses: Mapped[int]
    total: Mapped[Decimal] = mapped_column(Numeric(14, 2))
    currency: Mapped[str] = mapped_column(Text)
    exported_at: Mapped[datetime | None] = mapped_column(Moment)
    voided_at: Mapped[datetime | None] = mapped_column(Moment)
    voidable: Mapped[bool] = mapped_column(server_default=text("false"))


class Expense(Base):
    """What somebody paid for the company.

    `round` counts the submissions, `version` every change. `approver` decides first; it is empty if
    the owner has no manager and accounting decides alone. `first_decider` approved before
    accounting. `reason` is the last question or refusal, `reply` what the owner answered to it.
    `asked` are those who were asked to decide, None for expenses submitted before this was
    recorded. `form` is the open form that saved last, so that saves of one form never conflict with
    each other.
    """

    __tablename__ = "expense"
    __table_args__ = (
        CheckConstraint(one_of("status", STATUSES), name="status"),
        CheckConstraint(
            "total >= 0 AND (approved_total IS NULL OR approved_total BETWEEN 0 AND total)",
            name="totals",
        ),
        CheckConstraint("(status = 'reimbursed') = (run_number IS NOT NULL)", name="paid_in_a_run"),
        CheckConstraint("approver <> owner AND first_decider <> owner", name="nobody_their_own"),
        Index("ix_expense_owner", "owner", "changed_at", "number"),
        Index("ix_expense_approver", "approver", "changed_at", "number"),
        Index("ix_expense_status", "status", "changed_at", "number"),
        Index("ix_expense_changed", "changed_at", "number"),
        Index("ix_expense_run", "run_number"),
        Index(
            "ix_expense_search_trgm",
            "search_text",
            postgresql_using="gin",
            postgresql_ops={"search_text": "public.gin_trgm_ops"},
        ),
    )
    number: Mapped[str] = mapped_column(Text, primary_key=True)
    owner: Mapped[str] = mapped_column(Text)
    asked: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    owner_name: Mapped[str] = mapped_column(Text)
    department: Mapped[str] = mapped_column(Text)
    purpose: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    total: Mapped[Decimal] = mapped_column(Money)
    approved_total: Mapped[Decimal | None] = mapped_column(Money)
    approver: Mapped[str] = mapped_column(Text)
    approver_name: Mapped[str] = mapped_column(Text)
    first_decider: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    reply: Mapped[str] = mapped_column(Text, server_default=text("''"))
    marks: Mapped[int]
    round: Mapped[int]
    last_line: Mapped[int]
    run_number: Mapped[str | None] = mapped_column(ForeignKey(Run.number))
    search_text: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    form: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Moment)
    changed_at: Mapped[datetime] = mapped_column(Moment)
    submitted_at: Mapped[datetime | None] = mapped_column(Moment)
    settled_at: Mapped[datetime | None] = mapped_column(Moment)
    correlation_id: Mapped[str] = mapped_column(Text)
    lines: Mapped[list["ExpenseLine"]] = relationship(
        order_by="ExpenseLine.line",
        lazy="raise",
        cascade="all, delete-orphan",
        passive_deletes=True,
    )


class ExpenseLine(Base):
    """One item paid for; may be incomplete while the expense is a draft.

    The number `line` is never reused within the expense. `why` justifies an amount above a limit.
    `approved` is the part of `amount` that was approved.
    """

    __tablename__ = "expense_line"
    __table_args__ = (
        CheckConstraint("amount IS NULL OR amount > 0", name="amount"),
        CheckConstraint("approved IS NULL OR approved BETWEEN 0 AND amount", name="approved"),
        Index("ix_expense_line_spent", "spent_on", "amount"),
    )
    expense_number: Mapped[str] = mapped_column(
        ForeignKey(Expense.number, ondelete="CASCADE"), primary_key=True
    )
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    what: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(Text)
    spent_on: Mapped[date | None]
    amount: Mapped[Decimal | None] = mapped_column(Money)
    approved: Mapped[Decimal | None] = mapped_column(Money)
    why: Mapped[str] = mapped_column(Text)
    vouchers: Mapped[list["Voucher"]] = relationship(
        order_by="Voucher.uploaded_at",
        lazy="raise",
        cascade="all, delete-orphan",
        passive_deletes=True,
    )


class Voucher(Base):
    """The clean copy of an attached receipt.

    `sha256` is of the uploaded file, so that the same file is recognized again. `content` and
    `thumb` are loaded only on request; a PDF has no thumbnail.
    """

    __tablename__ = "voucher"
    __table_args__ = (
        ForeignKeyConstraint(
            ["expense_number", "line"],
            ["finance.expense_line.expense_number", "finance.expense_line.line"],
            ondelete="CASCADE",
        ),
        CheckConstraint("kind IN ('image/jpeg', 'application/pdf')", name="kind"),
        Index("ix_voucher_line", "expense_number", "line"),
        Index("ix_voucher_sha256", "sha256"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    expense_number: Mapped[str] = mapped_column(Text)
    line: Mapped[int]
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    size: Mapped[int]
    pages: Mapped[int]
    sha256: Mapped[str] = mapped_column(Text)
    uploaded_at: Mapped[datetime] = mapped_column(Moment)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    thumb: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)


class Decision(Base):
    """A decision: who made it, on whose behalf, on which step, with the policy findings of then."""

    __tablename__ = "decision"
    __table_args__ = (
        CheckConstraint(one_of("verdict", VERDICTS), name="verdict"),
        CheckConstraint("step IN ('manager', 'accounting')", name="step"),
        Index("ix_decision_expense", "expense_number", "id"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    expense_number: Mapped[str] = mapped_column(ForeignKey(Expense.number))
    round: Mapped[int]
    step: Mapped[str] = mapped_column(Text)
    verdict: Mapped[str] = mapped_column(Text)
    decided_at: Mapped[datetime] = mapped_column(Moment)
    decided_by: Mapped[str] = mapped_column(Text)
    in_place_of: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    total: Mapped[Decimal] = mapped_column(Money)
    granted: Mapped[dict[str, str]] = mapped_column(JSONB)
    findings: Mapped[list[JsonObject]] = mapped_column(JSONB)


class Budget(Base):
    """A department's monthly budget, in US dollars."""

    __tablename__ = "budget"
    __table_args__ = (CheckConstraint("monthly >= 0", name="monthly"),)
    department: Mapped[str] = mapped_column(Text, primary_key=True)
    monthly: Mapped[Decimal] = mapped_column(Money)
    version: Mapped[int]
