"""What the directory says acts at once; while it is away nobody gets more, and after a while nobody decides."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.web_client import known_people
from webapp.gateway.people.directory import FRESH, TRUSTED, Directory
from webapp.shared.people.rights import ACTIONS, Action

ANYBODY = known_people()


class Ldap:
    """A directory whose answers, speed and health the test sets."""

    def __init__(self) -> None:
        self.people, self.away, self.asked = dict(ANYBODY), False, []

    def read(self, uid: str, seconds: float):
        self.asked.append(uid)
        if self.away:
            raise TimeoutError
        return self.people.get(uid)


@pytest.fixture
def ldap():
    return Ldap()


@pytest.fixture
def now():
    return [1000.0]


@pytest.fixture
def directory(ldap, now):
    return Directory(ldap.read, clock=lambda: now[0])


def test_it_is_asked_once_in_five_seconds_for_a_person(directory, ldap, now):
    for _ in range(100):
        directory.about("jim.halpert")
    assert ldap.asked == ["jim.halpert"]
    now[0] += FRESH + 0.1
    directory.about("jim.halpert")
    assert len(ldap.asked) == 2


def test_a_person_who_left_is_nobody_after_five_seconds(directory, ldap, now):
    assert directory.about("jim.halpert").entry
    del ldap.people["jim.halpert"]
    now[0] += FRESH + 0.1
    assert directory.about("jim.halpert").entry is None


def test_while_it_is_away_the_last_answer_serves_and_it_is_asked_seldom(directory, ldap, now):
    directory.about("jim.halpert")
    ldap.away, now[0] = True, now[0] + 60
    for _ in range(50):
        assert directory.about("jim.halpert").entry == ANYBODY["jim.halpert"]
        assert directory.about("pam.beesly") is None
    assert len(ldap.asked) == 2
    assert directory.away_since is not None
    ldap.away, now[0] = False, now[0] + FRESH + 0.1
    assert directory.about("pam.beesly").entry and directory.away_since is None


def test_after_fifteen_minutes_without_it_its_word_is_not_enough_to_decide(directory, ldap, now):
    answer = directory.about("jim.halpert")
    ldap.away = True
    now[0] += TRUSTED - 1
    assert directory.is_trusted(directory.about("jim.halpert"))
    now[0] += 2
    assert directory.about("jim.halpert") == answer and not directory.is_trusted(answer)


def test_whoever_comes_first_with_others_gets_the_first_answer_and_no_empty_one():
    asked, go_on = threading.Event(), threading.Event()

    def read(uid, seconds):
        asked.set()
        assert go_on.wait(5)
        return ANYBODY[uid]

    directory = Directory(read)
    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(directory.about, "jim.halpert") for _ in range(4)]
        assert asked.wait(5)
        go_on.set()
        assert all(each.result(5).entry for each in waiting)


def test_a_group_taken_away_takes_the_page_away(client_as, people, web_app):
    nick = client_as("nick.reyes")
    _guard(web_app, "inside.see")
    assert nick.get("/guarded").status_code == 200
    people["nick.reyes"] = replace(people["nick.reyes"], groups=frozenset({"everyone"}))
    assert nick.get("/guarded").status_code == 403


def test_a_group_given_by_the_directory_alone_gives_nothing_until_the_next_sign_in(
    client_as, people, web_app
):
    jim = client_as("jim.halpert")
    _guard(web_app, "inside.see")
    people["jim.halpert"] = replace(
        people["jim.halpert"], groups=frozenset({"everyone", "sales", "it"})
    )
    assert jim.get("/guarded").status_code == 403


def test_the_sessions_of_a_person_who_left_end(client_as, people, web_app):
    jim = client_as("jim.halpert")
    sid = jim.get_cookie("dm_session").value
    del people["jim.halpert"]
    assert jim.get("/").status_code == 303
    assert web_app.session_interface.peek(sid) is None


def test_never_having_heard_of_a_person_gives_no_more_than_the_front_door(web_app, client_as):
    jim = client_as("jim.halpert")
    _guard(web_app, "orders.see")
    assert jim.get("/guarded").status_code == 200
    ldap = Ldap()
    ldap.away = True
    web_app.extensions["directory"] = Directory(ldap.read)
    assert jim.get("/").status_code == 200
    assert jim.get("/guarded").status_code == 403


def test_with_a_directory_away_for_long_one_reads_but_does_not_decide(
    web_app, client_as, monkeypatch, ldap, now
):
    monkeypatch.setitem(ACTIONS, "test.approve", Action(frozenset({"sales"}), approves=True))
    directory = web_app.extensions["directory"] = Directory(ldap.read, clock=lambda: now[0])
    jim = client_as("jim.halpert")
    _guard(web_app, "test.approve")
    _guard(web_app, "orders.see", "/read")
    assert jim.get("/guarded").status_code == 200
    ldap.away, now[0] = True, now[0] + TRUSTED + 1
    refused = jim.get("/guarded")
    assert refused.status_code == 403 and "directory" in refused.text
    assert jim.get("/read").status_code == 200
    assert directory.away_since is not None


def _guard(app, action, path="/guarded"):
    from webapp.shared.people.rights import needs

    app._got_first_request = False
    app.add_url_rule(path, path, needs(action)(lambda: "in"))
