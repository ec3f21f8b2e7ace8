"""What was typed and not sent: back on its own page after the session was lost or the server was away."""

import re
import threading
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Response, request
from playwright.sync_api import Browser, BrowserContext, Page, expect
from werkzeug.serving import make_server

from models.finance.drafts import start_expense
from models.shared.transactions import transaction
from tests.factories.office import SKU, SmallOffice, key_for
from tests.orders.inventory_stand_in import inventory
from tests.web_client import known_people, sign_in
from webapp.gateway.sign_in.cookies import take_seat
from webapp.gateway.sign_in.unsent_forms import claim
from webapp.shared.people.rights import public

__all__ = ["inventory"]
BACK = "What you typed was restored."
# All kinds of forms: sent by htmx or by the browser, drafts, edits, questions.
FORMS = {
    "order": ("jim.halpert", "/orders/new"),
    "cancellation": ("jim.halpert", "{order}/cancel"),
    "lead": ("jim.halpert", "/sales/leads/new"),
    "client": ("jim.halpert", "/sales/clients/new"),
    "expense": ("jim.halpert", "{expense}/edit"),
    "product": ("darryl.philbin", "/inventory/products/new"),
    "receipt": ("darryl.philbin", "/inventory/receive"),
    "WUPHF": ("michael.scott", "/wuphf/broadcasts/new"),
    "preferences": ("pam.beesly", "/profile/preferences"),
    "budget": ("angela.martin", "/expenses/spend"),
    "void": ("oscar.martinez", "{run}"),
}
# Fills what a person can type into the form with the most fields; returns all values by name.
FILL = """() => {
    const SAMPLES = { text: "7", tel: "7", number: "7", email: "a@b.example", time: "07:00",
        date: "2027-01-04", textarea: "7" };
    const forms = [...document.querySelectorAll("main form")].filter((f) => f.method === "post");
    const typed = (form) => [...form.elements].filter((field) =>
        field.name && !field.readOnly && !field.disabled
        && field.type in SAMPLES
        && !field.closest(".hush"));
    const form = forms.sort((a, b) => typed(b).length - typed(a).length)[0];
    form.noValidate = true;
    form.querySelectorAll("details").forEach((each) => each.open = true);
    form.closest("details")?.setAttribute("open", "");
    form.dataset.tried = "1";
    typed(form).forEach((field, n) => {
        field.value = SAMPLES[field.type] + (["text", "textarea"].includes(field.type) ? n : "");
        field.dispatchEvent(new Event("input", { bubbles: true }));
    });
    return typed(form).map((field) => [field.name, field.value]);
}"""
READ = """(names) => names.map((name) =>
    [name, document.querySelector(`main form [name="${CSS.escape(name)}"]`)?.value ?? null])"""
SEND = """() => {
    const form = document.querySelector("form[data-tried]");
    const button = form.querySelector("[data-sends], .btn-primary[type=submit], .btn-danger")
        ?? form.querySelector("button:not([disabled])");
    form.requestSubmit(button);
}"""


class Desk:
    """Somebody's browser at a served office, whose session can be lost and begun again."""

    def __init__(self, office: SmallOffice, browser: Browser, address: str, uid: str) -> None:
        self.app, self.uid, self.address = office.app, uid, address
        self.context: BrowserContext = browser.new_context(base_url=address)
        self.context.route(re.compile(r"/live\b"), lambda route: route.fulfill(status=204))
        self.app.view_functions["sign_in.silent"] = public(lambda: self._sign_in())
        for name, value in self._begin_session():
            self._set(name, value)
        self.page: Page = self.context.new_page()
        self.page.goto("/healthz")

    def _begin_session(self) -> list[tuple[str, str]]:
        """Sign in; return the cookies of session and seat."""
        client = sign_in(self.app, known_people()[self.uid])
        cookie = client.get_cookie(self.app.config["SESSION_COOKIE_NAME"])
        assert cookie
        with self.app.test_request_context():
            response = Response()
            take_seat(response, self.uid, anew=True)
        name, _, value = response.headers["Set-Cookie"].partition(";")[0].partition("=")
        return [(cookie.key, cookie.value), (name, value)]

    def _sign_in(self) -> Response:
        """Stands in for the provider, which knows the person: they come back as the gateway leads."""
        response = Response(status=303)
        response.location = claim(self.uid) or request.args["next"]
        for name, value in self._begin_session():
            response.set_cookie(name, value)
        return response

    def _set(self, name: str, value: str) -> None:
        self.context.add_cookies([{"name": name, "value": value, "url": self.address}])

    def lose_session(self) -> None:
        self._set(self.app.config["SESSION_COOKIE_NAME"], "lost-0123456789abcdef0123456789")


