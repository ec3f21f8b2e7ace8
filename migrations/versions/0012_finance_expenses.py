"""finance: expenses with lines, receipts and decisions; runs, budgets, people as known"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012_finance"
down_revision = "0011_profile"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SEQUENCE finance.expense_number START 2001")
    op.execute("CREATE SEQUENCE finance.run_number START 101")
    op.create_table(
        "budget",
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("monthly", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("monthly >= 0", name=op.f("ck_budget_monthly")),
        sa.PrimaryKeyConstraint("department", name=op.f("pk_budget")),
        schema="finance",
    )
    op.create_table(
        "person",
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("manager", sa.Text(), nullable=True),
        sa.Column("groups", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("uid", name=op.f("pk_person")),
        schema="finance",
    )
    op.create_table(
        "run",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("expenses", sa.Integer(), nullable=False),
        sa.Column("total", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_run")),
        schema="finance",
    )
    op.create_table(
        "expense",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("owner_name", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("total", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("approved_total", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column("approver", sa.Text(), nullable=False),
        sa.Column("approver_name", sa.Text(), nullable=False),
        sa.Column("first_decider", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("marks", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("last_line", sa.Integer(), nullable=False),
        sa.Column("run_number", sa.Text(), nullable=True),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("correlation_id", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(status = 'reimbursed') = (run_number IS NOT NULL)",
            name=op.f("ck_expense_paid_in_a_run"),
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'submitted', 'with_accounting', 'sent_back', 'approved', 'partly_approved', "
            "'refused', 'reimbursed')",
            name=op.f("ck_expense_status"),
        ),
        sa.CheckConstraint(
            "approver <> owner AND first_decider <> owner", name=op.f("ck_expense_nobody_their_own")
        ),
        sa.CheckConstraint(
            "total >= 0 AND (approved_total IS NULL OR approved_total BETWEEN 0 AND total)",
            name=op.f("ck_expense_totals"),
        ),
        sa.ForeignKeyConstraint(
            ["run_number"], ["finance.run.number"], name=op.f("fk_expense_run_number")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_expense")),
        schema="finance",
    )
    op.create_index(
        "ix_expense_approver", "expense", ["approver", "changed_at", "number"], schema="finance"
    )
    op.create_index("ix_expense_changed", "expense", ["changed_at", "number"], schema="finance")
    op.create_index(
        "ix_expense_owner", "expense", ["owner", "changed_at", "number"], schema="finance"
    )
    op.create_index("ix_expense_run", "expense", ["run_number"], schema="finance")
    op.create_index(
        "ix_expense_search_trgm",
        "expense",
        ["search_text"],
        schema="finance",
        postgresql_using="gin",
        postgresql_ops={"search_text": "public.gin_trgm_ops"},
    )
    op.create_index(
        "ix_expense_status", "expense", ["status", "changed_at", "number"], schema="finance"
    )
    op.create_table(
        "decision",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("expense_number", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("in_place_of", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("total", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("granted", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("findings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("step IN ('manager', 'accounting')", name=op.f("ck_decision_step")),
        sa.CheckConstraint(
            "verdict IN ('approved', 'partly_approved', 'refused', 'sent_back')",
            name=op.f("ck_decision_verdict"),
        ),
        sa.ForeignKeyConstraint(
            ["expense_number"], ["finance.expense.number"], name=op.f("fk_decision_expense_number")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        schema="finance",
    )
    op.create_index("ix_decision_expense", "decision", ["expense_number", "id"], schema="finance")
    op.create_table(
        "expense_line",
        sa.Column("expense_number", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("spent_on", sa.Date(), nullable=True),
        sa.Column("amount", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column("approved", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.CheckConstraint("amount IS NULL OR amount > 0", name=op.f("ck_expense_line_amount")),
        sa.CheckConstraint(
            "approved IS NULL OR approved BETWEEN 0 AND amount",
            name=op.f("ck_expense_line_approved"),
        ),
        sa.ForeignKeyConstraint(
            ["expense_number"],
            ["finance.expense.number"],
            name=op.f("fk_expense_line_expense_number"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("expense_number", "line", name=op.f("pk_expense_line")),
        schema="finance",
    )
    op.create_index(
        "ix_expense_line_spent", "expense_line", ["spent_on", "amount"], schema="finance"
    )
    op.create_table(
        "voucher",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("expense_number", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("thumb", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('image/jpeg', 'application/pdf')", name=op.f("ck_voucher_kind")
        ),
        sa.ForeignKeyConstraint(
            ["expense_number", "line"],
            ["finance.expense_line.expense_number", "finance.expense_line.line"],
            name=op.f("fk_voucher_expense_number_line"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voucher")),
        schema="finance",
    )
    op.create_index("ix_voucher_line", "voucher", ["expense_number", "line"], schema="finance")
    op.create_index("ix_voucher_sha256", "voucher", ["sha256"], schema="finance")

    op.execute(
        "REVOKE UPDATE, DELETE ON finance.decision FROM dm_finance"
    )  # a decision stands as it was taken


def downgrade() -> None:
    for table in ("voucher", "expense_line", "decision", "expense", "run", "person", "budget"):
        op.drop_table(table, schema="finance")
    op.execute("DROP SEQUENCE finance.run_number")
    op.execute("DROP SEQUENCE finance.expense_number")
