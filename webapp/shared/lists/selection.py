"""The rows that a person selected in a list: those with a tick, or all that match its filters."""

from urllib.parse import parse_qsl

from flask import request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest

from webapp.shared.lists.lists import AnyList, ListState

PLACES = ("after", "before")
MOST = 500  # rows of one action


def selected(of: AnyList, most: int = MOST) -> dict[str, int]:
    """Return the version of each selected row by its number, as the person saw it or as it is now.

    A ticked row is `number=DM-100042` or `number=DM-100042:3`, with the version on the page, else 0.
    With `all`, the rows are those that match the list's `state`. Raises BadRequest if there are
    none, or more than `most`.
    """
    args = request.form if request.method == "POST" else request.args
    if args.get("all"):
        found = _matching(of, most)
    else:
        parts = (value.partition(":") for value in args.getlist("number"))
        found = {number: _version(version) for number, _, version in parts if number}
    if not found:
        raise BadRequest(f"Select from 1 to {most} {of.name} in the list first.")
    if len(found) > most:
        many = f"More than {most:,} {of.name} match. Narrow the list."
        few = f"Select from 1 to {most} {of.name} in the list first."
        raise BadRequest(many if args.get("all") else few)
    return found


def state_of_selection(of: AnyList) -> ListState:
    """Return the list's state in which the rows were selected, which is where the person returns."""
    args = request.form if request.method == "POST" else request.args
    asked = parse_qsl(args.get("state", ""))
    return of.state(args=MultiDict((name, value) for name, value in asked if name not in PLACES))


def _matching(of: AnyList, most: int) -> dict[str, int]:
    state = state_of_selection(of)
    with of.reading() as session:
        rows = of.source.page(session, of.wanted(state, session), state.sort, size=most + 1).rows
    return {row.number: getattr(row, "version", 0) for row in rows}


def _version(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
