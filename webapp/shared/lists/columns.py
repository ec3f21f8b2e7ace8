"""The columns of a list's table: declared once, chosen and ordered by each person."""

from dataclasses import dataclass
from functools import lru_cache

from flask import g

from webapp.shared.people.preferences import memory

GIVES_WAY = ("drop-first", "drop-next", "drop-last")  # classes of columns, see lists.css


@dataclass(frozen=True)
class Column:
    """A column by its `name`, which the list's template draws a cell for.

    `css` are the classes of its cells; one of GIVES_WAY leaves it out in a narrow window, unless
    the person chose it. A `fixed` column is always shown, an `extra` one only if it was chosen.
    `sorts` are the sorts that its heading leads to: the other one of the current, or the first;
    each with its direction.
    """

    name: str
    label: str
    css: str = ""
    fixed: bool = False
    extra: bool = False
    sorts: tuple[tuple[str, str], ...] = ()

    def direction(self, sort: str) -> str:
        """Return `ascending` or `descending` if the list is sorted by this column."""
        return dict(self.sorts).get(sort, "")

    def next_sort(self, sort: str) -> str:
        """Return the sort that the heading leads to; empty if the column has none."""
        names = [name for name, _ in self.sorts]
        return next((name for name in names if name != sort), names[0] if names else "")


@dataclass(frozen=True, eq=False)
class ColumnChoice:
    """What a person sees of a list's columns: those shown in order, then the others.

    There is one object for each choice, so that it is quick to compare.
    """

    shown: tuple[Column, ...]
    others: tuple[Column, ...]
    is_own: bool = False

    @property
    def all(self) -> tuple[Column, ...]:
        """All columns, in the order in which they are offered."""
        return (*self.shown, *self.others)

    def css(self, column: Column) -> str:
        """Return the classes of a column's cells."""
        kept = [each for each in column.css.split() if not (self.is_own and each in GIVES_WAY)]
        return " ".join(kept)


def chosen_columns(table: tuple[Column, ...], path: str) -> ColumnChoice:
    """Return the columns that this person chose for the list at `path`, else those by default.

    What the list no longer has is left out; a fixed column that is missing comes first.
    """
    known = memory().about(g.person.uid) if g.get("person") else None
    return _choice(table, tuple(known.columns.get(path, ())) if known else ())


@lru_cache(maxsize=512)
def _choice(table: tuple[Column, ...], names: tuple[str, ...]) -> ColumnChoice:
    by_name = {column.name: column for column in table}
    own = [by_name[name] for name in dict.fromkeys(names) if name in by_name]
    missing = [column for column in table if column.fixed and column not in own]
    usual = [column for column in table if not column.extra]
    shown = (*missing, *own) if own else tuple(usual)
    return ColumnChoice(shown, tuple(each for each in table if each not in shown), bool(own))
