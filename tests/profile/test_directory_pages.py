"""The directory on the page: search, chart, a person with their team; from LDAP, as last known, or
with a clear word.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.pages.served import ServedPage
from webapp.profile.directory import Employee, company
from webapp.profile.org_chart import Post, draw_chart


def one(uid: str, manager: str | None = None) -> Employee:
    return Employee(
        uid=uid, name=uid.title(), mail="", title="", department="", manager=manager, groups=[]
    )


def outline(posts: list[Post] | tuple[Post, ...]) -> dict[str, Any]:
    return {post.employee.uid: outline(post.team) for post in posts}


@pytest.mark.parametrize(
    ("managers", "drawn"),
    [
        ({"a": None, "b": "a", "c": "b", "d": "a"}, {"a": {"b": {"c": {}}, "d": {}}}),
        ({"a": "gone", "b": None}, {"a": {}, "b": {}}),
        ({"a": "a", "b": "a"}, {"a": {"b": {}}}),
        ({"a": "b", "b": "a", "c": "a"}, {"a": {"b": {}, "c": {}}}),
        ({"x": None, "b": "c", "c": "d", "d": "b"}, {"x": {}, "b": {"d": {"c": {}}}}),
        ({}, {}),
    ],
)
def test_everybody_stands_in_the_chart_once_whatever_the_directory_says(
    managers: dict[str, Any], drawn: dict[str, Any]
):
    chart = draw_chart(one(uid, manager) for uid, manager in managers.items())
    assert outline(chart) == drawn
    assert sum(post.size + 1 for post in chart) == len(managers)


@pytest.fixture
def directory(stack: dict[str, Any], clean_database: str) -> Iterator[dict[str, Any]]:
    """The company's directory, asked anew by this process."""
    company.cache_clear()
    yield stack
    company.cache_clear()


@pytest.fixture
def jim(directory: Any, client_as: Callable[..., Any]) -> Any:
    return client_as("jim.halpert")


def names(answer: Any) -> list[str]:
    return ServedPage(answer).texts("a.card-person b")


def test_every_word_narrows_whatever_it_is_a_part_of(jim: Any):
    assert names(jim.get("/profile/people?q=HALP")) == ["Jim Halpert"]
    assert "Dwight Schrute" in names(jim.get("/profile/people?q=sales+dwight"))
    assert names(jim.get("/profile/people?q=555+0103")) == ["Jim Halpert"]
    nobody = jim.get("/profile/people?q=beet+farmers+)(uid=*")
    assert "No matching people" in nobody.text and names(nobody) == []


def test_the_list_goes_on_page_by_page_and_each_person_is_on_one(jim: Any):
    first = jim.get("/profile/people")
    second = jim.get(ServedPage(first).next_page())
    assert len(names(first)) == 25 and names(second) and not set(names(first)) & set(names(second))
    assert names(first) == sorted(names(first), key=str.casefold)
    assert jim.get("/profile/people?after=broken").status_code == 400


def test_as_one_types_only_the_list_is_sent(jim: Any):
    part = jim.get(
        "/profile/people?q=halp", headers={"HX-Request": "true", "HX-Request-Type": "partial"}
    )
    assert names(part) == ["Jim Halpert"] and "<html" not in part.text


def test_the_export_has_what_is_filtered(jim: Any):
    lines = jim.get("/profile/people.csv?q=halpert").text.splitlines()
    assert len(lines) == 2 and lines[1].startswith("Jim Halpert,Sales Representative")
    assert "'+1 570" in lines[1], "a number that a spreadsheet would work out is made text"


def test_a_persons_page_has_their_team_and_no_form_of_anothers(jim: Any):
    page = jim.get("/profile/people/michael.scott")
    assert "Jim Halpert" in names(page) and "Save photo" not in page.text
    own = jim.get("/profile")
    assert "Save photo" in own.text and 'href="/profile/people/michael.scott"' in own.text
    assert jim.get("/profile/people/no.body").status_code == 404


def test_the_chart_nests_teams_below_their_manager(jim: Any):
    chart = ServedPage(jim.get("/profile/people/chart")).first("main .chart")
    david, michael, jims = (
        chart.root.find("a", href=f"/profile/people/{uid}")
        for uid in ("david.wallace", "michael.scott", "jim.halpert")
    )
    assert david.find_parent("li") in michael.parents and michael.find_parent("li") in jims.parents
    assert len(chart.links()) >= 25


def test_the_palette_finds_people(jim: Any):
    found = jim.get(
        "/profile/search?q=halpert", headers={"HX-Request": "true", "HX-Request-Type": "partial"}
    )
    assert 'role="option"' in found.text and "/profile/people/jim.halpert" in found.text
    assert jim.get("/profile/search?q=").text.strip() == ""


def test_while_ldap_is_away_the_last_known_serves_within_its_limit_and_says_so(
    jim: Any, directory: Any
):
    assert jim.get("/profile/people").status_code == 200
    directory["ldap"].stop()
    try:
        time.sleep(3.1)  # the answer is older than what serves without asking
        began = time.monotonic()
        page = jim.get("/profile/people")
        assert time.monotonic() - began < 3
        assert (
            page.status_code == 200
            and "This page shows its data from" in page.text
            and len(names(page)) == 25
        )
    finally:
        directory["ldap"].start()


def test_where_nothing_is_known_the_page_says_what_is_wrong_and_the_own_page_works(
    jim: Any, directory: Any
):
    directory["ldap"].stop()
    try:
        page = jim.get("/profile/people")
        assert page.status_code == 503 and "unavailable" in page.text
        assert jim.get("/profile/people/chart").status_code == 503
        own = jim.get("/profile")
        assert own.status_code == 200 and "Jim Halpert" in own.text
    finally:
        directory["ldap"].start()
