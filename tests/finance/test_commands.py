"""The way of an expense: drafts, handing in, deciding, taking back; what is published and kept."""

from datetime import timedelta
from decimal import Decimal

import psycopg
import pytest
from sqlalchemy.exc import ProgrammingError

from models.finance.commands import submit_expense, withdraw_expense
from models.finance.drafts import (
    Draft,
    DraftLine,
    discard_draft,
    save_draft,
    start_expense,
)
from models.finance.people import KnownPerson, PeopleUnknown, office_today, remember_people
from models.finance.queries import ExpenseFilter, get_expense, list_decisions, list_expenses
from models.finance.rules import Reader
from models.finance.tables import Decision, Expense
from models.shared.errors import DomainError, Forbidden, Invalid, NotFound, Stale
from models.shared.records.history import list_history
from models.shared.transactions import reading, transaction
from tests.factories.files import make_picture
from tests.factories.finance import (
    PEOPLE,
    attach_receipt,
    decide_as,
    do_as,
    lines_of,
    make_line,
    published_events,
    read_expense,
    set_absence,
)


def decisions(number):
    with reading("finance") as session:
        return list_decisions(session, number)


def test_a_small_expense_goes_to_the_manager_and_is_approved(handed_in, office):
    number = handed_in()
    assert (read_expense(number).status, read_expense(number).approver) == (
        "submitted",
        "michael.scott",
    )
    assert decide_as("michael.scott", number) == "approved"
    assert (read_expense(number).approved_total, read_expense(number).settled_at is not None) == (
        Decimal("20.00"),
        True,
    )
    told = published_events(office)
    assert [(what, actor) for what, _, actor in told] == [
        ("submitted", "jim.halpert"),
        ("approved", "michael.scott"),
    ]
    assert told[0][1]["approvers"] == ["michael.scott"]
    assert (told[1][1]["approved_total"], told[1][1]["in_place_of"]) == ("20.00", "")


def test_above_the_limit_accounting_gives_the_second_approval(handed_in, office):
    number = handed_in(
        "jim.halpert", make_line("1200.00", "travel", why="The last seat"), receipt=make_picture()
    )
    assert decide_as("michael.scott", number) == "with_accounting"
    assert published_events(office)[1][0] == "passed_on"
    assert published_events(office)[1][1]["approvers"] == [
        "angela.martin",
        "kevin.malone",
        "oscar.martinez",
    ]
    with pytest.raises(DomainError, match=r"Michael Scott already approved"):
        decide_as("michael.scott", number, step="manager")
    with pytest.raises(Forbidden):
        decide_as("michael.scott", number)
    assert decide_as("oscar.martinez", number) == "approved"
    assert [(each.step, each.decided_by) for each in decisions(number)] == [
        ("manager", "michael.scott"),
        ("accounting", "oscar.martinez"),
    ]


def test_who_approved_first_never_gives_the_second_approval_too(handed_in):
    number = handed_in(
        "oscar.martinez", make_line("1200.00", "travel", why="Far"), receipt=make_picture()
    )
    assert decide_as("angela.martin", number) == "with_accounting"
    with pytest.raises(Forbidden, match="Someone else has to give the second"):
        decide_as("angela.martin", number)
    with pytest.raises(Forbidden, match="your own"):
        decide_as("oscar.martinez", number)
    assert decide_as("kevin.malone", number) == "approved"


def test_the_top_of_the_house_is_decided_by_accounting(handed_in, office):
    number = handed_in("david.wallace")
    assert (read_expense(number).status, read_expense(number).approver_name) == (
        "with_accounting",
        "Accounting",
    )
    assert published_events(office)[0][1]["step"] == "accounting"
    assert decide_as("kevin.malone", number) == "approved"


def test_a_part_is_granted_line_by_line(handed_in, office):
    number = handed_in("jim.halpert", make_line("20.00"), make_line("10.00", "supplies"))
    first, second = lines_of(number)
    status = decide_as(
        "michael.scott",
        number,
        amounts={first: Decimal("12.50"), second: Decimal(0)},
        reason="No wine",
    )
    assert status == "partly_approved"
    assert read_expense(number).approved_total == Decimal("12.50")
    assert published_events(office)[-1][1]["approved_total"] == "12.50"
    [kept] = decisions(number)
    assert (kept.granted, kept.reason) == ({str(first): "12.50", str(second): "0"}, "No wine")


