"""A picker takes cases from another location than the list says: on the page, over REST, and only what can be."""

from typing import NamedTuple

import pytest

from models.inventory import commands
from models.inventory.locations import change_location
from models.inventory.picks import Take
from models.inventory.receipts import receive_goods
from models.inventory.stock_by_location import at_locations
from models.shared.errors import Invalid, Stale
from models.shared.transactions import reading, transaction
from tests.factories.inventory import Office, add_locations, add_product, stock_errors
from tests.factories.orders import Ordered
from tests.pages.served import ServedPage

HOME, BULK, FAR, GONE = "A-12-3", "BULK", "Z-1", "OLD"
LIST = f"1:{HOME}:4,3:{HOME}:2,2:{HOME}:1"


def by(actor: str, command, *args, **more):
    with transaction("inventory", actor=actor) as session:
        return command(session, *args, **more)


def take(line: int, at: str, cases: int) -> Take:
    """What a picker says to have taken for a line."""
    return Take(line=line, location=at, quantity=cases)


@pytest.fixture
def parcel(office: Office, published) -> str:
    """A parcel with lines of 4 and 2 cases of A and one of B, all proposed from home; five of A lie in bulk, too."""
    with transaction("inventory", actor="darryl.philbin") as session:
        add_locations(session, HOME, BULK, FAR, GONE)
        change_location(session, GONE, "", False, 1)
    add_product("A", 10, location=HOME)
    add_product("B", 3, location=HOME)
    by("darryl.philbin", receive_goods, "A", 5, "", BULK)
    office.place(Ordered("A", cases=4), Ordered("B", cases=1), Ordered("A", cases=2))
    return str(published("shipment.created")[0]["shipment_number"])


@pytest.fixture
def darryl(parcel: str, client_as):
    return client_as("darryl.philbin")


class Lying(NamedTuple):
    """How many cases lie at a location, and how many of them are bound to what was picked."""

    cases: int
    bound: int


def lies(sku: str) -> dict[str, Lying]:
    """What lies of a product, by location."""
    with reading("inventory") as session:
        return {code: Lying(*found) for code, found in at_locations(session, sku).items()}


def send_out(parcel: str) -> None:
    by("darryl.philbin", commands.pack_shipment, parcel)
    by("darryl.philbin", commands.dispatch_shipment, parcel, "Keystone", "1")


def test_cases_leave_from_where_they_were_taken_and_not_from_where_the_list_said(parcel: str):
    by(
        "roy.anderson",
        commands.pick_shipment,
        parcel,
        1,
        "",
        [take(1, at=BULK.lower(), cases=4), take(2, at=HOME, cases=1), take(3, at=HOME, cases=2)],
    )
    assert lies("A") == {HOME: Lying(10, bound=2), BULK: Lying(5, bound=4)}
    send_out(parcel)
    assert (
        lies("A") == {HOME: Lying(8, bound=0), BULK: Lying(1, bound=0)}
        and lies("B") == {HOME: Lying(2, bound=0)}
        and stock_errors() == []
    )


def test_a_line_may_be_taken_from_several_locations_and_undone(parcel: str):
    takes = [
        take(1, at=HOME, cases=1),
        take(1, at=BULK, cases=2),
        take(1, at=HOME, cases=1),
        take(2, at=HOME, cases=1),
        take(3, at=BULK, cases=2),
    ]
    by("roy.anderson", commands.pick_shipment, parcel, 1, "", takes)
    assert lies("A") == {HOME: Lying(10, bound=2), BULK: Lying(5, bound=4)}
    by("roy.anderson", commands.undo_step, parcel)
    assert lies("A") == {HOME: Lying(10, bound=0), BULK: Lying(5, bound=0)}, (
        "nothing is bound any more"
    )


