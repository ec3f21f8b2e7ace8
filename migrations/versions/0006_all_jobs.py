"""every schema: the job library's tables, as the library itself makes them (docs/adr/0008)"""

from importlib import resources

from alembic import op
from sqlalchemy import text

revision = "0006_all"
down_revision = "0005_notifications"
branch_labels = None
depends_on = None

SCHEMAS = ("profile", "sales", "orders", "inventory", "finance", "notifications")


def upgrade() -> None:
    made = (resources.files("procrastinate") / "sql/schema.sql").read_text()
    for schema in SCHEMAS:
        run(f"SET LOCAL search_path = {schema}")
        run(made)
    run("SET LOCAL search_path = public")


def run(sql: str) -> None:
    """Many statements in one text, which SQLAlchemy would not pass on as they stand."""
    if op.get_context().as_sql:
        op.execute(text(sql.replace(":", r"\:")))
    else:
        op.get_bind().connection.driver_connection.execute(sql)


def downgrade() -> None:
    connection = op.get_bind().connection.driver_connection
    for schema in SCHEMAS:
        tables = ("events", "periodic_defers", "jobs", "workers")
        for table in tables:
            connection.execute(f"DROP TABLE {schema}.procrastinate_{table} CASCADE")
        functions = connection.execute(
            "SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.pronamespace = %s::regnamespace"
            " AND p.proname LIKE 'procrastinate%%'",
            [schema],
        ).fetchall()
        for (signature,) in functions:
            connection.execute(f"DROP FUNCTION {signature} CASCADE")
        for type_ in ("job_to_defer_v1", "job_event_type", "job_status"):
            connection.execute(f"DROP TYPE IF EXISTS {schema}.procrastinate_{type_} CASCADE")
