"""sales: leads and what was said of them, clients' versions, further contacts and addresses, imports"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009_sales"
down_revision = "0008_notifications"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SEQUENCE sales.lead_number START 1001")
    op.create_table(
        "lead_import",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('reading', 'ready', 'unreadable', 'creating', 'done', 'discarded')",
            name=op.f("ck_lead_import_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_import")),
        schema="sales",
    )
    op.create_index(
        "ix_lead_import_actor", "lead_import", ["actor", "id"], unique=False, schema="sales"
    )
    op.create_table(
        "client_address",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("client_number", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("street", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("postcode", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_number"], ["sales.client.number"], name=op.f("fk_client_address_client_number")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_address")),
        schema="sales",
    )
    op.create_index(
        "ix_client_address_client",
        "client_address",
        ["client_number", "id"],
        unique=False,
        schema="sales",
    )
    op.create_table(
        "client_contact",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("client_number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("mail", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("mail_key", sa.Text(), nullable=False),
        sa.Column("phone_key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_number"], ["sales.client.number"], name=op.f("fk_client_contact_client_number")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_contact")),
        schema="sales",
    )
    op.create_index(
        "ix_client_contact_client",
        "client_contact",
        ["client_number", "id"],
        unique=False,
        schema="sales",
    )
    op.create_index(
        "ix_client_contact_mail_key", "client_contact", ["mail_key"], unique=False, schema="sales"
    )
    op.create_table(
        "lead",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("contact_name", sa.Text(), nullable=False),
        sa.Column("mail", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("expected_value", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("stage_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_kind", sa.Text(), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=False),
        sa.Column("next_note", sa.Text(), nullable=False),
        sa.Column("lost_reason", sa.Text(), nullable=False),
        sa.Column("lost_note", sa.Text(), nullable=False),
        sa.Column("lost_from", sa.Text(), nullable=False),
        sa.Column("client_number", sa.Text(), nullable=True),
        sa.Column("merged_into", sa.Text(), nullable=True),
        sa.Column("company_key", sa.Text(), nullable=False),
        sa.Column("mail_key", sa.Text(), nullable=False),
        sa.Column("phone_key", sa.Text(), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("correlation_id", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(stage = 'converted') = (client_number IS NOT NULL)", name=op.f("ck_lead_converted")
        ),
        sa.CheckConstraint(
            "(stage = 'lost') = (lost_reason IN ('price', 'competitor', 'no_need', 'no_answer', 'timing', 'other'))",
            name=op.f("ck_lead_lost_reason"),
        ),
        sa.CheckConstraint(
            "next_kind = '' OR next_kind IN ('call', 'mail', 'meeting', 'visit', 'quote')",
            name=op.f("ck_lead_next_kind"),
        ),
        sa.CheckConstraint(
            "source IN ('referral', 'website', 'cold_call', 'trade_show', 'mailing', 'import', 'other')",
            name=op.f("ck_lead_source"),
        ),
        sa.CheckConstraint(
            "stage IN ('new', 'contacted', 'qualified', 'proposal', 'converted', 'lost')",
            name=op.f("ck_lead_stage"),
        ),
        sa.CheckConstraint("expected_value >= 0", name=op.f("ck_lead_expected_value")),
        sa.ForeignKeyConstraint(
            ["client_number"], ["sales.client.number"], name=op.f("fk_lead_client_number")
        ),
        sa.ForeignKeyConstraint(
            ["merged_into"], ["sales.lead.number"], name=op.f("fk_lead_merged_into")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_lead")),
        schema="sales",
    )
    op.create_index(
        "ix_lead_client",
        "lead",
        ["client_number"],
        unique=False,
        schema="sales",
        postgresql_where=sa.text("client_number IS NOT NULL"),
    )
    op.create_index(
        "ix_lead_company",
        "lead",
        ["company", "number"],
        unique=False,
        schema="sales",
        postgresql_where=sa.text("merged_into IS NULL"),
    )
    op.create_index("ix_lead_company_key", "lead", ["company_key"], unique=False, schema="sales")
    op.create_index(
        "ix_lead_created",
        "lead",
        ["created_at", "number"],
        unique=False,
        schema="sales",
        postgresql_where=sa.text("merged_into IS NULL"),
    )
    op.create_index(
        "ix_lead_mail_key",
        "lead",
        ["mail_key"],
        unique=False,
        schema="sales",
        postgresql_where=sa.text("mail_key <> ''"),
    )
    op.create_index(
        "ix_lead_merged_into",
        "lead",
        ["merged_into"],
        unique=False,
        schema="sales",
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )
    op.create_index(
        "ix_lead_next",
        "lead",
        ["next_on", "number"],
        unique=False,
        schema="sales",
        postgresql_where=sa.text("merged_into IS NULL"),
    )
    op.create_index(
        "ix_lead_owner",
        "lead",
        ["owner", "stage", "next_on"],
        unique=False,
        schema="sales",
        postgresql_where=sa.text("merged_into IS NULL"),
    )
    op.create_index(
        "ix_lead_phone_key",
        "lead",
        ["phone_key"],
        unique=False,
        schema="sales",
        postgresql_where=sa.text("phone_key <> ''"),
    )
    op.create_index(
        "ix_lead_search_trgm",
        "lead",
        ["search_text"],
        unique=False,
        schema="sales",
        postgresql_using="gin",
        postgresql_ops={"search_text": "public.gin_trgm_ops"},
    )
    op.create_index(
        "ix_lead_stage",
        "lead",
        ["stage", "next_on", "number"],
        unique=False,
        schema="sales",
        postgresql_where=sa.text("merged_into IS NULL"),
    )
    op.create_index(
        "ix_lead_value",
        "lead",
        ["expected_value", "number"],
        unique=False,
        schema="sales",
        postgresql_where=sa.text("merged_into IS NULL"),
    )
    op.create_table(
        "lead_import_row",
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("values", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("lead_number", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "verdict IN ('create', 'duplicate', 'wrong')", name=op.f("ck_lead_import_row_verdict")
        ),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["sales.lead_import.id"],
            name=op.f("fk_lead_import_row_import_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("import_id", "line", name=op.f("pk_lead_import_row")),
        schema="sales",
    )
    op.create_index(
        "ix_lead_import_row_verdict",
        "lead_import_row",
        ["import_id", "verdict", "line"],
        unique=False,
        schema="sales",
    )
    op.create_table(
        "lead_entry",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_number", sa.Text(), nullable=False),
        sa.Column("told_of", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('note', 'call')", name=op.f("ck_lead_entry_kind")),
        sa.CheckConstraint(
            "outcome IN ('', 'reached', 'no_answer', 'left_message')",
            name=op.f("ck_lead_entry_outcome"),
        ),
        sa.ForeignKeyConstraint(
            ["lead_number"], ["sales.lead.number"], name=op.f("fk_lead_entry_lead_number")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_entry")),
        schema="sales",
    )
    op.create_index(
        "ix_lead_entry_lead", "lead_entry", ["lead_number", "id"], unique=False, schema="sales"
    )
    for name, kind, default in (
        ("active", sa.Boolean(), "true"),
        ("company_key", sa.Text(), "''"),
        ("search_text", sa.Text(), "''"),
        ("version", sa.Integer(), "1"),
    ):
        op.add_column(
            "client",
            sa.Column(name, kind, nullable=False, server_default=sa.text(default)),
            schema="sales",
        )
        op.alter_column("client", name, server_default=None, schema="sales")
    op.execute(
        "UPDATE sales.client SET company_key = lower(name),"
        " search_text = lower(concat_ws(' ', number, name, contact_name, contact_mail, city))"
    )
    op.drop_index(op.f("ix_client_name"), table_name="client", schema="sales")
    op.create_index("ix_client_name", "client", ["name", "number"], unique=False, schema="sales")
    op.create_index(
        "ix_client_company_key", "client", ["company_key"], unique=False, schema="sales"
    )
    op.create_index(
        "ix_client_created", "client", ["created_at", "number"], unique=False, schema="sales"
    )
    op.create_index(
        "ix_client_limit", "client", ["credit_limit", "number"], unique=False, schema="sales"
    )
    op.create_index(
        "ix_client_search_trgm",
        "client",
        ["search_text"],
        unique=False,
        schema="sales",
        postgresql_using="gin",
        postgresql_ops={"search_text": "public.gin_trgm_ops"},
    )


def downgrade() -> None:
    op.drop_index(
        "ix_client_search_trgm",
        table_name="client",
        schema="sales",
        postgresql_using="gin",
        postgresql_ops={"search_text": "public.gin_trgm_ops"},
    )
    op.drop_index("ix_client_limit", table_name="client", schema="sales")
    op.drop_index("ix_client_created", table_name="client", schema="sales")
    op.drop_index("ix_client_company_key", table_name="client", schema="sales")
    op.drop_index("ix_client_name", table_name="client", schema="sales")
    op.create_index(op.f("ix_client_name"), "client", ["name"], unique=False, schema="sales")
    op.drop_column("client", "version", schema="sales")
    op.drop_column("client", "search_text", schema="sales")
    op.drop_column("client", "company_key", schema="sales")
    op.drop_column("client", "active", schema="sales")
    op.drop_index("ix_lead_entry_lead", table_name="lead_entry", schema="sales")
    op.drop_table("lead_entry", schema="sales")
    op.drop_index("ix_lead_import_row_verdict", table_name="lead_import_row", schema="sales")
    op.drop_table("lead_import_row", schema="sales")
    op.drop_index(
        "ix_lead_value",
        table_name="lead",
        schema="sales",
        postgresql_where=sa.text("merged_into IS NULL"),
    )
    op.drop_index(
        "ix_lead_stage",
        table_name="lead",
        schema="sales",
        postgresql_where=sa.text("merged_into IS NULL"),
    )
    op.drop_index(
        "ix_lead_search_trgm",
        table_name="lead",
        schema="sales",
        postgresql_using="gin",
        postgresql_ops={"search_text": "public.gin_trgm_ops"},
    )
    op.drop_index(
        "ix_lead_phone_key",
        table_name="lead",
        schema="sales",
        postgresql_where=sa.text("phone_key <> ''"),
    )
    op.drop_index(
        "ix_lead_owner",
        table_name="lead",
        schema="sales",
        postgresql_where=sa.text("merged_into IS NULL"),
    )
    op.drop_index(
        "ix_lead_next",
        table_name="lead",
        schema="sales",
        postgresql_where=sa.text("merged_into IS NULL"),
    )
    op.drop_index(
        "ix_lead_merged_into",
        table_name="lead",
        schema="sales",
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )
    op.drop_index(
        "ix_lead_mail_key",
        table_name="lead",
        schema="sales",
        postgresql_where=sa.text("mail_key <> ''"),
    )
    op.drop_index(
        "ix_lead_created",
        table_name="lead",
        schema="sales",
        postgresql_where=sa.text("merged_into IS NULL"),
    )
    op.drop_index("ix_lead_company_key", table_name="lead", schema="sales")
    op.drop_index(
        "ix_lead_company",
        table_name="lead",
        schema="sales",
        postgresql_where=sa.text("merged_into IS NULL"),
    )
    op.drop_index(
        "ix_lead_client",
        table_name="lead",
        schema="sales",
        postgresql_where=sa.text("client_number IS NOT NULL"),
    )
    op.drop_table("lead", schema="sales")
    op.drop_index("ix_client_contact_mail_key", table_name="client_contact", schema="sales")
    op.drop_index("ix_client_contact_client", table_name="client_contact", schema="sales")
    op.drop_table("client_contact", schema="sales")
    op.drop_index("ix_client_address_client", table_name="client_address", schema="sales")
    op.drop_table("client_address", schema="sales")
    op.drop_index("ix_lead_import_actor", table_name="lead_import", schema="sales")
    op.drop_table("lead_import", schema="sales")
    op.execute("DROP SEQUENCE sales.lead_number")
