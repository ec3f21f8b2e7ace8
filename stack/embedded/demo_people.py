"""The people offered on the demo's sign-in page and in its table, and what each may do."""

from typing import NamedTuple

DEMO_PASSWORD = "demo-only-paper"  # noqa: S105  the demo's own, on loopback only


class DemoPerson(NamedTuple):
    """One row of the table."""

    uid: str
    name: str
    title: str
    department: str
    may: str


_PEOPLE = (
    DemoPerson(
        "jim.halpert",
        "Jim Halpert",
        "Sales Representative",
        "Sales",
        "works leads and clients, places orders",
    ),
    DemoPerson(
        "dwight.schrute",
        "Dwight Schrute",
        "Sales Representative",
        "Sales",
        "works leads and clients, places orders",
    ),
    DemoPerson(
        "michael.scott",
        "Michael Scott",
        "Regional Manager",
        "Management",
        "approves discounts, credit, and expenses",
    ),
    DemoPerson(
        "darryl.philbin",
        "Darryl Philbin",
        "Warehouse Foreman",
        "Warehouse",
        "receives, counts, picks, packs, and ships",
    ),
    DemoPerson(
        "roy.anderson",
        "Roy Anderson",
        "Dock Worker",
        "Warehouse",
        "receives, counts, picks, packs, and ships",
    ),
    DemoPerson(
        "angela.martin",
        "Angela Martin",
        "Head of Accounting",
        "Accounting",
        "gives expenses their second approval and reimburses them",
    ),
    DemoPerson(
        "kelly.kapoor",
        "Kelly Kapoor",
        "Customer Service",
        "Customer Service",
        "sees leads, orders, and shipments",
    ),
    DemoPerson(
        "pam.beesly",
        "Pam Beesly",
        "Office Administrator",
        "Reception",
        "sends WUPHFs, submits expenses",
    ),
    DemoPerson(
        "nick.reyes",
        "Nick Reyes",
        "IT Administrator",
        "IT",
        "manages settings and dead letters, sees Inside",
    ),
)


def listed_people() -> tuple[DemoPerson, ...]:
    """Return the people of the demo's table, in its order."""
    return _PEOPLE
