"""The pages of leads and clients: what they show, what they refuse, and that what was typed stays."""

from collections.abc import Callable
from datetime import timedelta

import psycopg
import pytest

from models.sales import lead_queries
from models.sales.lead_rules import NextStep
from models.sales.leads import move_lead, write_note
from models.sales.stages import OPEN
from models.sales.tables import FAR
from models.shared.transactions import transaction
from tests.factories.sales import DWIGHT, JIM, MICHAEL, fetch_one, make_client_facts
from tests.pages.served import ServedPage
from tests.web_client import PARTIAL
from webapp.sales import words
from webapp.shared.people.preferences import today

LEAD = {
    "company": "Nay Aug Veterinary",
    "contact_name": "Lee Ott",
    "mail": "lee@nayaug.example",
    "phone": "570 555 0150",
    "source": "website",
    "expected_value": "$3,900.00",
    "owner": JIM,
    "next_kind": "mail",
    "next_on": "2026-12-01",
    "next_note": "Samples",
}
CLIENT = {
    "name": "Laurel Run Hospice",
    "contact_name": "Ann Petrov",
    "contact_mail": "ann@laurelrun.example",
    "contact_phone": "570 555 0142",
    "address-street": "1 Laurel Run",
    "address-city": "Moosic",
    "address-state": "pa",
    "address-postcode": "18507",
    "payment_terms_days": "30",
    "credit_limit": "5,000.00",
    "owner": JIM,
}


@pytest.fixture
def jim(client_as: Callable, clean_database: str):
    return client_as(JIM)


def version_of(database: str, number: str) -> int:
    return fetch_one(database, "SELECT version FROM sales.lead WHERE number = %s", number)


@pytest.mark.parametrize(
    ("path", "form", "field", "column"),
    [
        ("/sales/leads/new", LEAD, "expected_value", "sales.lead WHERE company"),
        ("/sales/clients/new", CLIENT, "credit_limit", "sales.client WHERE name"),
    ],
)
def test_money_is_kept_as_it_was_meant_or_asked_about(
    jim, clean_database: str, path: str, form: dict, field: str, column: str
) -> None:
    asked = jim.post(path, data={**form, field: "1.250", "mail": "no mail", "contact_mail": "no"})
    assert asked.status_code == 422 and "Did you mean 1.25 or 1,250.00?" in asked.text
    assert "Enter an email address" in asked.text, "all that is wrong, at once"
    assert jim.post(path, data={**form, field: "1.250,00"}).status_code == 303
    name = form.get("company") or form["name"]
    kept = fetch_one(clean_database, f"SELECT {field}::text FROM {column} = %s", name)
    assert kept == "1250.00"


def test_a_lead_is_written_down_and_its_page_says_it_all(jim, clean_database: str) -> None:
    sent = jim.post("/sales/leads/new", data={**LEAD, "form_key": "the-form-of-jim"})
    again = jim.post("/sales/leads/new", data={**LEAD, "form_key": "the-form-of-jim"})
    assert sent.status_code == 303 and again.location == sent.location, "sent twice, done once"
    page = jim.get(sent.location).text
    for words_ in (
        "Nay Aug Veterinary",
        "lee@nayaug.example",
        "(570) 555-0150",
        "$3,900.00",
        "Samples",
        "Created",
    ):
        assert words_ in page, words_
    assert fetch_one(clean_database, "SELECT count(*) FROM sales.lead") == 1


def test_errors_come_back_beside_the_fields_and_what_was_typed_stays(
    jim, clean_database: str
) -> None:
    answer = jim.post(
        "/sales/leads/new",
        data={
            **LEAD,
            "company": "",
            "mail": "<no>",
            "expected_value": "plenty",
            "next_on": "",
            "source": "",
        },
    )
    assert answer.status_code == 422
    page = ServedPage(answer)
    for name in ("company", "mail", "expected_value", "next_on", "source"):
        assert page.is_wrong(name), name
    assert page.link("Company: Enter a company name.") == "#company", (
        "above the form each says which field it is"
    )
    assert "plenty" in answer.text and "&lt;no&gt;" in answer.text and "Lee Ott" in answer.text
    assert fetch_one(clean_database, "SELECT count(*) FROM sales.lead") == 0


def test_an_owner_whom_sales_does_not_have_is_refused_beside_the_field(
    jim, owners, lead, clean_database: str
) -> None:
    number = lead()
    assert 'id="err-owner"' in jim.post("/sales/leads/new", data={**LEAD, "owner": "jim"}).text
    assert (
        jim.post("/sales/leads/assign", data={"number": number, "owner": "jim"}).status_code == 422
    )
    assert fetch_one(clean_database, "SELECT owner FROM sales.lead") == "jim.halpert"


