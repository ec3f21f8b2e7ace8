"""Fields for numbers: each declares what it takes, and what will be refused is said while it is typed."""

import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from models.finance.drafts import start_expense
from models.finance.reimbursement import MOST_BUDGET
from models.finance.validation import MOST_AMOUNT
from models.inventory.rules import MOST_CASES
from models.sales.lead_rules import MOST_VALUE
from models.sales.rules import HIGHEST_LIMIT, LONGEST_TERMS, OWN_LIMIT
from models.shared.settings.company import SETTINGS
from models.shared.transactions import transaction
from tests.factories.office import SKU, SmallOffice, key_for
from tests.orders.inventory_stand_in import inventory
from tests.pages.served import ServedPage
from tests.shared.test_numbers import WRITINGS
from tests.shared.test_unsent_forms import Desk, desk
from tests.web_client import known_people, sign_in

__all__ = ["desk", "inventory"]
BARE = re.compile(r"""inputmode=["'](?:numeric|decimal)["']""")
BOUNDS = ("least", "most")
TEMPLATES = Path(__file__).parents[2] / "templates"
BARE_ONES = {
    "orders/_form_line.html": "the quote remarks on it",
    "orders/new.html": "the quote remarks on it",
    "inventory/receipt_form.html": "the form's look-up remarks on it",
    "inventory/shipment.html": "only the count of the line is right",
    "sales/_client_fields.html": "a ZIP code is no number",
}


def test_every_field_for_a_number_declares_its_bounds() -> None:
    """Whoever writes such a field with `inputmode` alone is told to declare it by `number` or `takes`."""
    bare = {
        str(path.relative_to(TEMPLATES)): len(BARE.findall(path.read_text("utf-8")))
        for path in sorted(TEMPLATES.rglob("*.html"))
    }
    assert {path: count for path, count in bare.items() if count} == dict.fromkeys(BARE_ONES, 1)


def test_the_bounds_declared_are_those_of_the_domain(small_office: SmallOffice) -> None:
    app, dsn = small_office
    with transaction("finance", actor="jim.halpert") as session:
        expense = start_expense(session, "Jim Halpert")
    client = key_for("/sales/clients", dsn)
    product = f"/inventory/products/{SKU}"
    cases, terms = ("cases", 1, MOST_CASES), ("days", 0, LONGEST_TERMS)
    limit = ("amount", 0, HIGHEST_LIMIT)
    forms = {
        ("darryl.philbin", f"{product}/adjust"): {"delta": ("cases", -MOST_CASES, MOST_CASES)},
        ("darryl.philbin", f"{product}/transfer"): {"quantity": cases},
        ("darryl.philbin", "/inventory/products/new"): {"unit_price": ("amount", 0, 100_000)},
        ("jim.halpert", "/sales/leads/new"): {"expected_value": ("amount", 0, MOST_VALUE)},
        ("jim.halpert", "/sales/clients/new"): {
            "payment_terms_days": terms,
            "credit_limit": ("amount", 0, OWN_LIMIT),
        },
        ("michael.scott", "/sales/clients/new"): {"credit_limit": limit},
        ("michael.scott", f"/sales/clients/{client}"): {"credit_limit": limit},
        ("jim.halpert", f"/expenses/{expense}/edit"): {
            "lines-1-amount": ("amount", "0.01", MOST_AMOUNT)
        },
        ("oscar.martinez", "/expenses/spend"): {"monthly": ("amount", 0, MOST_BUDGET)},
        ("nick.reyes", "/profile/settings"): {
            each.name: ({"money": "amount"}.get(each.kind, each.kind), each.low, each.high)
            for each in SETTINGS
            if each.kind in ("money", "percent", "days")
        },
    }
    for (uid, path), declared in forms.items():
        answer = sign_in(app, known_people()[uid]).get(path)
        assert answer.status_code == 200, path
        for name, (kind, least, most) in declared.items():
            field = ServedPage(answer).first(f'[name="{name}"][data-number]').root
            found = field["data-number"], *(Decimal(field[f"data-{each}"]) for each in BOUNDS)
            assert found == (kind, Decimal(least), Decimal(most)), (path, name)


def test_what_will_be_refused_is_said_while_it_is_typed_and_what_is_taken_is_not(
    desk: Callable[[str], Desk],
) -> None:
    page = desk("jim.halpert").page
    page.clock.install()
    page.goto("/sales/clients/new")

    def said(field: str, typed: str) -> str:
        page.fill(f"#{field}", typed)
        page.clock.run_for(500)  # the pause after which a number is taken for complete
        return " ".join(page.locator(f"#err-{field}").all_inner_texts())

    for field, typed, words in (
        ("payment_terms_days", "abc", "Enter a whole number of days, such as 30."),
        ("payment_terms_days", "1.5", "Enter a whole number of days, such as 30."),
        ("payment_terms_days", "−3", "Enter from 0 to 120 days."),
        ("payment_terms_days", "121", "Enter from 0 to 120 days."),
        ("credit_limit", "1e3", "Enter an amount, such as 1,250.00."),
        ("credit_limit", "10,000.01", "Enter from $0 to $10,000."),
        ("credit_limit", "1.2345", "Enter an amount, such as 1,250.00."),
    ):
        assert said(field, typed) == words, typed
        assert page.get_attribute(f"#{field}", "aria-invalid") == "true"
        assert f"err-{field}" in (page.get_attribute(f"#{field}", "aria-describedby") or "")
    taken = [write(Decimal("9999.99")) for write in WRITINGS.values()]
    for typed in (*taken, "1 250", "1.250", "12,5", "−0", "-", ""):
        assert said("credit_limit", typed) == "", typed
    assert page.get_attribute("#credit_limit", "aria-invalid") is None
