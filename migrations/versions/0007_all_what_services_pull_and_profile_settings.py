"""every schema: what it pulled from another service; profile: the settings"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007_all"
down_revision = "0006_all"
branch_labels = None
depends_on = None

SCHEMAS = ("profile", "sales", "orders", "inventory", "finance", "notifications")


def column(name, type_):
    return sa.Column(name, type_, nullable=False)


def upgrade() -> None:
    for schema in SCHEMAS:
        pulled(schema)
    op.create_table(
        "revision",
        column("source", sa.Text()),
        column("n", sa.BigInteger()),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_revision")),
        schema="profile",
    )
    op.create_table(
        "setting",
        column("name", sa.Text()),
        column("value", postgresql.JSONB(astext_type=sa.Text())),
        column("revision", sa.BigInteger()),
        column("changed_by", sa.Text()),
        column("changed_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_setting")),
        schema="profile",
    )
    op.create_index(op.f("ix_setting_revision"), "setting", ["revision"], schema="profile")


def pulled(schema: str) -> None:
    op.create_table(
        "pulled_source",
        column("source", sa.Text()),
        column("revision", sa.BigInteger()),
        column("pulled_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("source", name="pk_pulled_source"),
        schema=schema,
    )
    op.create_table(
        "pulled_record",
        column("source", sa.Text()),
        column("key", sa.Text()),
        column("revision", sa.BigInteger()),
        column("record", postgresql.JSONB(astext_type=sa.Text())),
        sa.PrimaryKeyConstraint("source", "key", name="pk_pulled_record"),
        schema=schema,
    )


def downgrade() -> None:
    op.drop_table("setting", schema="profile")
    op.drop_table("revision", schema="profile")
    for schema in SCHEMAS:
        op.drop_table("pulled_record", schema=schema)
        op.drop_table("pulled_source", schema=schema)
