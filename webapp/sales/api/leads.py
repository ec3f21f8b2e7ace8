"""REST API for leads, under /api/v1; clients.py adds clients to the same blueprint."""

from functools import partial

from flask import Response, jsonify
from spectree import Response as Answers

from models.sales.commands import Conversion, convert_lead
from models.sales.lead_queries import LeadFilter, list_leads
from models.sales.lead_rules import LeadFacts, NextStep
from models.sales.leads import change_lead, create_lead, lose_lead, move_lead, reopen_lead
from models.sales.queries import get_lead
from models.shared.transactions import reading
from webapp.sales.api.area import blueprint, new_client_of
from webapp.sales.api.clients import client_answer
from webapp.sales.api.shapes import (
    ClientShape,
    ConversionIn,
    LeadIn,
    LeadShape,
    LeadsOut,
    LeadsQuery,
    LeadSummary,
    LossIn,
    StageIn,
)
from webapp.sales.people import owner_uids
from webapp.sales.rights import may_work_any
from webapp.shared.people.preferences import today
from webapp.shared.people.rights import can, needs, takes_lines
from webapp.shared.requests.commands import run
from webapp.shared.rest.api import (
    api_list,
    asked,
    created,
    expected_version,
    spec,
    with_etag,
)


@blueprint.get("/leads")
@needs("leads.see")
@spec.validate(
    query=LeadsQuery, resp=Answers(HTTP_200=LeadsOut), tags=["sales"], skip_validation=True
)
def leads() -> Response:
    """List leads by page, newest first unless `sort` says otherwise."""
    wanted = asked(LeadsQuery, "stage", "source")
    narrowed = LeadFilter(
        today=today(),
        q=wanted.q,
        stages=tuple(wanted.stage),
        sources=tuple(wanted.source),
        owner=wanted.owner,
        due=wanted.due,
    )
    with reading("sales") as session:
        read = partial(list_leads, session, narrowed, wanted.sort)
        return api_list(LeadSummary, read)


@blueprint.post("/leads")
@needs("leads.work")
@spec.validate(json=LeadIn, resp=Answers(HTTP_201=LeadShape), tags=["sales"])
def add_lead(json: LeadIn) -> Response:
    """Create a lead; a repeated request with the same `Idempotency-Key` creates it only once."""
    number = run(create_lead, _facts(json))
    answer = _lead(number)
    return created(answer, f"leads/{number}")


@blueprint.get("/leads/<number>")
@needs("leads.see")
@spec.validate(resp=Answers(HTTP_200=LeadShape), tags=["sales"], skip_validation=True)
def lead(number: str) -> Response:
    """Return one lead; the ETag is its version."""
    return _lead(number)


@blueprint.put("/leads/<number>")
@needs("leads.work")
@spec.validate(json=LeadIn, resp=Answers(HTTP_200=LeadShape), tags=["sales"])
def put_lead(number: str, json: LeadIn) -> Response:
    """Change a lead; `If-Match` names the version that was read, 409 lists what changed since."""
    version = expected_version()
    run(change_lead, number, _facts(json), version, any_lead=may_work_any())
    return _lead(number)


@blueprint.put("/leads/<number>/stage")
@needs("leads.work")
@spec.validate(json=StageIn, resp=Answers(HTTP_200=LeadShape), tags=["sales"])
def put_stage(number: str, json: StageIn) -> Response:
    """Move a lead to another open stage; `If-Match` names the version that was read."""
    run(move_lead, number, json.stage, expected_version(), any_lead=may_work_any())
    return _lead(number)


@blueprint.post("/leads/<number>/loss")
@needs("leads.work")
@takes_lines("words")
@spec.validate(json=LossIn, resp=Answers(HTTP_200=LeadShape), tags=["sales"])
def post_loss(number: str, json: LossIn) -> Response:
    """Mark a lead as lost, with a reason; `If-Match` names the version that was read."""
    version = expected_version()
    run(lose_lead, number, json.reason, json.words, version, any_lead=may_work_any())
    return _lead(number)


@blueprint.delete("/leads/<number>/loss")
@needs("leads.work")
@spec.validate(resp=Answers(HTTP_200=LeadShape), tags=["sales"], skip_validation=True)
def delete_loss(number: str) -> Response:
    """Reopen a lost lead; `If-Match` names the version that was read."""
    run(reopen_lead, number, expected_version(), any_lead=may_work_any())
    return _lead(number)


@blueprint.post("/leads/<number>/conversion")
@needs("leads.work")
@spec.validate(json=ConversionIn, resp=Answers(HTTP_201=ClientShape), tags=["sales"])
def post_conversion(number: str, json: ConversionIn) -> Response:
    """Convert a lead to a client, once; 409 `already_converted` names the client it became."""
    version, new = expected_version(), new_client_of(json.new) if json.new else None
    into = Conversion(client_number=json.client_number, new=new)
    client = run(
        convert_lead,
        number,
        into,
        version,
        any_lead=may_work_any(),
        may_set_limit=can("clients.limit"),
    )
    answer = client_answer(client)
    return created(answer, f"clients/{client}")


def _lead(number: str) -> Response:
    with reading("sales") as session:
        found = get_lead(session, number)
    return with_etag(
        jsonify(LeadShape.model_validate(found).model_dump(mode="json")), found.version
    )


def _facts(json: LeadIn) -> LeadFacts:
    step = NextStep(kind=json.next_kind, on=json.next_on, note=json.next_note)
    return LeadFacts(
        **json.model_dump(exclude={"next_kind", "next_on", "next_note"}),
        next=step,
        owners=owner_uids(),
    )
