"""A WUPHF to groups: who may send it, whom it reaches, once, in portions, seen and acknowledged by each."""

import psycopg
import pytest

from models.shared.errors import Forbidden, Invalid, NotFound
from models.shared.transactions import reading, transaction
from models.wuphf import broadcasts, queries
from tests.factories.notifications import Counts, count_of, deliver_decided
from tests.pages.served import ServedPage
from tests.web_client import PARTIAL

FORM = {
    "text": "The parking lot is closed on Friday, @pam.beesly holds the keys",
    "groups": ["sales", "reception"],
}


@pytest.fixture
def michael(office, client_as):
    return client_as("michael.scott")


def send(
    uid: str = "michael.scott",
    *,
    asks: bool = False,
    groups: tuple[str, ...] = ("sales", "reception"),
) -> str:
    with transaction("notifications", actor=uid) as session:
        return broadcasts.send_broadcast(session, FORM["text"], groups, asks=asks)


def carry(number: str) -> None:
    broadcasts.tell_in_portions(number)
    deliver_decided()


def waiting(database: str) -> int:
    with psycopg.connect(database) as connection:
        return connection.execute(
            "SELECT count(*) FROM notifications.procrastinate_jobs WHERE task_name LIKE '%%tell_in_portions'"
        ).fetchone()[0]


def test_everybody_in_the_groups_is_told_once_and_nobody_else(office):
    carry(send())
    reached = office["sales"] | office["reception"]
    for uid in set().union(*office.values()):
        assert count_of(uid) == ((1, 1) if uid in reached else (0, 0)), uid


def test_the_sender_hears_nothing_of_their_own(office):
    carry(send("pam.beesly"))
    assert count_of("pam.beesly") == Counts(unseen=0, unread=0)
    assert count_of("erin.hannon") == Counts(unseen=1, unread=1)


def test_whom_it_names_finds_it_among_the_mentions(office):
    carry(send())
    with reading("notifications") as session:
        [notice] = queries.list_inbox(
            session, "pam.beesly", wanted=queries.InboxFilter(view="mentions")
        ).notices
        assert not queries.list_inbox(
            session, "jim.halpert", wanted=queries.InboxFilter(view="mentions")
        ).notices
    assert notice.kind == "broadcast"


def test_portions_broken_off_go_on_and_tell_nobody_twice(office, monkeypatch):
    monkeypatch.setattr(broadcasts, "PORTION", 3)
    number = send()
    with transaction("notifications", actor="michael.scott") as session:
        broadcasts._tell_some(session, number)
    for _ in range(2):
        carry(number)
    assert {count_of(uid) for uid in office["sales"] | office["reception"]} == {(1, 1)}
    with reading("notifications") as session:
        assert broadcasts.get_broadcast(session, number, "michael.scott").done


@pytest.mark.parametrize(
    "form",
    [
        {**FORM, "text": "  "},
        {**FORM, "text": "x" * 501},
        {**FORM, "groups": []},
        {**FORM, "groups": ["nobody"]},
    ],
)
def test_bad_input_is_shown_at_its_field_and_sends_nothing(michael, form, clean_database):
    answer = michael.post("/wuphf/broadcasts", data=form)
    assert answer.status_code == 422
    assert "The WUPHF was not sent" in answer.text
    assert waiting(clean_database) == 0


def test_nobody_but_oneself_is_no_audience(office):
    with pytest.raises(Invalid):
        send("michael.scott", groups=("sales-managers",))


def test_a_double_submit_sends_once(michael, clean_database):
    form = {**FORM, "form_key": "the-same-key"}
    first, second = (michael.post("/wuphf/broadcasts", data=form) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert waiting(clean_database) == 1


def test_who_may_not_send_is_not_offered_and_is_refused(office, client_as, michael):
    jim = client_as("jim.halpert")
    assert "Send a WUPHF" in michael.get("/wuphf").text
    assert "Send a WUPHF" not in jim.get("/wuphf").text
    assert jim.post("/wuphf/broadcasts", data=FORM).status_code == 403


def test_the_form_says_how_many_it_reaches(michael):
    assert (
        "<b>8 people</b>"
        in michael.get(
            "/wuphf/broadcasts/reach?groups=sales&groups=reception", headers=PARTIAL
        ).text
    )


def test_only_the_sender_sees_who_has_seen_it_and_a_stranger_sees_nothing(
    office, client_as, michael
):
    number = send()
    carry(number)
    client_as("jim.halpert").post("/wuphf/bell")
    page = michael.get(f"/wuphf/broadcasts/{number}").text
    assert "1 of 8" in page
    assert "Who has seen it" not in client_as("jim.halpert").get(f"/wuphf/broadcasts/{number}").text
    for address in (f"/wuphf/broadcasts/{number}", f"/wuphf/broadcasts/{number}/state"):
        assert client_as("roy.anderson").get(address).status_code == 404
    with pytest.raises(NotFound), reading("notifications") as session:
        broadcasts.get_broadcast(session, number, "roy.anderson")


def test_only_who_was_asked_acknowledges_and_once_is_enough(office, client_as, michael):
    number = send(asks=True)
    carry(number)
    jim = client_as("jim.halpert")
    form = f'form[hx-post="/wuphf/broadcasts/{number}/acknowledge"]'
    assert ServedPage(jim.post("/wuphf/bell")).has(form)
    for _ in range(2):
        assert jim.post(f"/wuphf/broadcasts/{number}/acknowledge").status_code == 303
    assert not ServedPage(jim.post("/wuphf/bell")).has(form)
    assert "1 acknowledged" in michael.get(f"/wuphf/broadcasts/{number}").text
    assert (
        client_as("roy.anderson").post(f"/wuphf/broadcasts/{number}/acknowledge").status_code == 404
    )
    plain = send()
    with pytest.raises(Forbidden), transaction("notifications", actor="jim.halpert") as session:
        broadcasts.acknowledge(session, plain)


def test_words_are_never_markup(office, client_as):
    with transaction("notifications", actor="michael.scott") as session:
        number = broadcasts.send_broadcast(
            session, "<script>alert(1)</script>", ["sales"], asks=False
        )
    carry(number)
    assert "<script>alert" not in client_as("jim.halpert").post("/wuphf/bell").text


def test_the_rest_api_sends_once_per_key_and_shows_the_readers(office, anonymous, bearer_for):
    michael = {**bearer_for("michael.scott", "wuphf"), "Idempotency-Key": "key-12345678"}
    sent = [
        anonymous.post(
            "/api/v1/broadcasts", json={"text": "Hello", "groups": ["sales"]}, headers=michael
        )
        for _ in range(2)
    ]
    assert [answer.status_code for answer in sent] == [201, 201]
    assert sent[0].json["number"] == sent[1].json["number"]
    carry(sent[0].json["number"])
    shown = anonymous.get(f"/api/v1/broadcasts/{sent[0].json['number']}", headers=michael).json
    assert (shown["done"], len(shown["readers"])) == (True, 6)
    roy = bearer_for("roy.anderson", "wuphf")
    assert (
        anonymous.get(f"/api/v1/broadcasts/{sent[0].json['number']}", headers=roy).status_code
        == 404
    )
    assert (
        anonymous.post(
            "/api/v1/broadcasts", json={"text": "x", "groups": ["sales"]}, headers=roy
        ).status_code
        == 403
    )
