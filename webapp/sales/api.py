"""The REST API of leads, under /api/v1; that of clients hangs on the same blueprint."""

from functools import partial

from flask import Response, jsonify
from spectree import Response as Answers

from models.sales.commands import Conversion, convert_lead
from models.sales.lead_queries import list_leads
from models.sales.lead_rules import LeadFacts, NextStep
from models.sales.leads import change_lead, create_lead, lose_lead, move_lead, reopen_lead
from models.sales.queries import get_lead
from models.shared.database import reading
from webapp.sales import client_api
from webapp.sales.api_area import blueprint, new_client_of
from webapp.sales.area import do_once, may_work_any, my_filter
from webapp.sales.people import owner_uids
from webapp.sales.shapes import (
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
from webapp.shared.api import api_list, asked, created, expected_version, spec, with_etag
from webapp.shared.rights import can, needs

__all__ = ["blueprint", "client_api"]


@blueprint.get("/leads")
@needs("leads.see")
@spec.validate(
    query=LeadsQuery, resp=Answers(HTTP_200=LeadsOut), tags=["sales"], skip_validation=True
)
def leads() -> Response:
    """Leads by pages, newest first unless `sort` says otherwise."""
    wanted = asked(LeadsQuery, "stage", "source")
    narrowed = my_filter(
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
    """A new lead; with an `Idempotency-Key` sent twice it is made once."""
    facts = _facts(json)
    number = do_once(
        "create_lead", json.model_dump(mode="json"), lambda session: create_lead(session, facts)
    )
    answer = _lead(number)
    return created(answer, f"leads/{number}")


@blueprint.get("/leads/<number>")
@needs("leads.see")
@spec.validate(resp=Answers(HTTP_200=LeadShape), tags=["sales"], skip_validation=True)
def lead(number: str) -> Response:
    """One lead; the ETag is its version."""
    return _lead(number)


@blueprint.put("/leads/<number>")
@needs("leads.work")
@spec.validate(json=LeadIn, resp=Answers(HTTP_200=LeadShape), tags=["sales"])
def put_lead(number: str, json: LeadIn) -> Response:
    """Corrects a lead; `If-Match` names the version that was read, and 409 says what changed since."""
    version, facts = expected_version(), _facts(json)
    do_once(
        "change_lead",
        [number, version, json.model_dump(mode="json")],
        lambda session: change_lead(session, number, facts, version, any_lead=may_work_any()),
    )
    return _lead(number)


@blueprint.put("/leads/<number>/stage")
@needs("leads.work")
@spec.validate(json=StageIn, resp=Answers(HTTP_200=LeadShape), tags=["sales"])
def put_stage(number: str, json: StageIn) -> Response:
    """To another open stage; `If-Match` names the version that was read."""
    version = expected_version()
    do_once(
        "move_lead",
        [number, version, json.stage],
        lambda session: move_lead(session, number, json.stage, version, any_lead=may_work_any()),
    )
    return _lead(number)


@blueprint.post("/leads/<number>/loss")
@needs("leads.work")
@spec.validate(json=LossIn, resp=Answers(HTTP_200=LeadShape), tags=["sales"])
def post_loss(number: str, json: LossIn) -> Response:
    """Gives a lead up for a reason; `If-Match` names the version that was read."""
    version = expected_version()
    do_once(
        "lose_lead",
        [number, version, json.model_dump()],
        lambda session: lose_lead(
            session, number, json.reason, json.words, version, any_lead=may_work_any()
        ),
    )
    return _lead(number)


@blueprint.delete("/leads/<number>/loss")
@needs("leads.work")
@spec.validate(resp=Answers(HTTP_200=LeadShape), tags=["sales"], skip_validation=True)
def delete_loss(number: str) -> Response:
    """Takes a lost lead up again; `If-Match` names the version that was read."""
    version = expected_version()
    do_once(
        "reopen_lead",
        [number, version],
        lambda session: reopen_lead(session, number, version, any_lead=may_work_any()),
    )
    return _lead(number)


@blueprint.post("/leads/<number>/conversion")
@needs("leads.work")
@spec.validate(json=ConversionIn, resp=Answers(HTTP_201=ClientShape), tags=["sales"])
def post_conversion(number: str, json: ConversionIn) -> Response:
    """Makes the lead a client, once; 409 `already_converted` names the client that it is."""
    version, new = expected_version(), new_client_of(json.new) if json.new else None
    into = Conversion(client_number=json.client_number, new=new)
    client = do_once(
        "convert_lead",
        [number, version, json.model_dump(mode="json")],
        lambda session: convert_lead(
            session,
            number,
            into,
            version,
            any_lead=may_work_any(),
            may_set_limit=can("clients.limit"),
        ),
    )
    answer = client_api.client_answer(client)
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
