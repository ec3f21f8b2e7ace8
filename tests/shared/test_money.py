"""Money has two decimals at every door: what a column would round is refused where it comes in."""

from collections.abc import Callable
from decimal import Decimal

import msgspec
import psycopg
import pytest
from sqlalchemy import Numeric
from sqlalchemy.orm import Session

from areas import SCHEMAS
from models.finance.consistency import find_book_errors
from models.finance.drafts import Draft, save_draft, start_expense
from models.finance.people import remember_people
from models.finance.reimbursement import set_budget
from models.finance.rules import granted_amounts
from models.finance.tables import Expense
from models.inventory.commands import create_product
from models.inventory.rules import NewProduct
from models.orders.new_order import NewOrder, errors_of_head
from models.sales.clients import set_credit_limit
from models.sales.commands import create_client
from models.sales.leads import create_lead
from models.shared.database.tables import metadata_of
from models.shared.errors import Invalid
from models.shared.numbers import is_whole_cents
from models.shared.settings.company import SETTINGS, parse
from models.shared.transactions import reading, transaction
from tests.factories.finance import PEOPLE, make_line
from tests.factories.sales import make_client_facts, make_lead_facts

JIM = "jim.halpert"
ODD = [Decimal("12.345"), Decimal("0.001"), Decimal("NaN"), Decimal("Infinity"), Decimal("1e-9")]


def enter_price(session: Session, amount: Decimal) -> None:
    create_product(session, NewProduct(sku="P-1", name="Paper", unit_price=amount, location=""))


def enter_claim(session: Session, amount: Decimal) -> None:
    number = start_expense(session, "Jim Halpert", "sales")
    session.flush()
    version = session.get(Expense, number).version
    line = msgspec.structs.replace(make_line(), amount=amount)
    save_draft(session, number, Draft(purpose="Visit", lines=[line], version=version))


def enter_grant(_: Session, amount: Decimal) -> None:
    try:
        granted_amounts({1: Decimal(100)}, {1: amount})
    except ValueError as error:
        raise Invalid({"amount-1": str(error)}) from error


def enter_discount(_: Session, amount: Decimal) -> None:
    wanted = NewOrder(client_number="CL-1", lines=[], products={}, discount_percent=amount)
    if errors := errors_of_head(wanted):
        raise Invalid(errors)


def enter_limit(session: Session, amount: Decimal) -> None:
    number = create_client(session, make_client_facts())
    session.flush()
    set_credit_limit(session, number, amount, "Good payer", 1, may_set_limit=True)


# Each column of money or percent, and the command through which a person or program fills it.
DOORS: dict[str, tuple[str, Callable[[Session, Decimal], object]]] = {
    "inventory.product.unit_price": ("inventory", enter_price),
    "finance.expense_line.amount": ("finance", enter_claim),
    "finance.expense_line.approved": ("finance", enter_grant),
    "finance.budget.monthly": ("finance", lambda s, amount: set_budget(s, "sales", amount, 0)),
    "orders.order.discount_percent": ("orders", enter_discount),
    "sales.client.credit_limit": ("sales", enter_limit),
    "sales.lead.expected_value": (
        "sales",
        lambda s, amount: create_lead(s, make_lead_facts(expected_value=amount)),
    ),
}
# Each other one, and what it follows from.
DERIVED = {
    "finance.decision.total": "its expense",
    "finance.expense.total": "its lines",
    "finance.expense.approved_total": "its lines",
    "finance.run.total": "its expenses",
    "orders.client.credit_limit": "the events of sales",
    "orders.order.total": "its lines and discount",
    "orders.order_line.unit_price": "the product at that moment",
}


@pytest.fixture
def office(clean_database: str) -> str:
    with transaction("finance", actor="service:test") as session:
        remember_people(session, PEOPLE.values())
    return clean_database


def test_every_column_of_money_has_a_door_or_follows_from_others():
    columns = {
        f"{table.fullname}.{column.name}"
        for schema in SCHEMAS
        for table in metadata_of(schema).tables.values()
        for column in table.columns
        if isinstance(column.type, Numeric) and column.type.scale == 2
    }
    assert columns == set(DOORS) | set(DERIVED)


@pytest.mark.parametrize("amount", ODD, ids=str)
@pytest.mark.parametrize("column", sorted(DOORS))
def test_no_door_takes_what_its_column_would_round(office: str, column: str, amount: Decimal):
    schema, enter = DOORS[column]
    with pytest.raises(Invalid), transaction(schema, actor=JIM) as session:
        enter(session, amount)


@pytest.mark.parametrize("column", sorted(DOORS))
def test_every_door_takes_whole_cents(office: str, column: str):
    schema, enter = DOORS[column]
    with transaction(schema, actor=JIM) as session:
        enter(session, Decimal("12.34"))


@pytest.mark.parametrize("setting", [each for each in SETTINGS if each.kind == "money"])
def test_a_setting_of_money_takes_no_more_than_cents(setting):
    with pytest.raises(ValueError, match="decimals"):
        parse(setting, f"{setting.low}.123" if "." not in str(setting.low) else "12.345")


def test_what_is_a_whole_number_of_cents():
    assert all(
        map(
            is_whole_cents,
            map(Decimal, ("0", "1", "1.5", "1.50", "1.500", "1E+3", "-2.10", "3.4E+38")),
        )
    )
    assert not any(map(is_whole_cents, ODD))


@pytest.mark.parametrize(
    ("path", "body", "service"),
    [
        ("/api/v1/products", {"sku": "P-2", "name": "Paper", "unit_price": 1.005}, "inventory"),
        ("/api/v1/products", {"sku": "P-2", "name": "Paper", "unit_price": "1.005"}, "inventory"),
        (
            "/api/v1/expenses",
            {"purpose": "x", "lines": [{"what": "y", "amount": 1.005}]},
            "finance",
        ),
    ],
)
def test_rest_takes_no_more_than_cents(office, anonymous, bearer_for, path, body, service):
    who = {"inventory": "darryl.philbin", "finance": JIM}[service]
    answer = anonymous.post(path, json=body, headers=bearer_for(who, service))
    assert answer.status_code == 422


def test_the_books_of_finance_are_right_and_a_cent_is_found(office: str):
    with transaction("finance", actor=JIM) as session:
        enter_claim(session, Decimal("20.10"))
    assert errors() == []
    with psycopg.connect(office, autocommit=True) as superuser:
        superuser.execute("UPDATE finance.expense SET total = total + 0.01")
    [fault] = errors()
    assert "the total is 20.11, but its lines add up to 20.10" in fault


def errors() -> list[str]:
    """What the checker says."""
    with reading("finance") as session:
        return find_book_errors(session)