@pytest.mark.parametrize(
    ("takes", "errors"),
    [
        (
            [take(1, at=BULK, cases=4), take(2, at=HOME, cases=1), take(3, at=BULK, cases=2)],
            {"picks-2": "BULK has only 1 case of A available."},
        ),
        (
            [take(1, at=FAR, cases=4), take(2, at=BULK, cases=1), take(3, at=HOME, cases=2)],
            {
                "picks-0": "Z-1 has only 0 cases of A available.",
                "picks-1": "BULK has only 0 cases of B available.",
            },
        ),
        (
            [take(1, at="NOPE", cases=4), take(2, at=HOME, cases=1), take(3, at=HOME, cases=2)],
            {"picks-0": "No location has the bin code NOPE."},
        ),
        (
            [take(1, at=HOME, cases=4), take(2, at=GONE, cases=1), take(3, at=HOME, cases=2)],
            {"picks-1": "Location OLD is retired."},
        ),
        (
            [take(1, at=HOME, cases=4), take(2, at=" ", cases=1), take(3, at=HOME, cases=2)],
            {"picks-1": "Choose a location."},
        ),
        *(
            (bad, {"picks": "Choose locations for all cases of every line."})
            for bad in (
                [take(1, at=HOME, cases=4)],
                [take(1, at=HOME, cases=4), take(2, at=HOME, cases=1), take(3, at=HOME, cases=3)],
                [
                    take(1, at=HOME, cases=4),
                    take(2, at=HOME, cases=1),
                    take(3, at=HOME, cases=2),
                    take(4, at=HOME, cases=1),
                ],
                [
                    take(1, at=HOME, cases=5),
                    take(1, at=HOME, cases=-1),
                    take(2, at=HOME, cases=1),
                    take(3, at=HOME, cases=2),
                ],
                [
                    take(1, at=HOME, cases=4),
                    take(2, at=HOME, cases=1),
                    take(3, at=HOME, cases=2),
                    take(3, at=BULK, cases=0),
                ],
            )
        ),
    ],
)
def test_what_cannot_be_taken_is_refused_beside_its_row_and_nothing_is_written(
    parcel: str, takes: list[Take], errors: dict
):
    with pytest.raises(Invalid) as refused:
        by("roy.anderson", commands.pick_shipment, parcel, 1, "", takes)
    assert refused.value.errors == errors
    by("roy.anderson", commands.pick_shipment, parcel, 1)
    assert lies("A") == {HOME: Lying(10, bound=6), BULK: Lying(5, bound=0)}


def test_cases_that_another_parcel_has_taken_are_not_there_any_more(
    parcel: str, office: Office, published
):
    office.place(Ordered("A", cases=3))
    other = published("shipment.created")[-1]["shipment_number"]
    by("roy.anderson", commands.pick_shipment, other, 1, "", [take(1, at=BULK, cases=3)])
    with pytest.raises(Invalid) as refused:
        by(
            "roy.anderson",
            commands.pick_shipment,
            parcel,
            1,
            "",
            [take(1, at=BULK, cases=4), take(2, at=HOME, cases=1), take(3, at=HOME, cases=2)],
        )
    assert refused.value.errors == {"picks-0": "BULK has only 2 cases of A available."}
    with pytest.raises(Stale):
        by(
            "roy.anderson",
            commands.pick_shipment,
            parcel,
            1,
            f"1:{FAR}:4",
            [take(1, at=HOME, cases=4), take(2, at=HOME, cases=1), take(3, at=HOME, cases=2)],
        )


def test_a_location_whose_cases_the_list_takes_already_is_not_offered(
    darryl, office: Office, published
):
    office.place(
        Ordered("A", cases=9)
    )  # six of home are held for the first parcel, but nobody took them yet
    by("darryl.philbin", receive_goods, "A", 3, "", FAR)
    office.place(Ordered("A", cases=3))
    parcels = [each["shipment_number"] for each in published("shipment.created")]
    by("roy.anderson", commands.pick_shipment, parcels[0])
    page = shipment_page(darryl, parcels[1])
    assert lies("A")[HOME] == Lying(10, bound=6) and "Pick" in page.texts("#step button")
    assert not page.has("select"), (
        "five of bulk and four of home: the four are nowhere else, nor are the five"
    )
    assert len(shipment_page(darryl, parcels[2]).texts("select")) == 1


