"""REST API for clients, under /api/v1."""

from functools import partial

from flask import Response, jsonify
from spectree import Response as Answers

from models.sales import clients as domain
from models.sales.client_queries import ClientFilter, list_clients
from models.sales.commands import create_client
from models.sales.queries import get_client
from models.shared.transactions import reading
from webapp.sales.api.area import blueprint, new_client_of
from webapp.sales.api.shapes import (
    ClientIn,
    ClientShape,
    ClientsOut,
    ClientsQuery,
    ClientSummary,
    ContactShape,
    LimitIn,
    NamedAddressShape,
    ReasonIn,
)
from webapp.shared.people.rights import can, needs
from webapp.shared.requests.commands import run
from webapp.shared.rest.api import (
    api_list,
    asked,
    created,
    expected_version,
    spec,
    with_etag,
)


@blueprint.get("/clients")
@needs("clients.see")
@spec.validate(
    query=ClientsQuery, resp=Answers(HTTP_200=ClientsOut), tags=["sales"], skip_validation=True
)
def clients() -> Response:
    """List clients by page, by name unless `sort` says otherwise."""
    wanted = asked(ClientsQuery)
    narrowed = ClientFilter(
        q=wanted.q, owners=(wanted.owner,) if wanted.owner else (), active=wanted.active
    )
    with reading("sales") as session:
        read = partial(list_clients, session, narrowed, wanted.sort)
        return api_list(ClientSummary, read)


@blueprint.post("/clients")
@needs("clients.create")
@spec.validate(json=ClientIn, resp=Answers(HTTP_201=ClientShape), tags=["sales"])
def add_client(json: ClientIn) -> Response:
    """Create a client; a repeated request with the same `Idempotency-Key` creates it only once."""
    number = run(create_client, new_client_of(json), may_set_limit=can("clients.limit"))
    answer = client_answer(number)
    return created(answer, f"clients/{number}")


@blueprint.get("/clients/<number>")
@needs("clients.see")
@spec.validate(resp=Answers(HTTP_200=ClientShape), tags=["sales"], skip_validation=True)
def client(number: str) -> Response:
    """Return one client with contacts and addresses; the ETag is its version."""
    return client_answer(number)


@blueprint.put("/clients/<number>")
@needs("clients.change")
@spec.validate(json=ClientIn, resp=Answers(HTTP_200=ClientShape), tags=["sales"])
def put_client(number: str, json: ClientIn) -> Response:
    """Change a client, except its credit limit; `If-Match` names the version that was read."""
    version, facts = expected_version(), new_client_of(json)
    run(domain.change_client, number, facts, version)
    return client_answer(number)


@blueprint.put("/clients/<number>/credit-limit")
@needs("clients.limit")
@spec.validate(json=LimitIn, resp=Answers(HTTP_200=ClientShape), tags=["sales"])
def put_limit(number: str, json: LimitIn) -> Response:
    """Set the credit limit; for sales managers. `If-Match` names the version that was read."""
    version = expected_version()
    limit, why = json.credit_limit, json.reason
    run(domain.set_credit_limit, number, limit, why, version, may_set_limit=True)
    return client_answer(number)


@blueprint.post("/clients/<number>/deactivation")
@needs("clients.standing")
@spec.validate(json=ReasonIn, resp=Answers(HTTP_200=ClientShape), tags=["sales"])
def post_deactivation(number: str, json: ReasonIn) -> Response:
    """Deactivate a client; `If-Match` names the version that was read.

    It can no longer order.
    """
    run(domain.deactivate_client, number, json.reason, expected_version())
    return client_answer(number)


@blueprint.delete("/clients/<number>/deactivation")
@needs("clients.standing")
@spec.validate(resp=Answers(HTTP_200=ClientShape), tags=["sales"], skip_validation=True)
def delete_deactivation(number: str) -> Response:
    """Let a client order again; `If-Match` names the version that was read."""
    run(domain.reactivate_client, number, expected_version())
    return client_answer(number)


def client_answer(number: str) -> Response:
    """Return the client as JSON with its ETag."""
    with reading("sales") as session:
        found = get_client(session, number)
        shown = ClientShape.model_validate(found)
        shown.contacts = [
            ContactShape.model_validate(row) for row in domain.list_contacts(session, number)
        ]
        shown.addresses = [
            NamedAddressShape.model_validate(row) for row in domain.list_addresses(session, number)
        ]
    return with_etag(jsonify(shown.model_dump(mode="json")), found.version)