def test_a_new_leads_source_is_asked_for_and_never_guessed(jim) -> None:
    assert '<option value="" selected>Choose a source</option>' in jim.get("/sales/leads/new").text


def test_duplicates_show_while_one_types(jim, lead) -> None:
    number = lead()
    found = jim.get(
        "/sales/leads/duplicates?company=laurel+run+hospice+inc&mail=&phone=", headers=PARTIAL
    ).text
    assert number in found and "same company" in found and "<html" not in found
    assert (
        number
        not in jim.get(
            f"/sales/leads/duplicates?company=laurel+run+hospice&but={number}", headers=PARTIAL
        ).text
    )
    assert (
        "LD-" not in jim.get("/sales/leads/duplicates?company=Somebody+Else", headers=PARTIAL).text
    )


def opened(browser, address: str) -> dict[str, str]:
    """What a browser sends of the form at this address if nothing is typed."""
    form = ServedPage(browser.get(address)).first("main form.stack").root
    fields = form.select("input[name], select[name], textarea[name]")
    names = [str(field["name"]) for field in fields]
    return {name: ServedPage.part(form).value(name) for name in names}


@pytest.mark.parametrize(
    ("page", "theirs", "mine", "both"),
    [
        ("lead", {"expected_value": "4,500.00"}, {"mail": "new@laurel.example"}, "company"),
        ("client", {"payment_terms_days": "45"}, {"address-city": "Taylor"}, "name"),
    ],
)
def test_two_edits_at_once_merge_and_only_a_field_that_both_changed_is_asked(
    jim, client_as, lead, page: str, theirs: dict, mine: dict, both: str
) -> None:
    at = (
        f"/sales/leads/{lead()}"
        if page == "lead"
        else jim.post("/sales/clients/new", data=CLIENT).location
    )
    michael = client_as("michael.scott")
    first, second = opened(michael, f"{at}/edit"), opened(jim, f"{at}/edit")
    assert michael.post(f"{at}/edit", data={**first, **theirs}).status_code == 303
    assert jim.post(f"{at}/edit", data={**second, **mine}).status_code == 303
    now = opened(jim, f"{at}/edit")
    assert now == {**now, **theirs, **mine}, "nobody's change is reverted by saving"
    late = {**first, **theirs, both: "Michael's name"}
    assert michael.post(f"{at}/edit", data={**late, "form_key": "another-key-1"}).status_code == 303
    asked = jim.post(f"{at}/edit", data={**now, "form_key": "another-key-2", both: "Jim's name"})
    form = ServedPage(asked)
    assert asked.status_code == 409 and form.is_wrong(both)
    words = form.first(f"#err-{both}").text
    assert "Michael Scott, " in words and "changed this to “Michael's name”" in words
    assert "you typed “Jim's name”" in words and len(form.root.select("p.err")) == 1
    again = {**opened(jim, f"{at}/edit"), "form_key": "another-key-3"}
    again |= {f"was-{both}": form.value(f"was-{both}"), both: form.value(both)}
    assert jim.post(f"{at}/edit", data=again).status_code == 303
    assert opened(jim, f"{at}/edit")[both] == "Jim's name"


def test_a_form_without_its_originals_asks_for_each_difference(jim, lead) -> None:
    number = lead()
    form = {**LEAD, "version": "1", "company": "Laurel Run House"}
    assert jim.post(f"/sales/leads/{number}/edit", data=form).status_code == 303
    other = {**form, "company": "Laurel Hill", "form_key": "another-key-1"}
    stale = jim.post(f"/sales/leads/{number}/edit", data=other)
    assert stale.status_code == 409
    assert "changed this to “Laurel Run House”; you typed “Laurel Hill”" in stale.text


def test_the_list_searches_filters_sorts_and_pages(jim, lead) -> None:
    for place in range(30):
        lead(
            company=f"Company {place:02d}",
            mail="",
            phone="",
            source="website" if place % 2 else "referral",
        )
    first = ServedPage(jim.get("/sales/leads?sort=company"))
    assert "Company 00" in first.text and "Company 25" not in first.text
    assert "25 of 30" in first.text
    second = ServedPage(jim.get(first.next_page()))
    assert "Company 29" in second.text and "Company 24" not in second.text
    assert "Company 24" in jim.get(second.previous_page()).text
    narrowed = jim.get("/sales/leads?q=company+07").text
    assert "Company 07" in narrowed and "Company 08" not in narrowed
    assert "15 of 15" in jim.get("/sales/leads?source=website&owner=mine&stage=open").text
    assert "No matching leads" in jim.get("/sales/leads?owner=nobody").text
    assert jim.get("/sales/leads?after=broken").status_code == 400
    fragment = jim.get("/sales/leads?q=07", headers=PARTIAL).text
    assert "<html" not in fragment and fragment.lstrip().startswith('<div id="leads-list"')


