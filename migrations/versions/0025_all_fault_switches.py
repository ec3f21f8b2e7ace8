"""every schema: switches that break a listening service on purpose"""

import sqlalchemy as sa
from alembic import op

revision = "0025_switches"
down_revision = "0024_deliver_to"
branch_labels = None
depends_on = None

SCHEMAS = ("profile", "sales", "orders", "inventory", "finance", "notifications")


def text(name, nullable=False):
    return sa.Column(name, sa.Text(), nullable=nullable)


def moment(name, nullable=False):
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    for schema in SCHEMAS:
        op.create_table(
            "fault_switch",
            sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
            text("kind"),
            sa.Column("delay", sa.Integer()),
            moment("put_on_at"),
            text("put_on_by"),
            moment("until"),
            moment("ended_at", nullable=True),
            text("ended_by", nullable=True),
            sa.Column("event_id", sa.UUID()),
            text("correlation_id"),
            sa.PrimaryKeyConstraint("id", name=op.f("pk_fault_switch")),
            schema=schema,
        )
        op.create_index(
            "uq_fault_switch_on",
            "fault_switch",
            ["kind"],
            unique=True,
            schema=schema,
            postgresql_where=sa.text("ended_at IS NULL"),
        )


def downgrade() -> None:
    for schema in SCHEMAS:
        op.drop_table("fault_switch", schema=schema)
