"""The gateway's own addresses, and what every answer of the product carries."""

import sys

import pytest
from sqlalchemy import event
from sqlalchemy.pool import Pool
from werkzeug.test import TestResponse

from models.shared.csv_files import unprotect
from settings import settings
from tests.factories.routes import address_of, product, rules
from tests.pages.served import ServedPage
from tests.web_client import known_people, sign_in
from webapp.shared.lists.csv_files import csv_response, defuse
from webapp.shared.lists.cursors import decode_cursor, encode_cursor
from webapp.shared.lists.lists import LISTS

HEADERS = {
    "Content-Security-Policy",
    "X-Content-Type-Options",
    "Referrer-Policy",
    "Cross-Origin-Opener-Policy",
    "X-Correlation-ID",
}
OLD_BROWSER = {"Origin": "http://127.0.0.1:8000"}


def test_every_answer_of_every_route_carries_the_headers_and_is_not_stored():
    app = product()
    for (endpoint, method), rule in rules().items():
        app.extensions["rates"]._seen.clear()
        answer = app.test_client().open(address_of(app, rule, method), method=method)
        assert set(answer.headers.keys()) >= HEADERS, endpoint
        assert answer.headers["Cache-Control"] == "no-store", endpoint


def test_no_answer_lets_another_origin_read_it(anonymous, client_as):
    asks = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    for browser in (anonymous, client_as("jim.halpert")):
        for method, path in (("GET", "/"), ("OPTIONS", "/"), ("GET", "/healthz"), ("GET", "/none")):
            answer = browser.open(path, method=method, headers=asks)
            assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("TRACE", "/", 405),
        ("DELETE", "/", 405),
        ("GET", "/static/none.css", 404),
        ("GET", "/metrics", 404),
    ],
)
def test_errors_carry_them_too_and_say_nothing_of_the_inside(client_as, method, path, status):
    answer = client_as("jim.halpert").open(path, method=method)
    assert answer.status_code == status and set(answer.headers.keys()) >= HEADERS
    assert "Traceback" not in answer.text and answer.headers["X-Correlation-ID"] in answer.text


def test_an_address_with_a_slash_too_many_leads_to_its_page_and_to_nowhere_else():
    jim = sign_in(product(), known_people()["jim.halpert"])
    meant = {
        "/sales/leads/?q=Mill%20%26%20Sons": "/sales/leads?q=Mill%20%26%20Sons",
        "/sales/leads/LD-1003/": "/sales/leads/LD-1003",
        "/wuphf//": "/wuphf",
    }
    for typed, page in meant.items():
        answer = jim.get(typed)
        assert (answer.status_code, answer.location) == (308, page), typed
    for nowhere in (
        "/nothing/",
        "/sales/leads/a/b/",
        "//evil.example/",
        "//evil.example/sales/leads/",
        "/\\evil.example/",
    ):
        assert jim.get("/", environ_overrides={"PATH_INFO": nowhere}).status_code == 404, nowhere
    assert jim.post("/wuphf/read/").status_code == 404, "what is sent is not sent on"


def test_an_unforeseen_error_is_generic_for_people_fragments_and_programs(web_app, client_as):
    from webapp.shared.people.rights import needs, public

    web_app.add_url_rule("/broken", "broken", needs("home.see")(_break))
    web_app.add_url_rule("/api/broken", "api_broken", public(_break))
    jim = client_as("jim.halpert")
    page, program = jim.get("/broken"), jim.get("/api/broken")
    partial = jim.get("/broken", headers={"HX-Request": "true", "HX-Request-Type": "partial"})
    assert [page.status_code, program.status_code, partial.status_code] == [500] * 3
    assert "secret" not in page.text + program.text + partial.text
    assert (
        program.mimetype == "application/problem+json" and "toast" in partial.headers["HX-Trigger"]
    )


def test_a_missing_page_leads_on_and_is_not_asked_for_again(web_app, client_as, anonymous):
    from webapp.shared.people.rights import needs

    web_app.add_url_rule("/broken", "broken", needs("home.see")(_break))
    someone, jim = sign_in(product(), known_people()["jim.halpert"]), client_as("jim.halpert")
    lost, unknown = ways_on(someone.get("/orders/is/nothing")), ways_on(someone.get("/nothing"))
    assert [lost.links(), unknown.links()] == [["/orders/", "/"], ["/"]]
    assert "Try again" not in lost.text and lost.has("[data-open=palette]")
    strangers = ways_on(anonymous.get("/nothing"))
    assert strangers.links() == ["/"] and not strangers.has("[data-open]")
    assert ways_on(jim.get("/broken?a=1")).links() == ["/broken?a=1", "/"], (
        "what failed may work the next time"
    )