@pytest.mark.parametrize("sort", ["newest", "oldest", "next", "value", "company"])
def test_every_order_of_the_list_pages_without_loss(jim, lead, sort: str) -> None:
    numbers = {lead(company=f"C {place}") for place in range(27)}
    seen: list[str] = []
    url = f"/sales/leads?sort={sort}"
    while url:
        page = ServedPage(jim.get(url))
        seen += [number for number in numbers if page.has(f'tr a[href="/sales/leads/{number}"]')]
        url = page.next_page()
    assert len(seen) == 27 and set(seen) == numbers


def test_what_is_due_can_be_asked_for(jim, lead) -> None:
    due_on = today()
    lead(company="Late one", next=NextStep(kind="call", on=due_on - timedelta(days=3)))
    lead(company="Today one", next=NextStep(kind="call", on=due_on))
    lead(company="Idle one", next=NextStep())
    for due, company in (("overdue", "Late one"), ("today", "Today one"), ("none", "Idle one")):
        page = jim.get(f"/sales/leads?due={due}").text
        assert company in page and "1 of 1" in page
    assert "3 d late" in jim.get("/sales/leads").text
    card = jim.get("/sales/home", headers=PARTIAL).text
    assert card.index("Late one") < card.index("Today one") and "Idle one" not in card


def test_the_export_is_what_is_filtered_and_no_spreadsheet_runs_it(jim, lead) -> None:
    lead(company='=HYPERLINK("http://evil.example")', mail="", phone="")
    lead(company="Other", source="website")
    text = jim.get("/sales/leads/export.csv?source=referral").text
    assert "'=HYPERLINK" in text and "Other" not in text
    assert text.splitlines()[0].endswith("Created (UTC)")
    assert ",Referral,New," in text, "the words of the list, not the values behind them"


def test_the_board_shows_columns_with_count_and_worth(jim, lead) -> None:
    lead("proposal"), lead("new", owner=DWIGHT)
    page = jim.get("/sales/leads/board").text
    assert "2 open, $22,700" in page
    assert page.count('class="tile can-move"') == 1, "Dwight's card cannot be dragged by Jim"


def test_a_column_counts_so_far_and_says_that_there_are_more(jim, lead, monkeypatch) -> None:
    lead("new"), lead("new", company="Other"), lead("new", company="Third"), lead("proposal")
    monkeypatch.setattr(lead_queries, "COUNTED", 2)
    page = ServedPage(jim.get("/sales/leads/board?owner=mine&stage=open"))
    counts = {stage: page.section(stage).texts(".meta")[0] for stage in ("New", "Proposal")}
    assert counts == {"New": "10,000+", "Proposal": "1"}, (
        "only what is beyond the limit is not exact"
    )
    assert page.text.count("$34,050+") == 1


def test_a_move_is_done_or_refused_in_words(jim, lead, clean_database: str) -> None:
    number, theirs = lead(), lead(owner=DWIGHT)
    sent = jim.post(
        f"/sales/leads/{number}/stage",
        data={"stage": "contacted", "version": 1, "from": "board"},
        headers=PARTIAL,
    )
    assert sent.status_code == 204
    refused = jim.post(
        f"/sales/leads/{number}/stage",
        data={"stage": "converted", "version": 2, "from": "board"},
        headers=PARTIAL,
    )
    assert refused.status_code == 409 and "Only leads in Proposal" in refused.headers["HX-Trigger"]
    stale = jim.post(
        f"/sales/leads/{number}/stage", data={"stage": "qualified", "version": 1}, headers=PARTIAL
    )
    assert stale.status_code == 409 and "changed since you opened it" in stale.headers["HX-Trigger"]
    assert (
        jim.post(
            f"/sales/leads/{theirs}/stage", data={"stage": "contacted"}, headers=PARTIAL
        ).status_code
        == 403
    )
    assert (
        fetch_one(clean_database, "SELECT stage FROM sales.lead WHERE number = %s", number)
        == "contacted"
    )


