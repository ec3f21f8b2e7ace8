"""orders: orders, lines, clients as known from events, timeline"""

revision = "0004_orders"
down_revision = "0003_inventory"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
