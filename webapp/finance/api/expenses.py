"""REST API for expenses, under /api/v1; receipts_api adds receipts to the same blueprint."""

from functools import partial

from flask import Response, jsonify
from spectree import Response as Answers

from models.finance.commands import Verdict, decide_expense, submit_expense, withdraw_expense
from models.finance.drafts import (
    Draft,
    DraftLine,
    create_expense,
    save_draft,
)
from models.finance.queries import ExpenseFilter, get_expense, list_expenses
from models.shared.transactions import reading
from webapp.finance.api.area import blueprint
from webapp.finance.api.shapes import (
    DecisionIn,
    ExpenseIn,
    ExpenseShape,
    ExpensesOut,
    ExpensesQuery,
    ExpenseSummary,
)
from webapp.finance.people import ask_people, decider, reader
from webapp.shared.people.preferences import today
from webapp.shared.people.rights import needs, person, takes_lines
from webapp.shared.requests.commands import run, run_each_time
from webapp.shared.rest.api import (
    api_list,
    asked,
    created,
    expected_version,
    spec,
    with_etag,
)


@blueprint.get("/expenses")
@needs("expenses.claim")
@spec.validate(
    query=ExpensesQuery, resp=Answers(HTTP_200=ExpensesOut), tags=["finance"], skip_validation=True
)
def list_() -> Response:
    """List expenses by page, most recently changed first by default."""
    wanted = asked(ExpensesQuery, "status")
    with reading("finance") as session:
        narrowed = ExpenseFilter(
            reader=reader(session),
            scope=wanted.scope,
            q=wanted.q,
            statuses=tuple(wanted.status),
            category=wanted.category,
        )
        read = partial(list_expenses, session, narrowed, wanted.sort)
        return api_list(ExpenseSummary, read)


@blueprint.post("/expenses")
@needs("expenses.claim")
@takes_lines("reply")
@spec.validate(json=ExpenseIn, resp=Answers(HTTP_201=ExpenseShape), tags=["finance"])
def create(json: ExpenseIn) -> Response:
    """Create a draft; repeating a request with the same `Idempotency-Key` creates it only once."""
    number = run(create_expense, person().name, person().department, _draft(json, 1))
    answer = _answer(number)
    return created(answer, f"expenses/{number}")


@blueprint.get("/expenses/<number>")
@needs("expenses.claim")
@spec.validate(resp=Answers(HTTP_200=ExpenseShape), tags=["finance"], skip_validation=True)
def get(number: str) -> Response:
    """Return one expense with its lines; the ETag is its version."""
    return _answer(number)


@blueprint.put("/expenses/<number>")
@needs("expenses.claim")
@takes_lines("reply")
@spec.validate(json=ExpenseIn, resp=Answers(HTTP_200=ExpenseShape), tags=["finance"])
def change(number: str, json: ExpenseIn) -> Response:
    """Replace the contents of the caller's draft; send the version you read as `If-Match`."""
    run_each_time(save_draft, number, _draft(json, expected_version()))
    return _answer(number)


@blueprint.post("/expenses/<number>/submission")
@needs("expenses.claim")
@spec.validate(resp=Answers(HTTP_200=ExpenseShape), tags=["finance"], skip_validation=True)
def submit(number: str) -> Response:
    """Submit the caller's draft."""
    ask_people()
    run(submit_expense, number, today=today())
    return _answer(number)


@blueprint.post("/expenses/<number>/withdrawal")
@needs("expenses.claim")
@spec.validate(resp=Answers(HTTP_200=ExpenseShape), tags=["finance"], skip_validation=True)
def withdraw(number: str) -> Response:
    """Withdraw the caller's expense before it is approved or refused; it is a draft again."""
    run(withdraw_expense, number)
    return _answer(number)


@blueprint.post("/expenses/<number>/decision")
@needs("expenses.decide")
@takes_lines("reason")
@spec.validate(json=DecisionIn, resp=Answers(HTTP_200=ExpenseShape), tags=["finance"])
def decide(number: str, json: DecisionIn) -> Response:
    """Approve, refuse or send back an expense; send the version you read as `If-Match`."""
    verdict = Verdict(
        do=json.do, reason=json.reason, amounts=json.amounts, version=expected_version()
    )
    run(decide_expense, number, verdict, **decider())
    return _answer(number)


def _draft(json: ExpenseIn, version: int) -> Draft:
    lines = [DraftLine(**line.model_dump()) for line in json.lines]
    return Draft(purpose=json.purpose, lines=lines, reply=json.reply, version=version)


def _answer(number: str) -> Response:
    with reading("finance") as session:
        expense = get_expense(session, number, reader(session))
        return with_etag(
            jsonify(ExpenseShape.model_validate(expense).model_dump(mode="json")), expense.version
        )
