"""every schema: an event keeps the HTTP request that caused it; notifications: first live pushes"""

import sqlalchemy as sa
from alembic import op

revision = "0036_trails"
down_revision = "0035_import_columns"
branch_labels = None
depends_on = None

SCHEMAS = ("profile", "sales", "orders", "inventory", "finance", "notifications")


def upgrade() -> None:
    for schema in SCHEMAS:
        op.add_column("outbox", sa.Column("request", sa.Text(), nullable=True), schema=schema)
        op.add_column(
            "outbox",
            sa.Column("requested_at", sa.DateTime(timezone=True), nullable=True),
            schema=schema,
        )
    op.create_table(
        "push",
        sa.Column("notification_id", sa.Uuid(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("correlation_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("notification_id", name=op.f("pk_push")),
        schema="notifications",
    )
    op.create_index("ix_push_correlation_id", "push", ["correlation_id"], schema="notifications")
    op.create_index("ix_push_at", "push", ["at"], schema="notifications")


def downgrade() -> None:
    op.drop_table("push", schema="notifications")
    for schema in SCHEMAS:
        op.drop_column("outbox", "requested_at", schema=schema)
        op.drop_column("outbox", "request", schema=schema)