@pytest.mark.parametrize("amounts", [{1: "20.01"}, {1: "-1"}, {}, {1: "5", 9: "1"}, {1: "0"}])
def test_amounts_that_do_not_fit_are_refused(handed_in, amounts):
    number = handed_in()
    with pytest.raises(Invalid):
        decide_as(
            "michael.scott",
            number,
            amounts={at: Decimal(amount) for at, amount in amounts.items()},
            reason="No wine",
        )
    assert read_expense(number).status == "submitted"


def test_accounting_grants_at_most_what_the_manager_granted(handed_in, office):
    number = handed_in(
        "jim.halpert", make_line("1500.00", "travel", why="Far"), receipt=make_picture()
    )
    [at] = lines_of(number)
    less = {"amounts": {at: Decimal(1200)}}
    with pytest.raises(Invalid) as asked:
        decide_as("michael.scott", number, **less)
    assert "less than requested" in asked.value.errors["reason"]
    assert decide_as("michael.scott", number, **less, reason="By train") == "with_accounting"
    passed = published_events(office)[-1][1]
    assert (passed["approved_total"], passed["reason"]) == ("1200", "By train")
    assert passed["waits_for"] == "Angela Martin, Kevin Malone or Oscar Martinez"
    with pytest.raises(Invalid):
        decide_as("oscar.martinez", number, amounts={at: Decimal(1300)})
    assert decide_as("oscar.martinez", number) == "partly_approved"
    assert read_expense(number).approved_total == Decimal(1200)


@pytest.mark.parametrize("do", ["refuse", "send_back"])
@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_refusing_and_asking_need_words(handed_in, do, reason):
    with pytest.raises(Invalid) as refused:
        decide_as("michael.scott", handed_in(), do, reason=reason)
    assert set(refused.value.errors) == {"reason"}


def test_sent_back_it_is_mended_and_handed_in_again(handed_in, office):
    number = handed_in()
    assert decide_as("michael.scott", number, "send_back", reason="Who ate it?") == "sent_back"
    assert read_expense(number).reason == "Who ate it?"
    do_as(
        "jim.halpert",
        save_draft,
        number,
        Draft(
            purpose="Lunch with Dan",
            lines=[make_line("18.00", line=lines_of(number)[0])],
            version=read_expense(number).version,
        ),
    )
    do_as("jim.halpert", submit_expense, number)
    again = read_expense(number)
    assert (again.status, again.round, again.reason) == ("submitted", 2, "")
    with pytest.raises(Stale, match="submitted again"):
        decide_as("michael.scott", number, round=1)
    assert decide_as("michael.scott", number, round=2) == "approved"
    assert [what for what, _, _ in published_events(office)] == [
        "submitted",
        "sent_back",
        "submitted",
        "approved",
    ]


def test_withdrawn_it_is_a_draft_again_and_what_was_granted_is_forgotten(handed_in, office):
    number = handed_in(
        "jim.halpert", make_line("1500.00", "travel", why="Far"), receipt=make_picture()
    )
    decide_as("michael.scott", number)
    do_as("jim.halpert", withdraw_expense, number)
    assert (read_expense(number).status, read_expense(number).approved_total) == ("draft", None)
    do_as(
        "jim.halpert",
        save_draft,
        number,
        Draft(
            purpose="Less",
            lines=[make_line("5.00", line=lines_of(number)[0])],
            version=read_expense(number).version,
        ),
    )
    with pytest.raises(DomainError, match="withdrew"):
        decide_as("oscar.martinez", number)
    assert published_events(office)[-1][0] == "withdrawn"


def test_what_is_decided_cannot_be_withdrawn_and_says_who_decided(handed_in):
    number = handed_in()
    decide_as("michael.scott", number, "refuse", reason="No")
    with pytest.raises(DomainError, match="Michael Scott already refused"):
        do_as("jim.halpert", withdraw_expense, number)


def test_a_refused_expense_stays_refused(handed_in):
    number = handed_in()
    decide_as("michael.scott", number, "refuse", reason="No")
    with pytest.raises(DomainError, match="already"):
        decide_as("michael.scott", number)
    with pytest.raises(DomainError, match="cannot be changed"):
        do_as("jim.halpert", submit_expense, number)


