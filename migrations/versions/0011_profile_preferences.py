"""profile: preferences of people; notifications: how each notice wanted to be heard"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011_profile"
down_revision = "0010_orders"
branch_labels = None
depends_on = None


def column(name, type_, nullable=False, **more):
    return sa.Column(name, type_, nullable=nullable, **more)


def upgrade() -> None:
    op.create_table(
        "preference",
        column("uid", sa.Text()),
        column("revision", sa.BigInteger()),
        column("theme", sa.Text()),
        column("density", sa.Text()),
        column("time_zone", sa.Text()),
        column("start_page", sa.Text()),
        column("notify", postgresql.JSONB(astext_type=sa.Text())),
        column("quiet_from", sa.Time(), True),
        column("quiet_until", sa.Time(), True),
        column("away_from", sa.Date(), True),
        column("away_until", sa.Date(), True),
        column("delegate", sa.Text(), True),
        sa.CheckConstraint("theme IN ('auto', 'light', 'dark')", name=op.f("ck_preference_theme")),
        sa.CheckConstraint(
            "density IN ('comfortable', 'compact')", name=op.f("ck_preference_density")
        ),
        sa.CheckConstraint(
            "(quiet_from IS NULL) = (quiet_until IS NULL)",
            name=op.f("ck_preference_quiet_hours_have_both_ends"),
        ),
        sa.CheckConstraint(
            "(away_from IS NULL) = (away_until IS NULL) AND away_from <= away_until",
            name=op.f("ck_preference_away_has_both_ends"),
        ),
        sa.CheckConstraint("delegate <> uid", name=op.f("ck_preference_delegate_is_another")),
        sa.PrimaryKeyConstraint("uid", name=op.f("pk_preference")),
        schema="profile",
    )
    op.create_index(op.f("ix_preference_revision"), "preference", ["revision"], schema="profile")
    for added in (
        column("bell", sa.Boolean(), server_default=sa.text("true")),
        column("mail", sa.Text(), server_default="off"),
        column("quiet_until", sa.DateTime(timezone=True), True),
    ):
        op.add_column("notification", added, schema="notifications")


def downgrade() -> None:
    for name in ("quiet_until", "mail", "bell"):
        op.drop_column("notification", name, schema="notifications")
    op.drop_table("preference", schema="profile")
