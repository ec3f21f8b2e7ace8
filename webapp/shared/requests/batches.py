"""One action on many records, each in its own transaction: what is refused stops no other."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from flask import Response

from models.shared.counts import counted
from models.shared.errors import DomainError, Invalid
from models.shared.records.commands import Door
from webapp.shared.pages.fragments import toast
from webapp.shared.requests.commands import door_for

TOLD = 3  # refusals that are told one by one


class Outcome(NamedTuple):
    """How many records the action was done on, and (number, why) of each that refused it."""

    done: int
    refused: list[tuple[str, str]]


def run_for_each(numbers: Iterable[str], act: Callable[[Door, str], object]) -> Outcome:
    """Call `act` for each record through a door of its own; a repeat of the form repeats nothing."""
    done, refused = 0, list[tuple[str, str]]()
    for number in numbers:
        try:
            act(door_for(number), number)
        except DomainError as error:
            refused.append((number, _why(error)))
        else:
            done += 1
    return Outcome(done, refused)


def _why(error: DomainError) -> str:
    return " ".join(error.errors.values()) if isinstance(error, Invalid) else error.message


def told(answer: Response, outcome: Outcome, noun: str, sentence: str) -> Response:
    """Let the page say what came of it: "2 orders approved. DM-100042 was skipped: …" of "{} approved."."""
    words = [sentence.format(counted(outcome.done, noun))]
    words += [f"{number} was skipped: {why}" for number, why in outcome.refused[:TOLD]]
    if more := len(outcome.refused) - TOLD:
        words += [f"{counted(more, f'other {noun}')} skipped."] if more > 0 else []
    return toast(answer, " ".join(words), "bad" if outcome.refused else "good")