def test_nobody_but_those_asked_decides(handed_in):
    number = handed_in()
    for uid in set(PEOPLE) - {"michael.scott"}:
        with pytest.raises(Forbidden):
            decide_as(uid, number)
    assert read_expense(number).status == "submitted"


def test_nobody_decides_on_their_own_in_no_role_and_not_by_delegation(handed_in):
    set_absence("michael.scott", "jim.halpert")
    number = handed_in("jim.halpert")
    with pytest.raises(Forbidden, match="your own"):
        decide_as("jim.halpert", number)
    with (
        transaction("finance", actor="jim.halpert") as session,
        pytest.raises(Forbidden, match="your own"),
    ):
        from models.finance.commands import Verdict, decide_expense

        decide_expense(session, number, Verdict(do="approve"), in_accounting=True)
    assert decide_as("jan.levinson", number) == "approved"
    assert decisions(number)[0].in_place_of == "michael.scott"


def test_the_delegate_decides_in_the_place_of_who_is_away_and_the_decision_says_so(
    handed_in, office
):
    set_absence("michael.scott", "dwight.schrute")
    number = handed_in()
    assert published_events(office)[0][1]["approvers"] == ["dwight.schrute", "michael.scott"]
    assert decide_as("dwight.schrute", number) == "approved"
    assert (decisions(number)[0].decided_by, decisions(number)[0].in_place_of) == (
        "dwight.schrute",
        "michael.scott",
    )
    assert published_events(office)[1][1]["in_place_of"] == "michael.scott"


def test_before_and_after_the_absence_the_delegate_decides_nothing(handed_in):
    for first, last in ((1, 3), (-3, -1)):
        set_absence("michael.scott", "dwight.schrute", first, last)
        with pytest.raises(Forbidden):
            decide_as("dwight.schrute", handed_in())


def test_the_decision_keeps_what_policy_said_at_that_moment(handed_in):
    number = handed_in(
        "jim.halpert", make_line("80.00", why="Eight people", days_ago=100), receipt=make_picture()
    )
    assert read_expense(number).marks == 2
    decide_as("michael.scott", number)
    assert [each["code"] for each in decisions(number)[0].findings] == ["over_limit", "too_old"]


def test_a_decision_cannot_be_changed_or_removed_afterwards(handed_in):
    number = handed_in()
    decide_as("michael.scott", number)
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction("finance", actor="x") as session,
    ):
        session.query(Decision).filter_by(expense_number=number).delete()


def test_today_is_the_day_of_the_person_who_spent_the_money(draft):
    ahead = office_today() + timedelta(days=1)  # where the day began already, such as Tokyo
    number = draft("jim.halpert", make_line("20.00", days_ago=-1))
    with pytest.raises(Invalid, match="not submitted") as refused:
        do_as("jim.halpert", submit_expense, number)
    assert set(refused.value.errors) == {f"lines-{lines_of(number)[0]}-spent_on"}
    with transaction("finance", actor="jim.halpert") as session:
        submit_expense(session, number, today=ahead)
    assert read_expense(number).status == "submitted"


def test_what_must_be_mended_comes_with_a_sentence_for_each_field(draft):
    number = draft(
        "jim.halpert",
        DraftLine(),
        make_line("80.00"),
        DraftLine(spent_on=office_today() + timedelta(days=1)),
        purpose="",
    )
    first, second, third = lines_of(number)
    with pytest.raises(Invalid) as refused:
        do_as("jim.halpert", submit_expense, number)
    assert set(refused.value.errors) == {
        "purpose",
        f"lines-{first}-category",
        f"lines-{first}-spent_on",
        f"lines-{first}-amount",
        f"lines-{second}-why",
        f"lines-{second}-voucher",
        f"lines-{third}-category",
        f"lines-{third}-spent_on",
        f"lines-{third}-amount",
    }
    assert read_expense(number).status == "draft"


def test_a_draft_may_be_half_filled_and_is_nobodys_business(draft):
    number = draft("jim.halpert", DraftLine(what="Lunch"))
    for uid in ("michael.scott", "oscar.martinez"):
        with reading("finance") as session, pytest.raises(NotFound):
            get_expense(session, number, Reader(uid, in_accounting=True))
        with pytest.raises(NotFound):
            decide_as(uid, number)
        with pytest.raises(NotFound):
            do_as(uid, submit_expense, number)


