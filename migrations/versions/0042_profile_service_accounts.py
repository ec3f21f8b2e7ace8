"""profile: service accounts"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0042_service_accounts"
down_revision = "0041_webhooks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "service_account",
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_by", sa.Text(), nullable=True),
        sa.CheckConstraint("uid LIKE '%.service'", name=op.f("ck_service_account_uid")),
        sa.CheckConstraint(
            "(disabled_at IS NULL) = (disabled_by IS NULL)",
            name=op.f("ck_service_account_disabled_by_somebody"),
        ),
        sa.PrimaryKeyConstraint("uid", name=op.f("pk_service_account")),
        schema="profile",
    )


def downgrade() -> None:
    op.drop_table("service_account", schema="profile")
