"""Edit forms that merge: each carries the values it was opened with, so that nobody's change is lost.

A field that the person left alone takes what the record holds now; one that only they changed is
saved. A field that both changed is a conflict, which the form asks about with who, when and what.
"""

import re
from collections.abc import Callable, Iterable, Mapping

import msgspec
from flask import request

from models.shared import dates
from models.shared.errors import Stale
from models.shared.records.history import HistoryEntry
from models.shared.texts import isolate
from webapp.shared.pages.presentation import moment, name_of

TRIES = 5
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
Typed = Mapping[str, str]


class Record(msgspec.Struct, frozen=True):
    """The record as its form shows it now, with its version and its history, newest first."""

    typed: Typed
    version: int
    history: Iterable[HistoryEntry]


class Conflict(msgspec.Struct, frozen=True):
    """A field that the person and somebody else changed, with the record's value now."""

    field: str
    mine: str
    theirs: str
    words: str


class Conflicts(Exception):
    """The edit was not saved. `typed` is the merged form, which keeps the person's own values."""

    def __init__(self, record: Record, typed: Typed, conflicts: list[Conflict]) -> None:
        super().__init__([conflict.field for conflict in conflicts])
        self.record, self.typed, self.conflicts = record, typed, conflicts

    @property
    def errors(self) -> dict[str, str]:
        """What to say beside each field."""
        return {conflict.field: conflict.words for conflict in self.conflicts}


def save_edit(
    typed: Typed, read: Callable[[], Record], save: Callable[[Typed, int], object]
) -> None:
    """Merge what was typed into the record as it is now, and save it with the version it has now.

    A field that the form did not have counts as left alone.
    `save` raises Stale if the record changed once more; then it is merged again. Raises Conflicts,
    and what `save` raises.
    """
    typed = {field: text for field, text in typed.items() if field in request.form}
    for tries_left in reversed(range(TRIES)):
        record = read()
        merged, conflicts = merge(typed, _originals(typed, record), record)
        if conflicts:
            raise Conflicts(record, merged, conflicts)
        try:
            save(merged, record.version)
        except Stale:
            if not tries_left:
                raise
        else:
            return


def merge(mine: Typed, was: Typed, record: Record) -> tuple[dict[str, str], list[Conflict]]:
    """Return the merged form, and the fields that both changed, where it keeps `mine`."""
    merged, conflicts = {**record.typed, **mine}, []
    for field, theirs in record.typed.items():
        if field not in mine or mine[field] == theirs:
            continue
        if mine[field] == was.get(field):
            merged[field] = theirs
        elif theirs != was.get(field):
            words = _in_words(field, mine[field], theirs, record)
            conflicts.append(Conflict(field, mine[field], theirs, words))
    return merged, conflicts


def posted_originals(fields: Iterable[str]) -> dict[str, str]:
    """Return the originals as posted, for showing the form again after an error."""
    return {
        field: request.form[f"was-{field}"].strip()
        for field in fields
        if f"was-{field}" in request.form
    }


def _originals(typed: Typed, record: Record) -> Typed:
    """Return what the form was opened with.

    A form without its originals, as a script would send, was opened with what the record holds if
    it names the version; otherwise each difference is a conflict.
    """
    if posted := posted_originals(typed):
        return posted
    return record.typed if request.form.get("version") == str(record.version) else {}


def _in_words(field: str, mine: str, theirs: str, record: Record) -> str:
    who = _who_changed(field, record.history)
    return (
        f"{who} changed this to “{_said(theirs)}”; you typed “{_said(mine)}”. "
        "Save again to keep yours, or enter theirs."
    )


def _said(typed: str) -> str:
    """Return what a field holds as a person reads it: a day's field posts 2026-11-19."""
    day = dates.read_day(typed) if _DAY.fullmatch(typed) else None
    return dates.dated(day) if day else isolate(typed)


def _who_changed(field: str, history: Iterable[HistoryEntry]) -> str:
    """Name who changed the field last, and when: `Jim Halpert, 9:08 AM,`."""
    name = field.removeprefix("address-")
    for entry in history:
        if name in entry.changes.get("fields", entry.changes):
            return f"{name_of(entry.actor)}, {moment(entry.at)},"
    return "Someone else"
