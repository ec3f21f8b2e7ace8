"""The report of spending: its figures, its budgets, and the expenses that each figure leads to."""

from models.finance.people import office_today
from models.shared.dates import month_and_year
from tests.factories.finance import decide_as, make_line
from tests.pages.served import ServedPage


def test_spend_shows_charts_with_their_tables_and_budgets(client_as, handed_in):
    number = handed_in("jim.halpert", make_line("20.00", days_ago=0))
    decide_as("michael.scott", number)
    oscar, david = client_as("oscar.martinez"), client_as("david.wallace")
    assert (
        oscar.post(
            "/expenses/budgets", data={"department": "sales", "monthly": "40", "version": 0}
        ).status_code
        == 303
    )
    assert "50%" in david.get("/expenses/spend").text
    assert (
        david.post("/expenses/budgets", data={"department": "sales", "monthly": "1"}).status_code
        == 403
    )
    assert "20.00" in david.get("/expenses/spend.csv").text
    assert (
        oscar.post(
            "/expenses/budgets", data={"department": "sales", "monthly": "lots", "version": 1}
        ).status_code
        == 422
    )
    assert oscar.get("/expenses/spend?month=nonsense&department=Nowhere").status_code == 200


def test_each_figure_of_spend_leads_to_the_expenses_it_adds_up(client_as, handed_in):
    """Accounting's own expenses count too; lines of other months, categories and states do not."""
    supplies = {"category": "supplies"}
    paid = handed_in("jim.halpert", make_line("20.00", days_ago=0), make_line("7.00", days_ago=40))
    other = handed_in("dwight.schrute", make_line("11.00", days_ago=0, **supplies))
    own = handed_in("oscar.martinez", make_line("5.00", days_ago=0))
    waiting = handed_in("jim.halpert", make_line("3.00", days_ago=0))
    for approver, number in (("michael", paid), ("michael", other), ("angela", own)):
        uid = {"michael": "michael.scott", "angela": "angela.martin"}[approver]
        decide_as(uid, number)
    oscar = client_as("oscar.martinez")
    page = ServedPage(oscar.get("/expenses/spend"))
    this_month = month_and_year(office_today())

    def led_to(words: str) -> set[str]:
        listed = ServedPage(oscar.get(page.link(words)))
        return set(listed.texts("main table td a.no"))

    assert led_to(this_month) == {paid, other, own}
    assert page.row(this_month)[0] == "36.00"
    assert led_to("Meals") == {paid, own} and page.row("Meals")[-1] == "32.00"
    assert led_to("Office supplies") == {other}
    assert led_to("sales") == {paid, other} and page.row("sales")[0] == "31.00"
    assert led_to("3.00") == {waiting} and page.row("sales")[1] == "3.00"
    page = ServedPage(oscar.get("/expenses/spend?department=sales"))
    assert led_to(this_month) == {paid, other} and led_to("Meals") == {paid}
    exported = oscar.get(page.link("Meals").replace("/approvals", "/export.csv") + "&scope=all")
    assert paid in exported.text and own not in exported.text
    david = ServedPage(client_as("david.wallace").get("/expenses/spend"))
    assert "36.00" in david.text and not david.has('main a[href*="/approvals?view=all"]'), (
        "who does not see every expense would find fewer than the figure"
    )
