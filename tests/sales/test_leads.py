"""Leads by commands: what changes, what is written down, and who may not."""

from datetime import date
from decimal import Decimal

import pytest

from models.sales.changes import lock_lead
from models.sales.lead_rules import NextStep
from models.sales.leads import (
    assign_leads,
    change_lead,
    create_lead,
    log_call,
    lose_lead,
    move_lead,
    plan_next,
    reopen_lead,
    write_note,
)
from models.sales.queries import get_lead, list_entries, list_lead_history
from models.sales.stages import Refused
from models.sales.tables import FAR
from models.shared.errors import Forbidden, Invalid, NotFound, Stale
from models.shared.transactions import reading, transaction
from tests.factories.sales import DWIGHT, JIM, MICHAEL, fetch_one, make_lead_facts


def do(command, *arguments, actor: str = JIM, **more):
    with transaction("sales", actor=actor) as session:
        return command(session, *arguments, **more)


def found(number: str):
    with reading("sales") as session:
        return get_lead(session, number)


def test_a_lead_begins_new_with_its_normal_forms_and_history(lead, clean_database: str) -> None:
    number = lead(company="Laurel Run Hospice, Inc.")
    row = found(number)
    assert number.startswith("LD-") and (row.stage, row.owner, row.version) == ("new", JIM, 1)
    assert (row.company_key, row.phone_key, row.phone) == (
        "laurel run hospice",
        "+15705550142",
        "(570) 555-0142",
    )
    assert (row.next_kind, row.next_on) == ("call", date(2026, 11, 24))
    assert fetch_one(
        clean_database, "SELECT actor, what FROM sales.history WHERE key = %s", number
    ) == (
        JIM,
        "created",
    )


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"company": "  "}, "company"),
        ({"company": "x" * 201}, "company"),
        ({"mail": "ann"}, "mail"),
        ({"phone": "call me"}, "phone"),
        ({"source": "rumour"}, "source"),
        ({"expected_value": None}, "expected_value"),
        ({"expected_value": Decimal(-1)}, "expected_value"),
        ({"expected_value": Decimal("NaN")}, "expected_value"),
        ({"expected_value": Decimal("1.001")}, "expected_value"),
        ({"next": NextStep(kind="call")}, "next_on"),
        ({"next": NextStep(on=date(2026, 1, 1))}, "next_kind"),
        ({"next": NextStep(kind="seance", on=date(2026, 1, 1))}, "next_kind"),
        ({"next": NextStep(kind="call", on=date(1026, 1, 1))}, "next_on"),
    ],
)
def test_what_no_lead_can_be_is_refused_and_nothing_is_written(
    clean_database: str, change: dict, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        do(create_lead, make_lead_facts(**change))
    assert set(refused.value.errors) == {field}
    assert fetch_one(clean_database, "SELECT count(*) FROM sales.lead") == 0


def test_a_lead_needs_no_more_than_a_company(clean_database: str) -> None:
    number = do(
        create_lead,
        make_lead_facts(
            contact_name="", mail="", phone="", expected_value=Decimal(0), next=NextStep()
        ),
    )
    assert found(number).next_on == FAR


def test_a_change_writes_what_was_and_what_is(lead) -> None:
    number = lead()
    do(change_lead, number, make_lead_facts(company="Laurel Run House"), 1)
    with reading("sales") as session:
        newest = list_lead_history(session, number)[0]
    assert newest.changes["fields"] == {"company": ["Laurel Run Hospice", "Laurel Run House"]}
    do(change_lead, number, make_lead_facts(company="Laurel Run House"), 2)
    assert found(number).version == 2, "nothing differs: nothing happened"


def test_a_stale_edit_is_refused_with_what_changed(lead) -> None:
    number = lead()
    do(change_lead, number, make_lead_facts(company="Laurel Run House"), 1)
    do(move_lead, number, "contacted", 2)
    with pytest.raises(Stale) as stale:
        do(change_lead, number, make_lead_facts(contact_name="Somebody"), 1)
    assert stale.value.details["changes"] == {
        "company": ("Laurel Run Hospice", "Laurel Run House"),
        "stage": ("new", "contacted"),
    }
    assert found(number).contact_name == "Ann Petrov"


def test_stages_go_step_by_step_and_count_time_anew(lead) -> None:
    number = lead()
    since = found(number).stage_since
    do(move_lead, number, "contacted")
    assert found(number).stage == "contacted" and found(number).stage_since > since
    with pytest.raises(Refused, match="next stage is Qualified"):
        do(move_lead, number, "proposal")
    with pytest.raises(Refused, match="Only leads in Proposal"):
        do(move_lead, number, "converted")
    with pytest.raises(Invalid):
        do(move_lead, number, "beets")
    assert found(number).stage == "contacted"


def test_a_lost_lead_says_why_and_is_reopened_where_it_was(lead) -> None:
    number = lead("qualified")
    with pytest.raises(Invalid):
        do(lose_lead, number, "boredom")
    with pytest.raises(Invalid, match="marked"):
        do(lose_lead, number, "other", " ")
    do(lose_lead, number, "price", "A cent a sheet too much")
    row = found(number)
    assert (row.stage, row.lost_reason, row.lost_from, row.next_on) == (
        "lost",
        "price",
        "qualified",
        FAR,
    )
    for refused in (
        lambda: do(move_lead, number, "contacted"),
        lambda: do(lose_lead, number, "price"),
        lambda: do(plan_next, number, NextStep(kind="call", on=date(2026, 12, 1))),
    ):
        with pytest.raises(Refused):
            refused()
    do(reopen_lead, number)
    assert (found(number).stage, found(number).lost_reason) == ("qualified", "")
    with pytest.raises(Refused):
        do(reopen_lead, number)


def test_notes_and_calls_are_kept_newest_first_and_anybody_in_sales_writes_them(lead) -> None:
    number = lead()
    do(write_note, number, "Likes ivory cardstock")
    do(log_call, number, "no_answer", actor=DWIGHT)
    with reading("sales") as session:
        assert [(row.kind, row.actor, row.outcome) for row in list_entries(session, number)] == [
            ("call", DWIGHT, "no_answer"),
            ("note", JIM, ""),
        ]
    for bad in (
        lambda: do(write_note, number, " "),
        lambda: do(write_note, number, "x" * 2001),
        lambda: do(log_call, number, "fine"),
    ):
        with pytest.raises(Invalid):
            bad()
    with pytest.raises(NotFound):
        do(write_note, "LD-1", "Hello")


def test_another_sales_person_may_not_work_a_lead_but_a_manager_may(lead) -> None:
    number, free = lead(), lead(owner="")
    for command, arguments in (
        (move_lead, ("contacted",)),
        (lose_lead, ("price",)),
        (change_lead, (make_lead_facts(), 1)),
        (plan_next, (NextStep(),)),
        (reopen_lead, ()),
    ):
        with pytest.raises(Forbidden, match="Jim Halpert"):
            do(command, number, *arguments, actor=DWIGHT)
    do(move_lead, number, "contacted", actor=MICHAEL, any_lead=True)
    do(move_lead, free, "contacted", actor=DWIGHT)
    assert found(number).stage == found(free).stage == "contacted"


def test_leads_change_hands_all_or_none(lead) -> None:
    mine, free, theirs = lead(), lead(owner=""), lead(owner=DWIGHT)
    with pytest.raises(Forbidden):
        do(assign_leads, [mine, free, theirs], "phyllis.vance")
    assert found(mine).owner == JIM
    assert do(assign_leads, [mine, free, mine], "phyllis.vance") == 2
    assert do(assign_leads, [mine, theirs], DWIGHT, actor=MICHAEL, any_lead=True) == 1
    for numbers, owner in (([], DWIGHT), ([mine], " ")):
        with pytest.raises(Invalid):
            do(assign_leads, numbers, owner, actor=MICHAEL, any_lead=True)


def test_a_lead_is_given_to_nobody_but_those_who_may_own_it_and_whose_it_is_may_stay(lead) -> None:
    number, owners = lead(), frozenset({DWIGHT})
    for run in (
        (create_lead, make_lead_facts(owner="jim", owners=owners)),
        (change_lead, number, make_lead_facts(owner="jim", owners=owners), 1),
    ):
        with pytest.raises(Invalid) as refused:
            do(*run)
        assert refused.value.errors == {"owner": "No one in sales is named jim."}
    with pytest.raises(Invalid):
        do(assign_leads, [number], "jim", owners=owners)
    do(change_lead, number, make_lead_facts(company="Its owner left sales", owners=owners), 1)
    do(assign_leads, [number], DWIGHT, owners=owners)
    assert (
        found(number).owner == DWIGHT
        and found(do(create_lead, make_lead_facts(owner="", owners=owners))).owner == ""
    )


def test_a_lead_that_is_not_there_is_not_found(clean_database: str) -> None:
    with pytest.raises(NotFound), transaction("sales", actor=JIM) as session:
        lock_lead(session, "LD-1")
