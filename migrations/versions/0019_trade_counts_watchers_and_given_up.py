"""inventory: watchers, stock-takes; orders: what of a line was given up"""

import sqlalchemy as sa
from alembic import op

revision = "0019_trade"
down_revision = "0018_notifications"
branch_labels = None
depends_on = None


def column(name: str, type_: sa.types.TypeEngine, nullable: bool = False) -> sa.Column:
    return sa.Column(name, type_, nullable=nullable)


def upgrade() -> None:
    op.add_column(
        "order_line",
        sa.Column("given_up", sa.Integer(), nullable=False, server_default="0"),
        schema="orders",
    )
    op.alter_column("order_line", "given_up", server_default=None, schema="orders")
    restate("reserved + short + shipped + given_up <= ordered")
    op.create_check_constraint(
        op.f("ck_order_line_given_up"), "order_line", "given_up >= 0", schema="orders"
    )
    op.execute("CREATE SEQUENCE inventory.stock_take_number START 101")
    op.create_table(
        "watcher",
        column("sku", sa.Text()),
        column("uid", sa.Text()),
        sa.ForeignKeyConstraint(["sku"], ["inventory.product.sku"], name=op.f("fk_watcher_sku")),
        sa.PrimaryKeyConstraint("sku", "uid", name=op.f("pk_watcher")),
        schema="inventory",
    )
    stock_takes()


def stock_takes() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "stock_take",
        column("number", sa.Text()),
        column("words", sa.Text()),
        column("status", sa.Text()),
        column("started_by", sa.Text()),
        column("started_at", moment),
        column("ended_by", sa.Text()),
        column("ended_at", moment, nullable=True),
        column("version", sa.Integer()),
        sa.CheckConstraint(
            "status IN ('open', 'confirmed', 'discarded')", name=op.f("ck_stock_take_status")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_stock_take")),
        schema="inventory",
    )
    op.create_index(
        "ix_stock_take_started", "stock_take", ["started_at", "number"], schema="inventory"
    )
    op.create_table(
        "stock_take_line",
        column("number", sa.Text()),
        column("sku", sa.Text()),
        column("counted", sa.Integer(), nullable=True),
        column("booked", sa.Integer(), nullable=True),
        column("counted_by", sa.Text()),
        sa.CheckConstraint("counted >= 0", name=op.f("ck_stock_take_line_counted")),
        sa.ForeignKeyConstraint(
            ["number"], ["inventory.stock_take.number"], name=op.f("fk_stock_take_line_number")
        ),
        sa.ForeignKeyConstraint(
            ["sku"], ["inventory.product.sku"], name=op.f("fk_stock_take_line_sku")
        ),
        sa.PrimaryKeyConstraint("number", "sku", name=op.f("pk_stock_take_line")),
        schema="inventory",
    )


def restate(condition: str) -> None:
    name = op.f("ck_order_line_not_above_ordered")
    op.drop_constraint(name, "order_line", schema="orders")
    op.create_check_constraint(name, "order_line", condition, schema="orders")


def downgrade() -> None:
    for table in ("stock_take_line", "stock_take", "watcher"):
        op.drop_table(table, schema="inventory")
    op.execute("DROP SEQUENCE inventory.stock_take_number")
    restate("reserved + short + shipped <= ordered")
    op.drop_constraint(op.f("ck_order_line_given_up"), "order_line", schema="orders")
    op.drop_column("order_line", "given_up", schema="orders")
