"""sales: clients"""

import sqlalchemy as sa
from alembic import op

revision = "0002_sales"
down_revision = "0001_all"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SEQUENCE sales.client_number START 1001")
    op.create_table(
        "client",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("contact_name", sa.Text(), nullable=False),
        sa.Column("contact_mail", sa.Text(), nullable=False),
        sa.Column("contact_phone", sa.Text(), nullable=False),
        sa.Column("street", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("postcode", sa.Text(), nullable=False),
        sa.Column("payment_terms_days", sa.Integer(), nullable=False),
        sa.Column("credit_limit", sa.Numeric(14, 2), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "payment_terms_days BETWEEN 0 AND 120", name=op.f("ck_client_payment_terms")
        ),
        sa.CheckConstraint("credit_limit >= 0", name=op.f("ck_client_credit_limit")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_client")),
        schema="sales",
    )
    op.create_index("ix_client_name", "client", ["name"], schema="sales")


def downgrade() -> None:
    op.drop_table("client", schema="sales")
    op.execute("DROP SEQUENCE sales.client_number")