def test_a_stale_edit_is_refused_but_saves_of_one_form_never_collide(draft):
    number = draft()
    version, kept = read_expense(number).version, lines_of(number)[0]
    for n in range(3):
        do_as(
            "jim.halpert",
            save_draft,
            number,
            Draft(purpose=f"{n}", lines=[make_line(line=kept)], version=version, form="form-one"),
        )
    with pytest.raises(Stale):
        do_as(
            "jim.halpert",
            save_draft,
            number,
            Draft(purpose="other tab", lines=[], version=version, form="form-two"),
        )
    assert read_expense(number).purpose == "2"


def test_lines_keep_their_number_and_receipts_whatever_comes_and_goes(draft):
    number = draft("jim.halpert", make_line("1.00"), make_line("2.00"))
    first, second = lines_of(number)
    attach_receipt("jim.halpert", number, make_picture(), second)
    do_as(
        "jim.halpert",
        save_draft,
        number,
        Draft(
            purpose="x",
            lines=[make_line("2.00", line=second), make_line("3.00")],
            version=read_expense(number).version,
        ),
    )
    assert lines_of(number) == [second, second + 1]
    with reading("finance") as session:
        expense = get_expense(session, number, Reader("jim.halpert"))
    assert [len(each.vouchers) for each in expense.lines] == [1, 0]
    assert first not in lines_of(number)


@pytest.mark.parametrize(
    ("field", "draft_of"),
    [
        ("purpose", lambda at: Draft(purpose="x" * 201, lines=[], version=0)),
        (
            "lines-{}-amount",
            lambda at: Draft(
                purpose="", lines=[DraftLine(line=at, amount=Decimal("100000.01"))], version=0
            ),
        ),
        (
            "lines-{}-amount",
            lambda at: Draft(purpose="", lines=[DraftLine(line=at, amount=Decimal(0))], version=0),
        ),
        (
            "lines-{}-why",
            lambda at: Draft(purpose="", lines=[DraftLine(line=at, why="x" * 201)], version=0),
        ),
        ("lines", lambda at: Draft(purpose="", lines=[DraftLine()] * 51, version=0)),
    ],
)
def test_more_than_a_field_holds_is_refused_with_the_field(draft, field, draft_of):
    from msgspec.structs import replace

    number = draft()
    at = lines_of(number)[0]
    with pytest.raises(Invalid) as refused:
        do_as(
            "jim.halpert",
            save_draft,
            number,
            replace(draft_of(at), version=read_expense(number).version),
        )
    assert set(refused.value.errors) == {field.format(at)}


def test_an_empty_draft_is_taken_up_again_instead_of_making_another(office):
    numbers = {do_as("jim.halpert", start_expense, "Jim Halpert") for _ in range(3)}
    assert len(numbers) == 1
    assert do_as("dwight.schrute", start_expense, "Dwight Schrute") not in numbers


def test_a_draft_is_thrown_away_with_its_receipts_but_not_what_was_handed_in_once(
    draft, handed_in, office
):
    number = draft(receipt=make_picture())
    do_as("jim.halpert", discard_draft, number)
    with psycopg.connect(office) as connection:
        assert connection.execute("SELECT count(*) FROM finance.voucher").fetchone() == (0,)
    number = handed_in()
    do_as("jim.halpert", withdraw_expense, number)
    with pytest.raises(DomainError, match="cannot be deleted"):
        do_as("jim.halpert", discard_draft, number)


def test_the_same_lunch_and_the_same_receipt_are_noticed(handed_in, draft):
    receipt = make_picture("red")
    first = handed_in("jim.halpert", make_line("20.00"), receipt=receipt)
    second = draft("jim.halpert", make_line("20.00"))
    third = draft("dwight.schrute", make_line("20.00"), receipt=receipt)
    from models.finance.validation import remarks_on

    for number, owner, expected in (
        (second, "jim.halpert", "duplicate_line"),
        (third, "dwight.schrute", "duplicate_voucher"),
    ):
        with reading("finance") as session:
            found = remarks_on(session, get_expense(session, number, Reader(owner)))
        assert [each.code for each in found] == [expected]
        assert first in found[0].words


