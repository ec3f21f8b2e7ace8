"""orders: whose names and which words a search can meet, kept by PostgreSQL beside the orders themselves

A trigger rather than the code that places orders, so that the version before, which does not know
of it, forgets nothing. What was ordered before is read once by `python -m consumers.operations.trade
remember`; until then a search looks as it did.
"""

import sqlalchemy as sa
from alembic import op

revision = "0023_searched"
down_revision = "0022_locations"
branch_labels = None
depends_on = None

# All of an order's search text but the client's name; where that does not stand at its place
# (Python and this server may make other small letters of some capitals), all of it, so that no word
# of it narrows.
WORDS = r"""CREATE FUNCTION orders.searched_words(number text, client_name text, search_text text) RETURNS SETOF text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
    SELECT DISTINCT found[1] FROM regexp_matches(
        CASE WHEN starts_with(search_text, lower(number || ' ' || client_name))
            THEN lower(number) || substr(search_text, length(lower(number || ' ' || client_name)) + 1)
            ELSE search_text END,
        '[^0-9 ]{3,}', 'g') AS found ORDER BY 1
$$"""
REMEMBER = """CREATE FUNCTION orders.remember_searched() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NOT EXISTS (SELECT FROM orders."order" WHERE number <> NEW.number) THEN
        INSERT INTO orders.searched_word VALUES ('') ON CONFLICT DO NOTHING;
    END IF;
    IF starts_with(NEW.search_text, lower(NEW.number || ' ' || NEW.client_name)) THEN
        INSERT INTO orders.searched_client VALUES (NEW.client_number, lower(NEW.client_name)) ON CONFLICT DO NOTHING;
    END IF;
    INSERT INTO orders.searched_word
        SELECT word FROM orders.searched_words(NEW.number, NEW.client_name, NEW.search_text) AS word
        ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$"""
TRIGGERS = (
    'CREATE TRIGGER remember_placed AFTER INSERT ON orders."order" '
    "FOR EACH ROW EXECUTE FUNCTION orders.remember_searched()",
    'CREATE TRIGGER remember_changed AFTER UPDATE ON orders."order" FOR EACH ROW'
    " WHEN (OLD.search_text IS DISTINCT FROM NEW.search_text) EXECUTE FUNCTION orders.remember_searched()",
)


def upgrade() -> None:
    op.create_table(
        "searched_client",
        sa.Column("client_number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("client_number", "name", name=op.f("pk_searched_client")),
        schema="orders",
    )
    op.create_table(
        "searched_word",
        sa.Column("word", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("word", name=op.f("pk_searched_word")),
        schema="orders",
    )
    for table, column in (("searched_client", "name"), ("searched_word", "word")):
        op.create_index(
            f"ix_{table}_trgm",
            table,
            [column],
            schema="orders",
            postgresql_using="gin",
            postgresql_ops={column: "public.gin_trgm_ops"},
        )
    for statement in (WORDS, REMEMBER, *TRIGGERS):
        op.execute(statement)


def downgrade() -> None:
    for name in ("remember_placed", "remember_changed"):
        op.execute(f'DROP TRIGGER {name} ON orders."order"')
    op.execute("DROP FUNCTION orders.remember_searched()")
    op.execute("DROP FUNCTION orders.searched_words(text, text, text)")
    for table in ("searched_client", "searched_word"):
        op.drop_table(table, schema="orders")
