"""sales, orders, inventory, finance, notifications: search and sort without regard to case, accents and form

Triggers fold every `search_text`, so that what the version before writes is found too. Rows that
were written before are folded by `python -m consumers backfill search`; until then they are found
as they were.
"""

from alembic import op

revision = "0032_folded"
down_revision = "0031_undone_imports"
branch_labels = None
depends_on = None

SCHEMAS = ("sales", "orders", "inventory", "finance", "notifications")
SEARCHED = (
    ("sales", "client"),
    ("sales", "lead"),
    ("orders", '"order"'),
    ("inventory", "product"),
    ("inventory", "shipment"),
    ("finance", "expense"),
)
SORTED = (
    ("sales", "client", "name", "number"),
    ("sales", "lead", "company", "number"),
    ("inventory", "product", "name", "sku"),
)
# The same as `fold` in models/shared/search.py, as it is today.
UNWRITTEN = (
    r"\u00ad\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    r"\u061c\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"
    r"\u1ab0-\u1aff\u1dc0-\u1dff\u200b-\u200f\u2060\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f"
    r"\ufeff"
)
FOLDED = r"""CREATE FUNCTION {schema}.folded(value text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog AS $$
    SELECT btrim(regexp_replace(CASE WHEN value ~ '[^\u0001-\u007f]' THEN
        normalize(translate(replace(replace(replace(replace(
            lower(regexp_replace(normalize(value, NFKD), '[{unwritten}]+', '', 'g')),
            'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'),
            'øłđðħıŧŋς', 'olddhitnσ'), NFKC)
        ELSE lower(value) END, '\s+', ' ', 'g'))
$$"""
FOLD = """CREATE FUNCTION {schema}.fold_search_text() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    NEW.search_text := {schema}.folded(NEW.search_text);
    RETURN NEW;
END $$"""
TRIGGER = (
    "CREATE TRIGGER fold_search_text BEFORE INSERT OR UPDATE OF search_text ON {schema}.{table}"
    " FOR EACH ROW EXECUTE FUNCTION {schema}.fold_search_text()"
)
WORDS = r"""CREATE OR REPLACE FUNCTION orders.searched_words(number text, client_name text, search_text text)
RETURNS SETOF text LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
    SELECT DISTINCT found[1] FROM regexp_matches(
        CASE WHEN starts_with(search_text, {fold}(number || ' ' || client_name))
            THEN {fold}(number) || substr(search_text, length({fold}(number || ' ' || client_name)) + 1)
            ELSE search_text END,
        '[^0-9 ]{{3,}}', 'g') AS found ORDER BY 1
$$"""
REMEMBER = """CREATE OR REPLACE FUNCTION orders.remember_searched() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NOT EXISTS (SELECT FROM orders."order" WHERE number <> NEW.number) THEN
        INSERT INTO orders.searched_word VALUES ('') ON CONFLICT DO NOTHING;
    END IF;
    IF starts_with(NEW.search_text, {fold}(NEW.number || ' ' || NEW.client_name)) THEN
        INSERT INTO orders.searched_client VALUES (NEW.client_number, {fold}(NEW.client_name)) ON CONFLICT DO NOTHING;
    END IF;
    INSERT INTO orders.searched_word
        SELECT word FROM orders.searched_words(NEW.number, NEW.client_name, NEW.search_text) AS word
        ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$"""


def upgrade() -> None:
    for schema in SCHEMAS:
        op.execute(FOLDED.format(schema=schema, unwritten=UNWRITTEN))
    for schema in dict.fromkeys(schema for schema, _table in SEARCHED):
        op.execute(FOLD.format(schema=schema))
    for schema, table in SEARCHED:
        op.execute(TRIGGER.format(schema=schema, table=table))
    for statement in (WORDS, REMEMBER):
        op.execute(statement.format(fold="orders.folded"))
    with op.get_context().autocommit_block():
        for schema, table, column, tie in SORTED:
            op.execute(
                f"CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_{table}_{column}_folded"
                f" ON {schema}.{table} ({schema}.folded({column}), {tie})"
            )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for schema, table, column, _tie in SORTED:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {schema}.ix_{table}_{column}_folded")
    for statement in (WORDS, REMEMBER):
        op.execute(statement.format(fold="lower"))
    for schema, table in SEARCHED:
        op.execute(f"DROP TRIGGER fold_search_text ON {schema}.{table}")
    for schema in dict.fromkeys(schema for schema, _table in SEARCHED):
        op.execute(f"DROP FUNCTION {schema}.fold_search_text()")
    for schema in SCHEMAS:
        op.execute(f"DROP FUNCTION {schema}.folded(text)")
