"""profile: pictures of people"""

import sqlalchemy as sa
from alembic import op

revision = "0014_profile"
down_revision = "0013_notifications"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "avatar",
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("picture", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("octet_length(picture) <= 200000", name=op.f("ck_avatar_size")),
        sa.PrimaryKeyConstraint("uid", name=op.f("pk_avatar")),
        schema="profile",
    )
    op.add_column(
        "preference",
        sa.Column("avatar", sa.Text(), server_default="", nullable=False),
        schema="profile",
    )


def downgrade() -> None:
    op.drop_column("preference", "avatar", schema="profile")
    op.drop_table("avatar", schema="profile")