@pytest.fixture
def desk(
    small_office: SmallOffice, chromium: Browser, inventory: Any
) -> Iterator[Callable[[str], Desk]]:
    """`desk("jim.halpert")` is that person's browser, signed in."""
    inventory.products[SKU] = {
        "sku": SKU,
        "name": "Copy paper",
        "unit_price": "38.50",
        "available": 8,
    }
    server = make_server("127.0.0.1", 0, small_office.app, threaded=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    desks: list[Desk] = []

    def open_desk(uid: str) -> Desk:
        address = f"http://127.0.0.1:{server.server_port}"
        desks.append(Desk(small_office, chromium, address, uid))
        return desks[-1]

    yield open_desk
    for each in desks:
        each.context.close()
    server.shutdown()


def address_of(path: str, dsn: str) -> str:
    with transaction("finance", actor="jim.halpert") as session:
        draft = start_expense(session, "Jim Halpert") if "{expense}" in path else ""
    return path.format(
        order=f"/orders/{key_for('/orders', dsn)}",
        expense=f"/expenses/{draft}",
        run=f"/expenses/runs/{key_for('/expenses/runs', dsn)}",
    )


@pytest.mark.long
@pytest.mark.parametrize("kind", FORMS)
def test_a_form_comes_back_whole_after_its_session_was_lost_and_is_not_sent(
    kind: str, desk: Callable[[str], Desk], small_office: SmallOffice
) -> None:
    uid, path = FORMS[kind]
    someone = desk(uid)
    page = someone.page
    path = address_of(path, small_office.dsn)
    page.goto(path)
    typed = page.evaluate(FILL)
    assert typed, "nothing to type"
    someone.lose_session()
    page.evaluate(SEND)
    expect(page.locator("#toasts")).to_contain_text(BACK, timeout=20_000)
    expect(page.locator("#toasts")).to_contain_text("not sent")
    assert urlsplit(page.url).path == path
    assert page.evaluate(READ, [name for name, _ in typed]) == typed


def test_an_order_comes_back_with_its_clients_name_its_prices_and_its_total(
    desk: Callable[[str], Desk], small_office: SmallOffice
) -> None:
    someone = desk("jim.halpert")
    page = someone.page
    page.goto("/orders/new")
    page.get_by_label("Client", exact=True).fill(key_for("/clients", small_office.dsn))
    page.get_by_label("Product").fill(SKU)
    page.get_by_label("Cases").fill("2")
    total = page.locator("dd.total")
    expect(total).to_have_text("77.00")
    page.get_by_role("button", name="Add line").click()
    expect(page.get_by_label("Product").nth(1)).to_be_focused()
    page.get_by_label("Product").nth(1).fill("CS-110-IV")
    page.get_by_label("Cases").nth(1).fill("1")
    expect(total).to_have_text("118.20")
    someone.lose_session()
    page.get_by_role("button", name="Place order").click()
    expect(page.locator("#toasts")).to_contain_text("“Place order” was not sent")
    expect(page.locator("#client-says")).to_contain_text("Dunmore High School")
    expect(page.locator("#order-lines")).to_contain_text("$38.50 a case")
    expect(total).to_have_text("118.20")
    expect(page.get_by_label("Cases")).to_have_count(2)
    page.get_by_role("button", name="Remove line 2").click()
    expect(total).to_have_text("77.00")
    page.get_by_role("button", name="Place order").click()
    expect(page).to_have_url(re.compile(r"/orders/DM-\d+$"))
    expect(page.get_by_role("main")).to_contain_text("77.00")
    expect(page.get_by_role("main")).not_to_contain_text("CS-110-IV")


NOT_SENT = re.compile("“Place order” was not sent. Try it again")


def keep_toasts(page: Page) -> None:
    """Keeps what toasts say: on a busy machine one may be gone again before anybody looks."""
    page.evaluate(
        "document.addEventListener('toast', ({ detail }) => {"
        " document.documentElement.dataset.said = detail.text; })"
    )


def test_while_the_server_is_away_the_banner_says_what_is_sent_by_itself(
    desk: Callable[[str], Desk], small_office: SmallOffice
) -> None:
    someone = desk("jim.halpert")
    page, banner = someone.page, someone.page.locator("#lost")
    page.goto("/orders/new")
    someone.context.set_offline(True)
    page.get_by_label("Client", exact=True).fill(key_for("/clients", small_office.dsn))
    expect(page.locator("#lost-draft")).to_be_visible()
    expect(banner).to_contain_text("Your draft saves automatically when the connection is back.")
    page.get_by_role("button", name="Place order").click()
    expect(banner).to_contain_text("“Place order” was not sent. Try it again")
    expect(page.locator("#lost-draft")).to_be_hidden()
    keep_toasts(page)
    someone.context.set_offline(False)
    page.get_by_label("Product").fill(SKU)
    expect(banner).to_be_hidden()
    expect(page.locator("html")).to_have_attribute("data-said", NOT_SENT)
    expect(page.locator("#draft-says")).to_contain_text("Draft saved")
    expect(page).to_have_url(re.compile("/orders/new$"))


def test_a_draft_that_arrives_first_hides_nothing_of_what_was_not_sent(
    desk: Callable[[str], Desk], small_office: SmallOffice
) -> None:
    someone = desk("jim.halpert")
    page = someone.page
    page.goto("/orders/new")
    page.get_by_label("Client", exact=True).fill(key_for("/clients", small_office.dsn))
    expect(page.locator("#draft-says")).to_contain_text("Draft saved")
    page.route("**/*", lambda route: route.abort("connectionrefused"))
    page.get_by_role("button", name="Place order").click()
    expect(page.locator("#lost")).to_contain_text("“Place order” was not sent. Try it again")
    keep_toasts(page)
    page.unroute("**/*")
    page.route(
        "**/*",
        lambda route: route.continue_() if route.request.method == "POST" else route.abort(),
    )
    page.get_by_label("Product").fill(SKU)
    expect(page.locator("html")).to_have_attribute("data-said", NOT_SENT)


def test_a_form_of_the_browser_comes_back_when_the_server_was_away(
    desk: Callable[[str], Desk], small_office: SmallOffice
) -> None:
    page = desk("oscar.martinez").page
    page.goto(address_of("{run}", small_office.dsn))
    page.get_by_text("Void this run").click()
    page.get_by_label("Reason").fill("Wrong month")
    page.route("**/void", lambda route: route.abort("connectionrefused"))
    page.get_by_role("button", name="Void 1").click()
    page.wait_for_url("chrome-error://**")  # the browser's own page
    page.unroute("**/void")
    page.go_back()
    expect(page.get_by_label("Reason")).to_have_value("Wrong month")
