"""The REST API of a person's own notifications."""

import uuid

import pytest

from tests.factories.notifications import RAISED, Counts, count_of, make_raised
from tests.web_client import known_people
from webapp.shared.people.rights import Person, roles_of_groups


@pytest.fixture
def token_of(web_app):
    """`token_of("jim.halpert")`: headers with that person's own token for wuphf (or another service)."""

    def headers(uid: str, service: str = "wuphf") -> dict[str, str]:
        entry = known_people()[uid]
        with web_app.app_context():
            person = Person(uid, entry.name, roles=roles_of_groups(entry.groups))
            return {
                "Authorization": f"Bearer {web_app.extensions['own_tokens'].issue(person, service)}"
            }

    return headers


@pytest.fixture
def arrived(office, happens) -> list[uuid.UUID]:
    """Five notifications for Jim and one for Dwight, oldest first."""
    ids = [uuid.uuid4() for _ in range(5)]
    for id_ in ids:
        happens(RAISED, make_raised(id_))
    happens(RAISED, make_raised(uuid.uuid4(), "dwight.schrute"))
    return ids


def test_the_callers_notifications_come_in_pages_newest_first(arrived, anonymous, token_of):
    found, after = [], ""
    while after is not None:
        address = f"/api/v1/notifications?limit=2&after={after}"
        answer = anonymous.get(address, headers=token_of("jim.halpert"))
        assert answer.status_code == 200
        found += [item["id"] for item in answer.json["items"]]
        after = answer.json["next"]
    assert found == [str(id_) for id_ in reversed(arrived)]


def test_marking_answers_the_counts(arrived, anonymous, token_of):
    jim = token_of("jim.halpert")
    read = anonymous.post(
        "/api/v1/notifications/read", json={"ids": [str(arrived[0])]}, headers=jim
    )
    assert read.json == {"n": 6, "unseen": 4, "unread": 4}
    unread = anonymous.post(
        "/api/v1/notifications/unread", json={"ids": [str(arrived[0])]}, headers=jim
    )
    assert unread.json == {"n": 7, "unseen": 4, "unread": 5}
    everything = anonymous.post("/api/v1/notifications/read", json={"up_to": 3}, headers=jim)
    assert everything.json["unread"] == 2
    assert anonymous.get("/api/v1/notifications/counts", headers=jim).json["unread"] == 2


def test_nobody_reads_or_marks_anothers(arrived, anonymous, token_of):
    dwight = token_of("dwight.schrute")
    assert len(anonymous.get("/api/v1/notifications", headers=dwight).json["items"]) == 1
    anonymous.post(
        "/api/v1/notifications/read", json={"ids": [str(id_) for id_ in arrived]}, headers=dwight
    )
    assert count_of("jim.halpert") == Counts(unseen=5, unread=5)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/notifications?limit=0", 422),
        ("/api/v1/notifications?limit=x", 422),
        ("/api/v1/notifications?category=a%00&after=nonsense", 400),
        ("/api/v1/notifications?after=WyJ4Il0", 400),
    ],
)
def test_bad_questions_are_told_so(arrived, anonymous, token_of, path, status):
    answer = anonymous.get(path, headers=token_of("jim.halpert"))
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")


@pytest.mark.parametrize("body", [{"ids": ["x"]}, {"ids": "x"}, {"up_to": -1}, [], "x"])
def test_bad_marks_are_told_so_and_mark_nothing(arrived, anonymous, token_of, body):
    answer = anonymous.post(
        "/api/v1/notifications/read", json=body, headers=token_of("jim.halpert")
    )
    assert answer.status_code == 422
    assert count_of() == Counts(unseen=5, unread=5)


def test_without_a_token_for_this_service_nothing_is_told(arrived, anonymous, token_of, client_as):
    assert anonymous.get("/api/v1/notifications").status_code == 401
    elsewhere = token_of("jim.halpert", "orders")
    assert anonymous.get("/api/v1/notifications", headers=elsewhere).status_code == 401
    assert client_as("jim.halpert").get("/api/v1/notifications").status_code == 401


def test_archive_snooze_pin_and_undo(arrived, anonymous, token_of):
    jim, ids = token_of("jim.halpert"), [str(arrived[0])]
    address = "/api/v1/notifications"
    done = anonymous.post(f"{address}/do/archive", json={"ids": ids}, headers=jim).json
    assert (done["changed"], done["unread"]) == (1, 4)
    assert [
        item["id"] for item in anonymous.get(f"{address}?view=archived", headers=jim).json["items"]
    ] == ids
    assert anonymous.post(f"{address}/undo/{done['undo']}", headers=jim).json["unread"] == 5
    assert anonymous.post(f"{address}/undo/{done['undo']}", headers=jim).status_code == 404
    assert anonymous.post(f"{address}/do/snooze", json={"ids": ids}, headers=jim).status_code == 422
    past = {"ids": ids, "until": "2020-01-01T00:00:00Z"}
    assert anonymous.post(f"{address}/do/snooze", json=past, headers=jim).status_code == 422
    assert anonymous.post(f"{address}/do/shred", json={"ids": ids}, headers=jim).status_code == 404
    assert (
        anonymous.post(
            f"{address}/do/pin", json={"ids": ids}, headers=token_of("dwight.schrute")
        ).json["changed"]
        == 0
    )
