"""Who may do what: one table from role to action, asked by routes and templates.

Object rules (own order, own team) live with the domain; this table says only which actions a role may try.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol, TypeVar

from flask import current_app, g

View = TypeVar("View", bound=Callable)

EVERYBODY = frozenset({"employee"})
OFFICE = frozenset({"sales", "sales_manager", "support", "accounting", "manager", "administrator"})
SALES = frozenset({"sales", "sales_manager"})


@dataclass(frozen=True)
class Action:
    """The roles that may try it; `approves` marks a decision refused when the directory was away for long."""

    roles: frozenset[str]
    approves: bool = False


ACTIONS: dict[str, Action] = {
    "home.see": Action(EVERYBODY),
    "inbox.see": Action(EVERYBODY),
    "broadcasts.send": Action(
        frozenset({"manager", "sales_manager", "hr", "reception", "administrator"})
    ),
    "people.see": Action(EVERYBODY | {"service"}),
    "profile.own": Action(EVERYBODY),
    "preferences.read": Action(frozenset({"service"})),
    "settings.see": Action(frozenset({"administrator", "service"})),
    "settings.change": Action(frozenset({"administrator"}), approves=True),
    "products.see": Action(EVERYBODY | {"service"}),
    "orders.see": Action(OFFICE | {"warehouse"}),
    "orders.place": Action(SALES),
    "orders.cancel": Action(SALES),
    "orders.approve": Action(frozenset({"sales_manager"}), approves=True),
    "shipments.see": Action(SALES | {"warehouse", "support", "manager", "administrator"}),
    "shipments.work": Action(frozenset({"warehouse"})),
    "stock.receive": Action(frozenset({"warehouse"})),
    "stock.count": Action(frozenset({"warehouse"})),
    "products.change": Action(frozenset({"warehouse", "sales_manager"})),
    "products.watch": Action(EVERYBODY),
    "clients.see": Action(OFFICE),
    "clients.create": Action(SALES),
    "clients.change": Action(SALES),
    "clients.limit": Action(frozenset({"sales_manager"}), approves=True),
    "clients.standing": Action(SALES),
    "leads.see": Action(SALES | {"manager", "support", "administrator"}),
    "leads.work": Action(SALES),
    "expenses.claim": Action(EVERYBODY),
    "expenses.decide": Action(EVERYBODY, approves=True),
    "expenses.pay": Action(frozenset({"accounting"}), approves=True),
    "expenses.report": Action(frozenset({"accounting", "manager"})),
    "inside.see": Action(frozenset({"administrator"})),
    "deadletters.settle": Action(frozenset({"administrator"}), approves=True),
    "faults.switch": Action(frozenset({"administrator"}), approves=True),
    "readmodels.rebuild": Action(frozenset({"administrator"})),
}

ROLE_OF_GROUP = {
    "everyone": "employee",
    "sales": "sales",
    "sales-managers": "sales_manager",
    "accounting": "accounting",
    "warehouse": "warehouse",
    "customer-service": "support",
    "human-resources": "hr",
    "reception": "reception",
    "management": "manager",
    "it": "administrator",
}


@dataclass(frozen=True)
class Person:
    """Whoever acts in this request: a person, or (`is_service`) work without one.

    `roles` are the effective ones: what the token and the directory both give. `may_approve` is false when the
    directory has been out of reach for so long that nothing may be decided on what it last said.
    """

    uid: str
    name: str
    mail: str = ""
    department: str = ""
    title: str = ""
    roles: frozenset[str] = frozenset()
    may_approve: bool = True
    is_service: bool = False

    @property
    def initials(self) -> str:
        """First and last letters of the name, for the round face."""
        words = self.name.split()
        return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()

    @property
    def first_name(self) -> str:
        """How the pages greet."""
        return self.name.split(" ", 1)[0]

    def may(self, action: str) -> bool:
        """Whether this person may try `action`; raises KeyError for an action nobody declared."""
        rule = ACTIONS[action]
        return bool(rule.roles & self.roles) and (self.may_approve or not rule.approves)


def roles_of_groups(groups: object) -> frozenset[str]:
    """Roles that these group names (`sales`, `/sales` or a whole DN) give; unknown ones give none."""
    return (
        _roles_of(frozenset(map(str, groups)))
        if isinstance(groups, (list, tuple, set, frozenset))
        else frozenset()
    )


@lru_cache(maxsize=1024)
def _roles_of(names: frozenset[str]) -> frozenset[str]:
    """Kept, since each request and each message of a stream asks: people's groups are few."""
    short = (name.strip("/").split(",", 1)[0].removeprefix("cn=") for name in names)
    return frozenset(ROLE_OF_GROUP[name] for name in short if name in ROLE_OF_GROUP)


def needs(action: str) -> Callable[[View], View]:
    """Declares that a view is for people who may do `action`. Put it under the route's decorator.

    The gateway asks before the view runs (and before its input is read); a view with neither `needs` nor
    `public` is refused to everyone.
    """
    if action not in ACTIONS:
        raise KeyError(f"{action} is not in the table of actions")

    def declare(view: View) -> View:
        view.action = action  # type: ignore[attr-defined]
        return view

    return declare


def public(view: View) -> View:
    """Declares that a view is for everyone, signed in or not."""
    view.action = None  # type: ignore[attr-defined]
    return view


def declared_action(view: Any) -> str | None:
    """The action that a view needs, None for a public one. Raises LookupError where neither was declared."""
    if not hasattr(view, "action"):
        raise LookupError(
            f"{view.__module__}.{view.__name__} declares neither an action nor public"
        )
    return view.action


def takes_upload(most_bytes: int) -> Callable[[View], View]:
    """Declares that a view takes a file, so a request to it may be as large as this; others stay small."""

    def declare(view: View) -> View:
        view.most_bytes = most_bytes  # type: ignore[attr-defined]
        return view

    return declare


def background(view: View) -> View:
    """Declares that browsers call a view by themselves (a stream, a poll): it never extends the session."""
    view.background = True  # type: ignore[attr-defined]
    return view


def person() -> Person:
    """The person of this request; in a public view only when `signed_in()`."""
    return g.person


def signed_in() -> bool:
    """Whether this request has a person."""
    return g.get("person") is not None


class SessionWatch(Protocol):
    """Follows a session beyond its request, for a stream: never extends it, ends with it."""

    sid_hash: str

    def person(self) -> Person | None:
        """The person with the roles of this moment; None as soon as the session ended or they left."""


def session_watch() -> SessionWatch:
    """A watch on the session of this request."""
    return current_app.extensions["session_watch"]()


def can(action: str) -> bool:
    """Whether the person of this request may try `action`; nobody may, signed out."""
    return signed_in() and person().may(action)