def shipment_page(browser, number: str) -> ServedPage:
    """A shipment's own page."""
    return ServedPage(browser.get(f"/inventory/shipments/{number}"))


def test_the_page_offers_the_locations_that_have_enough_and_takes_the_proposed_one_unless_told(
    darryl, parcel: str
):
    page = shipment_page(darryl, parcel)
    choices = page.root.select("select")
    assert len(choices) == 2, "of B there is only one place"
    offered = {option["value"]: option.get_text() for option in choices[0].select("option")}
    assert offered == {BULK: "BULK (5 available)", HOME: f"{HOME} (10 available), suggested"}
    sent = page.hidden_and_chosen()
    assert [sent[f"picks-{n}-of"] for n in range(3)] == ["1:4", "3:2", "2:1"] and {
        sent[f"picks-{n}"] for n in range(3)
    } == {HOME}
    assert (
        darryl.post(
            f"/inventory/shipments/{parcel}/pick", data={**sent, "picks-1": BULK}
        ).status_code
        == 303
    )
    assert lies("A") == {HOME: Lying(10, bound=4), BULK: Lying(5, bound=2)}
    page = shipment_page(darryl, parcel)
    assert not page.has("select") and BULK in page.texts("#scan b"), (
        "where it was taken from, for who packs"
    )


def test_what_cannot_be_comes_back_beside_its_row_with_what_was_chosen(darryl, parcel: str):
    sent = shipment_page(darryl, parcel).hidden_and_chosen()
    answer = darryl.post(
        f"/inventory/shipments/{parcel}/pick", data={**sent, "picks-0": BULK, "picks-1": BULK}
    )
    page = ServedPage(answer)
    assert answer.status_code == 422 and page.is_wrong("picks-1") and "#picks-1" in page.links()
    assert page.choice("picks-0") == page.choice("picks-1") == BULK
    answer = darryl.post(f"/inventory/shipments/{parcel}/pick", data={**sent, "picks-1-of": "x:y"})
    assert answer.status_code == 422 and "Choose locations for all cases" in answer.text
    assert lies("A") == {HOME: Lying(10, bound=0), BULK: Lying(5, bound=0)}


def test_who_may_not_work_there_and_a_parcel_with_one_place_see_no_choice(
    darryl, parcel: str, office, published, client_as
):
    page = shipment_page(client_as("jim.halpert"), parcel)
    assert parcel in page.text and not page.has("select")
    office.place(Ordered("B", cases=1))
    other = published("shipment.created")[-1]["shipment_number"]
    page = shipment_page(darryl, other)
    assert "Pick" in page.texts("#step button") and not page.has("select")


def test_rest_takes_picks_once_and_says_beside_which_one_was_wrong(
    darryl, parcel: str, web_app, bearer_for
):
    client, headers = (
        web_app.test_client(),
        bearer_for("darryl.philbin", "inventory") | {"If-Match": '"1"'},
    )
    url, picks = f"/api/v1/shipments/{parcel}/pick", [{"line": 1, "location": BULK, "quantity": 4}]
    answer = client.post(url, headers=headers, json={"picks": picks})
    assert answer.status_code == 422 and "picks" in answer.json["errors"]
    in_words = [{**picks[0], "quantity": "4"}]
    assert client.post(url, headers=headers, json={"picks": in_words}).status_code in (400, 422)
    picks += [
        {"line": 2, "location": HOME, "quantity": 1},
        {"line": 3, "location": HOME, "quantity": 2},
    ]
    keyed = headers | {"Idempotency-Key": "picks-0000001"}
    answers = [client.post(url, headers=keyed, json={"picks": picks}) for _ in range(2)]
    assert [each.status_code for each in answers] == [200, 200]
    assert {(each["line"], each["location"]) for each in answers[1].json["picks"]} == {
        (1, BULK),
        (2, HOME),
        (3, HOME),
    }
