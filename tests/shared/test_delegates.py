"""Who decides for somebody out of office: the one table that expenses, orders and notices share."""

from datetime import date
from types import SimpleNamespace

import pytest

from models.shared.settings.delegates import Absence, delegate_of, stand_in_for

PEOPLE = {
    uid: SimpleNamespace(manager=manager)
    for uid, manager in {
        "jim": "michael",
        "dwight": "michael",
        "angela": "michael",
        "michael": "jan",
        "jan": "david",
        "david": None,
    }.items()
}
# absences (who: delegate), owner, the delegate of Michael, who decides for Michael
TABLE = {
    "in the office": ({}, "jim", "", ""),
    "somebody else is out": ({"dwight": "angela"}, "jim", "", ""),
    "a delegate": ({"michael": "dwight"}, "jim", "dwight", "dwight"),
    "for no owner in particular": ({"michael": "dwight"}, "", "dwight", "dwight"),
    "the delegate's delegate": ({"michael": "dwight", "dwight": "angela"}, "jim", *["angela"] * 2),
    "a chain of any length": (
        {"michael": "dwight", "dwight": "angela", "angela": "jim", "jim": "david"},
        "jan",
        *["david"] * 2,
    ),
    "the owner": ({"michael": "jim"}, "jim", "", "jan"),
    "nobody": ({"michael": ""}, "jim", "", "jan"),
    "somebody who left": ({"michael": "gone"}, "jim", "", "jan"),
    "themselves": ({"michael": "michael"}, "jim", "", "jan"),
    "a circle": ({"michael": "dwight", "dwight": "michael"}, "jim", "", "jan"),
    "a chain to the owner": ({"michael": "dwight", "dwight": "jim"}, "jim", "", "jan"),
    "nobody, asked by the manager's manager": ({"michael": ""}, "jan", "", ""),
}


@pytest.mark.parametrize(("away", "owner", "delegate", "decides"), TABLE.values(), ids=TABLE)
def test_who_stands_in(away: dict[str, str], owner: str, delegate: str, decides: str):
    day = date(2026, 11, 24)
    out = {uid: Absence(to, day, day) for uid, to in away.items()}
    assert delegate_of("michael", owner, out, PEOPLE) == delegate
    assert stand_in_for("michael", owner, out, PEOPLE) == decides


def test_who_has_no_right_counts_as_no_delegate():
    out = {"michael": Absence("dwight", date(2026, 11, 24), date(2026, 11, 24))}
    allowed = {uid: each for uid, each in PEOPLE.items() if uid != "dwight"}
    assert stand_in_for("michael", "jim", out, allowed) == "jan"
