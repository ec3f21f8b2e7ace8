"""The pages as they are served: no barrier that axe finds, nothing wider than the screen, no word from the policy."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browsers import Arrive, Someone
from tests.factories.files import make_csv
from tests.look.geometry import WIDTHS, misplaced
from tests.pages.frame import Bell, choose_theme, should_have_theme
from tests.pages.sales import LeadImport
from tests.pages.wuphf import send_wuphf

AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
# Only what is wrong is told, and no style sheet is fetched again: that halves what axe costs.
RULES = (
    "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'], "
    "resultTypes: ['violations'], preload: false})"
    ".then(found => found.violations.map(one => one.id + ': ' + one.nodes.map(node => node.html.slice(0, 160))))"
)
PAGES = {
    "jim.halpert": (
        "/",
        "/search?q=copy",
        "/orders/",
        "/orders/new",
        "/orders/drafts",
        "/orders/charts",
        "/orders/DM-100060",
        "/profile/views",
        "/sales/clients/CL-1001/edit",
        "/sales/leads/LD-1003/edit",
        "/sales/leads/LD-1003/convert",
        "/sales/leads/LD-1003/lose",
        "/sales/leads/LD-1003/merge?with=LD-1004",
        "/wuphf",
        "/profile",
        "/profile/preferences",
        "/profile/people",
        "/profile/people/chart",
        "/profile/people/michael.scott",
        "/nowhere",
        "/sales/leads",
        "/sales/leads/board",
        "/sales/leads/charts",
        "/sales/leads/LD-1003",
        "/sales/leads/new",
        "/sales/leads/import",
        "/sales/clients",
        "/sales/clients/CL-1001",
        "/sales/clients/new",
        "/expenses/",
        "/expenses/EX-2001",
        "/expenses/EX-2051",
        "/expenses/EX-2056/edit",
    ),
    "darryl.philbin": (
        "/",
        "/inventory/shipments",
        "/inventory/shipments/?status=waiting",
        "/inventory/products",
        "/inventory/products/CP-20-LTR",
        "/inventory/board",
        "/inventory/stock-takes",
        "/inventory/stock-takes/ST-101",
        "/inventory/stock-takes/ST-102",
        "/inventory/shipments/SH-20060",
        "/inventory/receive/file",
        "/inventory/receipts",
        "/inventory/receipts/RC-1001",
        "/inventory/receipts/RC-1001/correct",
        "/inventory/receipts/RC-1001/void",
        "/inventory/products/new",
        "/inventory/products/CP-20-LTR/edit",
        "/inventory/receive",
        "/inventory/locations",
        "/inventory/locations/BULK-01",
        "/inventory/products/CP-20-LTR/transfer",
        "/inventory/products/CP-20-LTR/adjust",
    ),
    "michael.scott": (
        "/",
        "/wuphf",
        "/wuphf?view=archived",
        "/wuphf?view=decide",
        "/wuphf/broadcasts/new",
        "/expenses/approvals",
        "/expenses/approvals?view=team",
        "/expenses/EX-2052",
    ),
    "angela.martin": (
        "/",
        "/wuphf",
        "/expenses/EX-2045",
        "/expenses/runs",
        "/expenses/runs/RR-101",
        "/expenses/spend",
    ),
    "nick.reyes": (
        "/",
        "/inside",
        "/inside/trail?q=DM-100001",
        "/inside/dead-letters",
        "/inside/events",
        "/profile/settings",
        "/profile/settings/discount_limit_percent",
    ),
}
# Of each kind one: home, a table, a form, a record, a board, charts, the inbox, an error. To look at a
# page costs two seconds of a processor.
OF_EACH_KIND = {
    "jim.halpert": (
        "/",
        "/orders/",
        "/orders/new",
        "/orders/DM-100060",
        "/sales/leads/charts",
        "/nowhere",
    ),
    "darryl.philbin": ("/inventory/board", "/inventory/shipments/SH-20060"),
    "angela.martin": ("/wuphf",),
}
pytestmark = [pytest.mark.stack, pytest.mark.journey]


@pytest.mark.parametrize("uid", OF_EACH_KIND)
def test_a_page_of_each_kind_has_no_barrier_and_fits(arrive: Arrive, uid: str) -> None:
    assert set(OF_EACH_KIND[uid]) <= set(PAGES[uid])
    someone = arrive(uid, viewport={"width": 1440, "height": 900})
    assert faults_of_pages(someone, OF_EACH_KIND[uid], 1440, narrower=(320, 1024)) == {}


@pytest.mark.long
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("uid", PAGES)
def test_pages_have_no_barrier_and_fit(arrive: Arrive, uid: str, width: int, theme: str) -> None:
    someone = arrive(uid, viewport={"width": width, "height": 900}, color_scheme=theme)
    assert faults_of_pages(someone, PAGES[uid], width) == {}


@pytest.mark.long
@pytest.mark.parametrize("uid", PAGES)
def test_nothing_is_out_of_place_at_any_width(arrive: Arrive, uid: str) -> None:
    someone = arrive(uid)
    found = {}
    for path in PAGES[uid]:
        page = open_whole(someone, path)
        compact = misplaced(page, (320, 1024, 1440), ["compact"])
        found[path] = misplaced(page, WIDTHS, ["comfortable"]) + compact
    assert {path: faults for path, faults in found.items() if faults} == {}


def faults_of_pages(
    someone: Someone, paths: Iterable[str], width: int, narrower: Iterable[int] = ()
) -> dict[str, list[str]]:
    """Of each page that has any: its faults, and what is out of place in narrower windows."""
    found = {}
    for path in paths:
        page = open_whole(someone, path)
        found[path] = faults_of(page, width) + misplaced(page, narrower, ["comfortable"])
        page.set_viewport_size({"width": width, "height": 900})
    return {path: faults for path, faults in found.items() if faults}


def open_whole(someone: Someone, path: str) -> Page:
    """Goes to a page and waits until all its cards are filled."""
    page = someone.open(path)
    expect(page.get_by_role("main").locator("[aria-busy=true]")).to_have_count(0)
    return page


def faults_of(page: Page, width: int) -> list[str]:
    """What axe finds on the page, and how wide it is where that is more than the screen."""
    wide = page.evaluate("document.documentElement.scrollWidth")
    page.evaluate(AXE.read_text())
    return page.evaluate(RULES) + ([f"{wide} wide"] if wide > width else [])


@pytest.mark.parametrize("width", [1440, pytest.param(390, marks=pytest.mark.long)])
def test_an_import_with_every_kind_of_row_has_no_barrier_and_fits(
    arrive: Arrive, width: int
) -> None:
    jim = arrive("jim.halpert", viewport={"width": width, "height": 900})
    file = make_csv(
        "Company,Contact,Mail,Phone,Colour",
        f"New {width},Ann,,",
        f"New {width} Inc.,Ann,,",
        f",Nobody,no mail,{'9' * 60}",
        name=f"{'cards' * 12}.csv",
    )
    LeadImport.look_at(jim, file).should_say("Enter a valid phone number", timeout=60_000)
    assert faults_of(jim.page, width) == []


@pytest.mark.parametrize("width", [1440, pytest.param(390, marks=pytest.mark.long)])
def test_a_wuphf_with_its_readers_has_no_barrier_and_fits(arrive: Arrive, width: int) -> None:
    michael = arrive("michael.scott", viewport={"width": width, "height": 900})
    send_wuphf(michael, "Fire drill, said @erin.hannon", "Reception", asks=True)
    expect(michael.page.get_by_text("Not yet").first).to_be_visible(timeout=30_000)
    assert faults_of(michael.page, width) == []


def test_what_nobody_has_chosen_yet_looks_so(arrive: Arrive) -> None:
    page = arrive("jim.halpert").open("/sales/leads/LD-1003/lose")
    colour = "radio => getComputedStyle(radio).backgroundColor"
    price = page.get_by_role("radio").first
    before = price.evaluate(colour)
    price.check()
    assert price.evaluate(colour) != before


LISTS = {
    "jim.halpert": (
        "/search",
        "/orders/",
        "/sales/leads",
        "/sales/clients",
        "/expenses/",
        "/profile/people",
    ),
    "darryl.philbin": (
        "/inventory/shipments",
        "/inventory/products",
        "/inventory/board",
        "/inventory/locations",
    ),
}


@pytest.mark.parametrize(
    "uid", ["jim.halpert", pytest.param("darryl.philbin", marks=pytest.mark.long)]
)
def test_a_list_can_be_searched_on_a_phone(arrive: Arrive, uid: str) -> None:
    someone = arrive(uid, viewport={"width": 390, "height": 844})
    for path in LISTS[uid]:
        field = someone.open(path).get_by_role("main").get_by_role("searchbox").first
        expect(field).to_be_visible()
        assert field.bounding_box()["width"] > 150, path


@pytest.mark.parametrize("width", [1440, pytest.param(390, marks=pytest.mark.long)])
def test_an_open_bell_with_something_to_decide_has_no_barrier(arrive: Arrive, width: int) -> None:
    kevin = arrive("kevin.malone", viewport={"width": width, "height": 900})
    row = Bell(kevin.open("/expenses/")).row_about("EX-2046")
    expect(row.button("Approve")).to_be_visible()
    row.begin_refusal()
    assert faults_of(kevin.page, width) == []


def test_dark_is_there_at_the_first_frame_and_follows_the_choice(arrive: Arrive) -> None:
    someone = arrive("jim.halpert", color_scheme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = someone.open("/").evaluate(ground)
    choose_theme(someone, "Light")
    should_have_theme(someone.page, "light")
    assert someone.page.evaluate(ground) != dark