def test_notes_calls_steps_losing_and_reopening_work_without_scripts(jim, lead) -> None:
    number = lead()
    page = f"/sales/leads/{number}"
    assert jim.post(f"{page}/entries", data={"words": "Likes <b>ivory</b>"}).status_code == 303
    assert (
        jim.post(f"{page}/entries", data={"words": "", "outcome": "no_answer"}).status_code == 303
    )
    assert (
        "Likes &lt;b&gt;ivory&lt;/b&gt;" in jim.get(page).text
        and "called: no answer" in jim.get(page).text
    )
    empty = jim.post(f"{page}/entries", data={"words": " "})
    assert empty.status_code == 422 and "Enter a note." in empty.text
    wrong = jim.post(
        f"{page}/next", data={"next_kind": "call", "next_on": "soon", "next_note": "Kept?"}
    )
    assert wrong.status_code == 422 and "Choose a due date" in wrong.text and "Kept?" in wrong.text
    assert (
        jim.post(f"{page}/next", data={"next_kind": "", "next_on": "", "next_note": ""}).status_code
        == 303
    )
    assert jim.post(f"{page}/lose", data={"words": "Kept, too"}).status_code == 422
    assert jim.post(f"{page}/lose", data={"reason": "price", "words": "A cent"}).status_code == 303
    assert "Reopen" in jim.get(page).text and "A cent" in jim.get(page).text
    assert jim.post(f"{page}/reopen", data={}).status_code == 303


def test_converting_leads_to_the_client_and_so_does_a_second_click(
    jim, client_as, lead, clean_database: str
) -> None:
    number = lead("proposal")
    assert "ann@laurelrun.example" in jim.get(f"/sales/leads/{number}/convert").text
    bad = jim.post(
        f"/sales/leads/{number}/convert",
        data={**CLIENT, "version": 4, "address-postcode": "?", "credit_limit": "20000"},
    )
    assert (
        bad.status_code == 422
        and 'id="err-address-postcode"' in bad.text
        and "Only a sales manager can set more" in bad.text
    )
    form = {**CLIENT, "version": 4, "client_number": ""}
    sent = jim.post(f"/sales/leads/{number}/convert", data=form)
    again = client_as(MICHAEL).post(f"/sales/leads/{number}/convert", data=form)
    assert sent.status_code == again.status_code == 303 and sent.location == again.location
    page = jim.get(sent.location).text
    assert (
        "Laurel Run Hospice" in page
        and f"/orders/new?client={sent.location.rsplit('/', 1)[1]}" in page
    )
    assert fetch_one(clean_database, "SELECT count(*) FROM sales.client") == 1
    assert "Possible duplicate" not in jim.get(f"/sales/leads/{number}").text, (
        "its own client is no duplicate of it"
    )


def test_merging_shows_what_differs_and_leads_to_the_winner(jim, lead) -> None:
    winner, loser = lead(), lead(company="Laurel Run", source="website")
    with transaction("sales", actor=JIM) as session:
        write_note(session, loser, "From the loser")
        move_lead(session, loser, "contacted")
    page = jim.get(f"/sales/leads/{winner}/merge?with={loser}").text
    assert "Website" in page and 'value="company"' in page and 'value="mail"' not in page
    form = {"with": loser, "take": ["source"], "version": 1, "other_version": 2}
    stale = jim.post(f"/sales/leads/{winner}/merge", data={**form, "other_version": 1})
    assert stale.status_code == 409
    assert jim.post(f"/sales/leads/{winner}/merge", data=form).status_code == 303
    assert "From the loser" in jim.get(f"/sales/leads/{winner}").text
    assert jim.get(f"/sales/leads/{loser}").location.endswith(winner)


def test_picked_leads_change_hands_together(jim, lead, clean_database: str) -> None:
    numbers = [lead(), lead()]
    form = {"number": numbers, "owner": DWIGHT, "state": "stage=open&after=x"}
    assert jim.post("/sales/leads/assign", data=form).location == "/sales/leads?stage=open"
    assert (
        fetch_one(clean_database, "SELECT count(*) FROM sales.lead WHERE owner = %s", DWIGHT) == 2
    )
    assert jim.post("/sales/leads/assign", data=form).status_code == 403, "they are Dwight's now"
    assert jim.post("/sales/leads/assign", data={"owner": DWIGHT}).status_code == 400


