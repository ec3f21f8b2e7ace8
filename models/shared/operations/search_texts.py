"""Fold the search texts that were written before migration 0032."""

from sqlalchemy import text

from areas import AREAS
from models.shared.transactions import transaction

SEARCHED = tuple((area.schema, table) for area in AREAS for table in area.searched)
# Folding changes no text of plain letters, which were in lower case already.
_FOLD = """UPDATE "{table}" SET search_text = search_text WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM "{table}" WHERE search_text ~ '[^\\u0001-\\u007f]'
        AND search_text <> folded(search_text) LIMIT :most FOR UPDATE SKIP LOCKED))"""


def fold_portion(schema: str, table: str, most: int = 1_000) -> int:
    """Fold at most `most` search texts of a table and return how many; 0 once all are folded.

    The table's trigger folds. Safe while people work: rows that somebody changes are left alone.
    """
    with transaction(schema, actor=f"service:{schema}") as session:
        return (
            session.connection().execute(text(_FOLD.format(table=table)), {"most": most}).rowcount
        )
