"""Permissions: one table from action to roles, used by routes and templates.

Rules about a single record (own order, own team) live in the domain; this table only says which
roles may try an action.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, TypeVar

from flask import current_app, g

View = TypeVar("View", bound=Callable[..., object])

EVERYBODY = frozenset({"employee"})
OFFICE = frozenset({"sales", "sales_manager", "support", "accounting", "manager", "administrator"})
SALES = frozenset({"sales", "sales_manager"})


@dataclass(frozen=True)
class Action:
    """The roles that may try an action.

    `approves` marks a decision that is refused when the directory has been down for long.
    """

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
    "tokens.own": Action(EVERYBODY),
    "tokens.manage": Action(frozenset({"administrator"})),
    "accounts.manage": Action(frozenset({"administrator"}), approves=True),
    "tokens.check": Action(frozenset({"service"})),
    "webhooks.own": Action(frozenset({"accounting", "administrator"})),
    "webhooks.manage": Action(frozenset({"administrator"})),
    "settings.see": Action(frozenset({"administrator", "service"})),
    "settings.change": Action(frozenset({"administrator"}), approves=True),
    "products.see": Action(EVERYBODY | {"service"}),
    "orders.see": Action(OFFICE | {"warehouse"}),
    "orders.place": Action(SALES),
    "orders.cancel": Action(SALES),
    "orders.approve": Action(OFFICE | {"warehouse"}, approves=True),
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

SERVICE_ACCOUNT = ".service"  # the end of its uid (models/profile/service_accounts.py)
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
    """Whoever acts in this request: a person, or with `is_service` a background job.

    `roles` are the ones that both the token and the directory give. `may_approve` is false when the
    directory has been out of reach for so long that its last answer no longer justifies a decision.
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
        """Initials of the first and last name, for the avatar."""
        words = self.name.split()
        return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()

    @property
    def first_name(self) -> str:
        """The name used in greetings."""
        return self.name.split(" ", 1)[0]

    @property
    def is_service_account(self) -> bool:
        """Whether this is a program with an account of its own, and no person."""
        return self.uid.endswith(SERVICE_ACCOUNT)

    def may(self, action: str) -> bool:
        """Check whether this person may try `action`. Raises KeyError for an undeclared action."""
        rule = ACTIONS[action]
        return bool(rule.roles & self.roles) and (self.may_approve or not rule.approves)


def roles_of_groups(groups: object) -> frozenset[str]:
    """Return the roles of these group names (`sales`, `/sales` or a whole DN).

    Unknown groups give none.
    """
    return (
        _roles_of(frozenset(map(str, groups)))
        if isinstance(groups, (list, tuple, set, frozenset))
        else frozenset()
    )


@lru_cache(maxsize=1024)
def _roles_of(names: frozenset[str]) -> frozenset[str]:
    """Map group names to roles; cached, since every request and stream message asks."""
    short = (name.strip("/").split(",", 1)[0].removeprefix("cn=") for name in names)
    return frozenset(ROLE_OF_GROUP[name] for name in short if name in ROLE_OF_GROUP)


def groups_of_roles(roles: frozenset[str]) -> frozenset[str]:
    """Return the groups of the directory that give these roles."""
    return frozenset(group for group, role in ROLE_OF_GROUP.items() if role in roles)


def needs(action: str) -> Callable[[View], View]:
    """Declare that a view requires `action`. Put it below the route decorator.

    The gateway checks before the view runs or its input is read. A view with neither `needs` nor
    `public` is refused to everyone.
    """
    if action not in ACTIONS:
        raise KeyError(f"{action} is not in the table of actions")

    def declare(view: View) -> View:
        vars(view).update(action=action)
        return view

    return declare


def public(view: View) -> View:
    """Declare that a view is for everyone, signed in or not."""
    vars(view).update(action=None)
    return view


def declared_action(view: Callable[..., object]) -> str | None:
    """Return the action that a view needs, None for a public one.

    Raises LookupError if neither was declared.
    """
    if not hasattr(view, "action"):
        raise LookupError(
            f"{view.__module__}.{view.__name__} declares neither an action nor public"
        )
    action: str | None = view.action
    return action


def takes_upload(most_bytes: int) -> Callable[[View], View]:
    """Declare that a view accepts a file, raising its request size limit to `most_bytes`."""

    def declare(view: View) -> View:
        vars(view).update(most_bytes=most_bytes)
        return view

    return declare


def takes_json(view: View) -> View:
    """Declare that a view outside the REST API reads JSON that a script of ours sends."""
    vars(view).update(takes_json=True)
    return view


def takes_lines(*fields: str) -> Callable[[View], View]:
    """Declare which fields of a view may hold several lines; every other text is one line."""

    def declare(view: View) -> View:
        vars(view).update(fields_with_lines=frozenset(fields))
        return view

    return declare


def background(view: View) -> View:
    """Declare that browsers call a view automatically (a stream, a poll).

    Such a view never extends the session.
    """
    vars(view).update(background=True)
    return view


def person() -> Person:
    """Return the person of this request; in a public view only if `signed_in()`."""
    found: Person = g.person
    return found


def signed_in() -> bool:
    """Check whether this request has a person."""
    return g.get("person") is not None


class SessionWatch(Protocol):
    """Follow a session beyond its request, for a stream; never extends it, ends with it."""

    sid_hash: str

    def person(self) -> Person | None:
        """Return the person with current roles; None once the session or their account ended."""


def session_watch() -> SessionWatch:
    """Return a watch on the session of this request."""
    watch: SessionWatch = current_app.extensions["session_watch"]()
    return watch


# What somebody must be allowed to see to be told of anything in these categories of notifications.
NEEDED_FOR = {"leads": "leads.see", "system": "inside.see"}


def can(action: str) -> bool:
    """Check whether the person of this request may try `action`; nobody may when signed out."""
    return signed_in() and person().may(action)