def ways_on(answer: TestResponse) -> ServedPage:
    """The row of what one may do about an error."""
    return ServedPage(answer).first("main .head-do")


def test_a_browser_that_asks_for_the_usual_icon_gets_ours(anonymous):
    answer = anonymous.get("/favicon.ico", follow_redirects=True)
    assert answer.status_code == 200 and answer.mimetype == "image/svg+xml"


def test_a_view_that_declares_nothing_is_open_to_nobody(web_app, client_as):
    web_app.add_url_rule("/forgotten", "forgotten", lambda: "open")
    assert client_as("nick.reyes").get("/forgotten").status_code == 500


def test_the_policy_lets_forms_go_to_the_provider_and_scripts_come_from_nowhere_else(anonymous):
    policy = anonymous.get("/sign-in").headers["Content-Security-Policy"]
    assert (
        "default-src 'none'" in policy and f"form-action 'self' {settings().oidc_issuer};" in policy
    )
    assert "unsafe" not in policy and "*" not in policy


def test_a_correlation_id_is_taken_when_harmless_and_made_anew_otherwise(anonymous):
    assert (
        anonymous.get("/healthz", headers={"X-Correlation-ID": "order-form-1"}).headers[
            "X-Correlation-ID"
        ]
        == "order-form-1"
    )
    forged = anonymous.get("/healthz", headers={"X-Correlation-ID": "<script>"}).headers[
        "X-Correlation-ID"
    ]
    assert len(forged) == 32


def test_the_gateways_routes_check_out_no_database_connection(client_as, anonymous):
    taken = []
    listener = lambda *_: taken.append(1)  # noqa: E731
    event.listen(Pool, "checkout", listener)
    jim = client_as("jim.halpert")
    for path in (
        "/",
        "/sign-in",
        "/search?q=paper",
        "/healthz",
        "/signed-out",
        "/api/v1/",
        "/kept/none",
        "/.well-known/jwks.json",
    ):
        assert jim.get(path).status_code < 500, path
    jim.post("/preferences", data={"theme": "dark"})
    jim.post("/auth/logout")
    event.remove(Pool, "checkout", listener)
    assert not taken


def test_the_gateway_imports_neither_models_nor_a_database_library():
    import subprocess

    code = (
        "import sys, webapp.gateway; "
        "print([m for m in sys.modules if m.split('.')[0] in ('models', 'sqlalchemy', 'psycopg')])"
    )
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.strip()
        == "[]"
    )


def test_a_form_without_a_script_is_kept_through_a_lost_session_and_never_sent_by_itself(
    provider, anonymous, web_app, go_through
):
    from webapp.shared.people.rights import needs

    sent = []
    web_app.add_url_rule(
        "/form", "form", needs("home.see")(lambda: sent.append(1) or "sent"), methods=["POST"]
    )
    go_through(anonymous, "/auth/login")
    web_app.session_interface.cache.clear()
    typed = {"note": "forty boxes <ivory>", "form_key": "key-00000001", "csrf_token": "old"}
    lost = anonymous.post(
        "/form", data=typed, headers={**OLD_BROWSER, "Referer": "http://127.0.0.1:8000/form"}
    )
    assert lost.status_code == 303 and lost.location.startswith("/auth/silent")
    kept = go_through(anonymous, lost.location).location
    page = anonymous.get(kept)
    assert "forty boxes &lt;ivory&gt;" in page.text and "key-00000001" in page.text
    assert not sent
    provider.uid = "pam.beesly"
    stranger = web_app.test_client()
    go_through(stranger, "/auth/login")
    assert stranger.get(kept).status_code == 404


def test_spreadsheets_run_nothing_that_somebody_typed(web_app):
    for evil in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1"):
        assert defuse(evil)[0] == "'" and unprotect(defuse(evil)) == evil
    assert defuse("a;=1") == "a;'=1", "a spreadsheet set to semicolons splits it there"
    assert [defuse(cell) for cell in ("plain", -5, "", None)] == ["plain", -5, "", None]
    with web_app.test_request_context():
        assert "'=cmd" in csv_response("x.csv", ["a"], [["=cmd"]]).get_data(as_text=True)


def test_a_list_reads_its_state_from_its_address():
    address = f"/orders/?q=%20paper%20&status=placed&status=evil&sort=nonsense&after={encode_cursor(('2026-01-01', 7))}"
    with product().test_request_context(address):
        state = LISTS["orders.index"].state()
    chosen = {name: values for name, values in state.filters.items() if values}
    assert (state.q, chosen, state.sort) == ("paper", {"status": ("placed",)}, "newest")
    assert state.after == ("2026-01-01", 7)
    assert state.without("status", "placed") == "/orders/?q=paper"
    assert decode_cursor(encode_cursor((1, None, "é"))) == (1, None, "é")


def _break():
    raise RuntimeError("secret of the inside")