def test_one_receipt_on_two_lines_is_told_to_owner_and_approver(handed_in, client_as):
    receipt = make_picture("green")
    number = handed_in(
        "jim.halpert", make_line("20.00"), make_line("10.00", "supplies"), receipt=receipt
    )
    do_as("jim.halpert", withdraw_expense, number)
    attach_receipt("jim.halpert", number, receipt, lines_of(number)[1])
    form = client_as("jim.halpert").get(f"/expenses/{number}/edit").text
    assert "This receipt photo is also attached to line 2 (Lunch)." in form
    assert "This receipt photo is also attached to line 1 (Lunch)." in form
    do_as("jim.halpert", submit_expense, number)
    asked = client_as("michael.scott").get(f"/expenses/{number}").text
    assert asked.count("This receipt photo is also attached to line") >= 2


def test_without_known_people_nothing_is_handed_in_and_the_draft_is_kept(draft, office):
    number = draft()
    with psycopg.connect(office, autocommit=True) as connection:
        connection.execute("DELETE FROM finance.person")
    with pytest.raises(PeopleUnknown):
        do_as("jim.halpert", submit_expense, number)
    assert read_expense(number).status == "draft"


def test_an_empty_answer_never_replaces_the_people_known_and_an_equal_one_writes_nothing(office):
    before = (
        psycopg.connect(office)
        .execute("SELECT min(xmin::text), count(*) FROM finance.person")
        .fetchone()
    )
    do_as("service:test", remember_people, [])
    do_as("service:test", remember_people, list(PEOPLE.values()))
    with psycopg.connect(office) as connection:
        assert (
            connection.execute("SELECT min(xmin::text), count(*) FROM finance.person").fetchone()
            == before
        )
    do_as("service:test", remember_people, [KnownPerson(uid="jim.halpert", name="Jim")])
    with psycopg.connect(office) as connection:
        assert connection.execute("SELECT uid, name FROM finance.person").fetchall() == [
            ("jim.halpert", "Jim")
        ]


def test_history_tells_who_did_what(handed_in):
    number = handed_in()
    decide_as("michael.scott", number)
    with reading("finance") as session:
        entries = [(entry.what, entry.actor) for entry in list_history(session, "expense", number)]
    assert entries == [
        ("approve", "michael.scott"),
        ("submit", "jim.halpert"),
        ("start", "jim.halpert"),
    ]


def test_postgresql_itself_refuses_to_let_anybody_decide_on_their_own(handed_in, office):
    number = handed_in()
    for change in (
        "approver = owner",
        "first_decider = owner",
        "status = 'reimbursed'",
        "status = 'lost'",
        "approved_total = total + 1",
    ):
        with psycopg.connect(office) as connection, pytest.raises(psycopg.errors.CheckViolation):
            connection.execute(f"UPDATE finance.expense SET {change} WHERE number = %s", [number])


def test_the_lists_show_to_each_exactly_what_they_may_see_and_decide(handed_in, draft):
    set_absence("michael.scott", "jim.halpert")
    from models.finance.people import reader_of
    from models.finance.rules import may_decide, may_see

    owners = ("jim.halpert", "dwight.schrute", "michael.scott", "david.wallace", "oscar.martinez")
    numbers = [handed_in(owner) for owner in owners]
    numbers += [
        handed_in("roy.anderson", make_line("1100.00", "travel", why="x"), receipt=make_picture()),
        draft("pam.beesly"),
    ]
    decide_as("darryl.philbin", numbers[5])
    for uid in PEOPLE:
        with reading("finance") as session:
            reader = reader_of(session, uid, "accounting" in PEOPLE[uid].groups)
            expenses = session.query(Expense).all()
            for scope, rule in (("decide", may_decide), ("team", may_see)):
                listed = {
                    row.number
                    for row in list_expenses(
                        session, ExpenseFilter(reader=reader, scope=scope)
                    ).rows
                }
                expected = {
                    each.number for each in expenses if rule(each, reader) and each.owner != uid
                }
                decided = {numbers[5]} if scope == "team" and uid == "darryl.philbin" else set()
                assert listed == expected | decided, (uid, scope)
