"""inventory: a stock-take counts a product at several locations"""

from alembic import op

revision = "0037_several_locations"
down_revision = "0036_trails"
branch_labels = None
depends_on = None

# The wider key stands before the narrower one goes, so a line never exists twice.
DROP_OLD_KEY = """-- squawk-ignore ban-drop-constraint
ALTER TABLE inventory.stock_take_line DROP CONSTRAINT pk_stock_take_line"""


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute(
            "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS uq_stock_take_line_place"
            " ON inventory.stock_take_line (number, sku, location) NULLS NOT DISTINCT"
        )
    op.execute(DROP_OLD_KEY)


def downgrade() -> None:
    op.execute(
        "DELETE FROM inventory.stock_take_line line USING inventory.stock_take_line other"
        " WHERE (line.number, line.sku) = (other.number, other.sku) AND line.ctid > other.ctid"
    )
    op.create_primary_key(
        op.f("pk_stock_take_line"), "stock_take_line", ["number", "sku"], schema="inventory"
    )
    op.drop_index("uq_stock_take_line_place", "stock_take_line", schema="inventory")
