"""Two leads that are one."""

from datetime import date
from decimal import Decimal

import pytest

from models.sales.duplicates import find_duplicates
from models.sales.lead_rules import NextStep
from models.sales.leads import move_lead, write_note
from models.sales.merge import Merge, merge_leads, merged_numbers
from models.sales.queries import get_lead, list_entries, list_lead_history
from models.shared.errors import DomainError, Forbidden, Invalid, NotFound, Stale
from models.shared.transactions import reading, transaction
from tests.factories.sales import DWIGHT, JIM, MICHAEL


def merge(
    winner: str,
    loser: str,
    *take: str,
    actor: str = JIM,
    seen: tuple[int, int] | None = None,
    any_lead: bool = False,
):
    with reading("sales") as session:
        versions = seen or (get_lead(session, winner).version, get_lead(session, loser).version)
    with transaction("sales", actor=actor) as session:
        merge_leads(
            session,
            Merge(
                winner=winner,
                loser=loser,
                take=take,
                winner_version=versions[0],
                loser_version=versions[1],
            ),
            any_lead=any_lead,
        )


def test_the_winner_keeps_its_facts_but_what_was_chosen_and_all_history(lead) -> None:
    loser = lead(
        company="Laurel Run",
        expected_value=Decimal("900.00"),
        mail="",
        source="website",
        next=NextStep(kind="mail", on=date(2026, 11, 20)),
    )
    winner = lead("contacted", mail="", phone="")
    with transaction("sales", actor=JIM) as session:
        write_note(session, loser, "Met at the fair")
    merge(winner, loser, "expected_value")
    with reading("sales") as session:
        row, gone = get_lead(session, winner), get_lead(session, loser)
        assert (row.company, row.expected_value, row.source) == (
            "Laurel Run Hospice",
            Decimal("900.00"),
            "referral",
        )
        assert row.phone == "(570) 555-0142" and row.phone_key == "+15705550142", (
            "what the winner lacked is filled"
        )
        assert (row.next_kind, row.next_on, row.stage) == ("mail", date(2026, 11, 20), "contacted")
        assert gone.merged_into == winner and merged_numbers(session, winner) == [loser]
        assert [(entry.words, entry.told_of) for entry in list_entries(session, winner)] == [
            ("Met at the fair", loser)
        ]
        history = list_lead_history(session, winner)
    assert {entry.key for entry in history} == {winner, loser}
    merged = next(entry for entry in history if entry.what == "merged")
    assert (merged.changes["loser"], merged.changes["took"]) == (loser, ["phone", "expected_value"])
    assert merged.changes["given_up"] == {
        "company": "Laurel Run",
        "phone": "",
        "source": "website",
        "expected_value": "11350.00",
    }


def test_what_was_merged_before_follows(lead) -> None:
    first, second, third = lead(), lead(), lead()
    merge(second, first)
    merge(third, second)
    with reading("sales") as session:
        assert merged_numbers(session, third) == [first, second]
        assert find_duplicates(session, "Laurel Run Hospice", but=third) == [], (
            "what was merged is no duplicate any more"
        )


def test_a_merged_lead_is_gone_for_every_command(lead) -> None:
    winner, loser = lead(), lead()
    merge(winner, loser)
    with pytest.raises(NotFound), transaction("sales", actor=JIM) as session:
        move_lead(session, loser, "contacted")
    with pytest.raises(NotFound):
        merge(winner, loser)


def test_what_cannot_be_merged_is_refused(lead) -> None:
    winner, theirs, lost = lead(), lead(owner=DWIGHT), lead("lost")
    with pytest.raises(Invalid):
        merge(winner, winner)
    with pytest.raises(Invalid):
        merge(winner, theirs, "stage")
    with pytest.raises(Forbidden):
        merge(winner, theirs)
    with pytest.raises(DomainError, match="Only open leads"):
        merge(winner, lost)
    with pytest.raises(Stale):
        merge(winner, theirs, actor=MICHAEL, any_lead=True, seen=(1, 7))
    merge(winner, theirs, actor=MICHAEL, any_lead=True)


@pytest.mark.parametrize(
    ("asked", "by"),
    [
        ({"company": "LAUREL RUN HOSPICE LLC"}, ("company",)),
        ({"mail": "Ann@laurelrun.example"}, ("mail",)),
        ({"phone": "+1 570 555 0142"}, ("phone",)),
        (
            {
                "company": "Laurel Run Hospice",
                "mail": "ann@laurelrun.example",
                "phone": "5705550142",
            },
            ("company", "mail", "phone"),
        ),
    ],
)
def test_duplicates_are_found_by_company_mail_and_phone(lead, asked: dict, by: tuple) -> None:
    number = lead()
    lead(company="Somebody Else", mail="", phone="")
    with reading("sales") as session:
        assert [
            (match.kind, match.number, match.by) for match in find_duplicates(session, **asked)
        ] == [("lead", number, by)]
        assert find_duplicates(session, **asked, but=number) == []


def test_clients_are_duplicates_too(client_number: str) -> None:
    with reading("sales") as session:
        for asked in (
            {"company": "Pine Ridge School District, Inc"},
            {"mail": "DAN@pineridge.example"},
        ):
            assert [match.number for match in find_duplicates(session, **asked)] == [client_number]
        assert find_duplicates(session, phone="570 555 0199", company=" ") == []