def test_a_client_can_be_made_changed_and_stopped(jim, client_as, clean_database: str) -> None:
    assert jim.post("/sales/clients/new", data={**CLIENT, "contact_mail": "?"}).status_code == 422
    made = jim.post("/sales/clients/new", data=CLIENT)
    page = made.location
    assert (
        jim.post(
            f"{page}/edit", data={**CLIENT, "name": "Laurel Run House", "version": 1}
        ).status_code
        == 303
    )
    assert jim.post(f"{page}/edit", data={**CLIENT, "version": 1}).status_code == 409
    assert (
        jim.post(
            f"{page}/contacts", data={"contact-name": "Eve Lund", "contact-mail": "?"}
        ).status_code
        == 422
    )
    assert (
        jim.post(
            f"{page}/contacts", data={"contact-name": "Eve Lund", "contact-mail": "eve@x.example"}
        ).status_code
        == 303
    )
    address = {
        "place-label": "Dock",
        "place-street": "2 Dock",
        "place-city": "Moosic",
        "place-state": "pa",
        "place-postcode": "18507",
    }
    assert jim.post(f"{page}/addresses", data=address).status_code == 303
    assert (
        jim.post(
            f"{page}/limit", data={"credit_limit": "9", "reason": "x", "version": 4}
        ).status_code
        == 403
    )
    manager = client_as(MICHAEL)
    wrong = manager.post(
        f"{page}/limit", data={"credit_limit": "lots", "reason": "x", "version": 4}
    )
    assert wrong.status_code == 422 and "lots" in wrong.text
    assert (
        manager.post(
            f"{page}/limit", data={"credit_limit": "25,000", "reason": "Pays", "version": 4}
        ).status_code
        == 303
    )
    assert jim.post(f"{page}/deactivate", data={"reason": "", "version": 5}).status_code == 422
    assert (
        jim.post(f"{page}/deactivate", data={"reason": "Closed", "version": 5}).status_code == 303
    )
    shown = jim.get(page).text
    assert (
        "Eve Lund" in shown
        and "2 Dock" in shown
        and "$25,000.00" in shown
        and "cannot place new orders" in shown
    )
    assert "/orders/new?client=" not in shown
    assert jim.post(f"{page}/reactivate", data={"version": 6}).status_code == 303
    number = page.rsplit("/", 1)[1]
    for kind in ("contact", "address"):
        id_ = fetch_one(clean_database, f"SELECT id FROM sales.client_{kind}")
        assert (
            jim.post(
                f"/sales/clients/{number}/{'contacts' if kind == 'contact' else 'addresses'}/{id_}/remove"
            ).status_code
            == 303
        )


def test_clients_are_listed_searched_and_exported(jim, client_number: str) -> None:
    for url in (
        "/sales/clients",
        "/sales/clients?q=pine+old",
        "/sales/clients?standing=active&sort=limit",
        "/sales/clients?sort=newest",
    ):
        assert "Pine Ridge School District" in jim.get(url).text, url
    assert "No matching clients" in jim.get("/sales/clients?standing=inactive").text
    assert "dan@pineridge.example" in jim.get("/sales/clients/export.csv").text
    assert jim.get("/sales/clients/CL-1").status_code == 404


def test_the_palette_finds_leads_and_clients(jim, lead, client_number: str) -> None:
    number = lead()
    assert number in jim.get("/sales/search/leads?q=petrov", headers=PARTIAL).text
    assert client_number in jim.get("/sales/search/clients?q=pine", headers=PARTIAL).text
    assert 'role="option"' not in jim.get("/sales/search/leads?q=%00", headers=PARTIAL).text


def test_charts_say_in_their_tables_what_the_leads_add_up_to(jim, lead) -> None:
    assert "No data yet" in jim.get("/sales/leads/charts").text
    lead("proposal"), lead("lost"), lead(source="website")
    page = ServedPage(jim.get("/sales/leads/charts?days=30"))
    reached = [bar["data-value"] for bar in page.root.select("[data-value]")]
    assert reached == ["3", "2", "1", "1", "0"]
    assert "Price" in page.text and "Website" in page.text and "charts" in page.html
    assert len(page.texts("figure")) == 3


