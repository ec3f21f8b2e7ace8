"""inventory: receipts of several lines, and the back-orders that they filled

A receipt from before has no lines; it is one itself. What the version before inserts during the
change gets its search text from the trigger.
"""

import sqlalchemy as sa
from alembic import op

revision = "0033_receipts"
down_revision = "0033_access_tokens"
branch_labels = None
depends_on = None

SEARCHED = """CREATE FUNCTION inventory.fold_receipt() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF NEW.search_text = '' THEN
        NEW.search_text := NEW.number || ' ' || NEW.sku || ' ' || NEW.note;
    END IF;
    NEW.search_text := inventory.folded(NEW.search_text);
    RETURN NEW;
END $$"""
TRIGGER = """CREATE TRIGGER fold_search_text BEFORE INSERT OR UPDATE OF search_text
ON inventory.receipt FOR EACH ROW EXECUTE FUNCTION inventory.fold_receipt()"""
ADDED = (("reference", "''"), ("search_text", "''"))
COUNTED = (("products", "1"), ("filled", "0"))


def column(name: str, type_: sa.types.TypeEngine) -> sa.Column:
    return sa.Column(name, type_, nullable=False)


def refers(table: str, name: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([name], [f"inventory.{to}"], name=op.f(f"fk_{table}_{name}"))


def upgrade() -> None:
    op.execute("CREATE SEQUENCE inventory.goods_receipt_number START 1001")
    for columns, type_ in ((ADDED, sa.Text()), (COUNTED, sa.Integer())):
        for name, default in columns:
            op.add_column(
                "receipt",
                sa.Column(name, type_, nullable=False, server_default=sa.text(default)),
                schema="inventory",
            )
    op.create_table(
        "receipt_line",
        column("receipt_number", sa.Text()),
        column("line", sa.Integer()),
        column("sku", sa.Text()),
        column("quantity", sa.Integer()),
        column("location", sa.Text()),
        column("note", sa.Text()),
        sa.CheckConstraint("quantity >= 1", name=op.f("ck_receipt_line_quantity")),
        refers("receipt_line", "receipt_number", "receipt.number"),
        refers("receipt_line", "sku", "product.sku"),
        refers("receipt_line", "location", "location.code"),
        sa.PrimaryKeyConstraint("receipt_number", "line", name=op.f("pk_receipt_line")),
        schema="inventory",
    )
    op.create_index(op.f("ix_receipt_line_sku"), "receipt_line", ["sku"], schema="inventory")
    op.create_table(
        "receipt_fill",
        column("receipt_number", sa.Text()),
        column("order_number", sa.Text()),
        column("line", sa.Integer()),
        column("sku", sa.Text()),
        column("quantity", sa.Integer()),
        sa.CheckConstraint("quantity >= 1", name=op.f("ck_receipt_fill_quantity")),
        refers("receipt_fill", "receipt_number", "receipt.number"),
        refers("receipt_fill", "order_number", "demand.order_number"),
        refers("receipt_fill", "sku", "product.sku"),
        sa.PrimaryKeyConstraint(
            "receipt_number", "order_number", "line", name=op.f("pk_receipt_fill")
        ),
        schema="inventory",
    )
    op.execute(SEARCHED)
    op.execute(TRIGGER)


def downgrade() -> None:
    op.execute("DROP TRIGGER fold_search_text ON inventory.receipt")
    op.execute("DROP FUNCTION inventory.fold_receipt()")
    for table in ("receipt_fill", "receipt_line"):
        op.drop_table(table, schema="inventory")
    for name, _default in (*ADDED, *COUNTED):
        op.drop_column("receipt", name, schema="inventory")
    op.execute("DROP SEQUENCE inventory.goods_receipt_number")
