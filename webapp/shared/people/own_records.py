"""Kinds of records of which a right shows a person only some: their own, their team's, theirs to decide.

The area that owns the kind declares its page's rule here, for whoever asks without the page.
"""

from collections.abc import Callable

from models.shared.errors import DomainError
from webapp.shared.people.rights import Person

Rule = Callable[[Person, str], object]
_RULES: dict[str, Rule] = {}


def opens(kind: str) -> Callable[[Rule], Rule]:
    """Declare the rule of a kind: a function of person and key that raises as the page would."""

    def declare(rule: Rule) -> Rule:
        _RULES[kind] = rule
        return rule

    return declare


def may_open(person: Person, kind: str, key: str) -> bool:
    """Check whether the page of this record would open to this person, given its kind's right."""
    try:
        if rule := _RULES.get(kind):
            rule(person, key)
    except DomainError:
        return False
    return True