def test_each_bar_of_the_charts_leads_to_the_leads_it_counts(jim, clean_database, lead) -> None:
    lead("proposal"), lead("lost"), lead(source="website"), lead("contacted")
    early = lead("proposal"), lead("lost")
    with psycopg.connect(clean_database) as connection:
        connection.execute(
            "UPDATE sales.lead SET created_at = created_at - interval '40 days',"
            " closed_at = closed_at - interval '40 days' WHERE number = ANY(%s)",
            [list(early)],
        )
    page = ServedPage(jim.get("/sales/leads/charts?days=30"))
    bars = [row for row in page.root.select("figure tbody tr") if row.select("a")]
    assert len(bars) == 5 + 2 + 1, "five stages, two sources, one reason"
    for bar in bars:
        figures = [cell.get_text(strip=True) for cell in bar.select("td.num")]
        by_outcome = len(figures) == 4 and bar.find_previous("h2").get_text() == "Leads by source"
        counted = sum(map(int, figures[:3])) if by_outcome else int(figures[0])
        rows = ServedPage(jim.get(bar.a["href"])).root.select("main table tbody tr")
        assert len(rows) == counted, bar.a["href"]


def test_the_clients_orders_come_from_orders(jim, client_number: str) -> None:
    fragment = jim.get(f"/orders/of-client/{client_number}", headers=PARTIAL)
    assert fragment.status_code == 200 and "No orders yet" in fragment.text
    assert (
        f'hx-get="/orders/of-client/{client_number}"'
        in jim.get(f"/sales/clients/{client_number}").text
    )


@pytest.mark.parametrize("uid", ["kelly.kapoor", "david.wallace"])
def test_who_may_only_look_is_offered_nothing_to_do(client_as, lead, uid: str) -> None:
    number = lead("proposal")
    page = client_as(uid).get(f"/sales/leads/{number}").text
    assert (
        "Laurel Run Hospice" in page
        and "Convert to client" not in page
        and "entry-form" not in page
    )
    assert (
        client_as(uid).post(f"/sales/leads/{number}/stage", data={"stage": "new"}).status_code
        == 403
    )


def test_a_next_step_reads_as_one_says_it() -> None:
    class Step:
        def __init__(self, kind: str, days: int | None) -> None:
            self.next_kind, self.next_on = (
                kind,
                FAR if days is None else today() + timedelta(days=days),
            )

    assert [words.next_step(Step("call", days)).words for days in (-2, 0)] == ["2 d late", "today"]
    assert words.next_step(Step("", None)) == (
        "not planned",
        "none",
        "calendar-off",
        "No next step",
    )


def test_history_says_what_moved_and_not_what_a_closed_lead_no_longer_plans() -> None:
    class Entry:
        def __init__(self, what: str, **fields: list[str | None]) -> None:
            self.what, self.changes = what, {"fields": fields}

    lost = Entry(
        "lost",
        stage=["new", "lost"],
        next_kind=["mail", ""],
        next_on=["2026-11-24", None],
        lost_reason=["", "price"],
    )
    assert words.told(lost)[3] == "Lost reason: <b>Price</b>"
    planned = Entry("planned", next_on=["2026-11-27", "2026-12-01"], next_kind=["visit", "call"])
    assert (
        words.told(planned)[3]
        == "Due date: Nov 27, 2026 → <b>Dec 1, 2026</b> · Next step: Visit → <b>Call</b>"
    )
    assert (
        words.told(Entry("planned", next_on=["2026-11-27", FAR.isoformat()]))[3]
        == "Due date: Nov 27, 2026 → <b>–</b>"
    )


def test_a_new_client_is_what_the_form_says(jim, clean_database: str) -> None:
    assert make_client_facts().name and jim.get("/sales/clients/new").status_code == 200
    assert jim.get("/sales/leads/new").status_code == 200


@pytest.mark.parametrize("stage", [*OPEN, "lost"])
def test_only_moves_that_are_allowed_are_offered_and_the_server_refuses_the_others(
    jim, lead, stage: str
) -> None:
    number = lead(stage)
    page = ServedPage(jim.get(f"/sales/leads/{number}"))
    buttons = page.root.select('button[name="stage"]:not([disabled])')
    offered = {str(button["value"]) for button in buttons}
    if stage in OPEN:
        tile = ServedPage(jim.get("/sales/leads/board")).first(f"#tile-{number}").root
        on_board = set(str(tile["data-moves"]).split())
        assert on_board & set(OPEN) == offered
        assert ("converted" in on_board) == (stage == "proposal")
    assert ("Convert to client" in page.text) == (stage == "proposal")
    question = jim.get(f"/sales/leads/{number}/convert")
    assert (question.status_code == 200) == (stage == "proposal"), "the address by hand, too"
    for other in {*OPEN, "converted"} - offered:
        move = {"stage": other, "from": "board"}
        assert jim.post(f"/sales/leads/{number}/stage", data=move).status_code == 409, other
