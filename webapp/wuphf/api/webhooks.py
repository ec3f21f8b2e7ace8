"""REST API of webhooks: the caller's own, with their deliveries."""

from typing import Literal
from uuid import UUID

import msgspec
from flask import Response, jsonify
from pydantic import AwareDatetime, BaseModel, Field
from spectree import Response as Answers
from werkzeug.exceptions import BadRequest

from models.shared.transactions import reading
from models.wuphf.webhooks import deliveries, subscriptions
from models.wuphf.webhooks.rules import LONGEST_URL
from models.wuphf.webhooks.subscriptions import LONGEST_NAME, Wanted
from webapp.shared.people.rights import needs, person
from webapp.shared.process.json_objects import JsonObject
from webapp.shared.requests.commands import run, run_each_time
from webapp.shared.rest.api import (
    api_page,
    asked,
    created,
    expected_version,
    page_request,
    spec,
    with_etag,
)
from webapp.shared.rest.shapes import Shape, Whole
from webapp.wuphf.api.area import blueprint
from webapp.wuphf.webhook_limits import SAYS, limits, refuse_beyond_token, signing_secret


class WebhookIn(BaseModel):
    """What a webhook is to be like; `types` are of `GET /webhook-event-types`."""

    name: str = Field(max_length=LONGEST_NAME, examples=["Accounting system"])
    url: str = Field(max_length=LONGEST_URL, examples=["https://example.com/hooks"])
    types: list[str] = Field(min_length=1, max_length=200, examples=[["dm.orders.order.placed.v1"]])


class WebhookOut(Shape):
    """A webhook. `disabled_at` is null while it is enabled, `failing_since` while it works."""

    id: UUID
    name: str
    url: str
    types: list[str]
    created_at: AwareDatetime
    delivered_at: AwareDatetime | None = Field(description="When it last took an event")
    failing_since: AwareDatetime | None
    disabled_at: AwareDatetime | None
    disabled_by: str | None
    disabled_why: str


class NewWebhookOut(WebhookOut):
    """A webhook with its signing secret, which no other answer has."""

    secret: str = Field(examples=["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"])


class WebhooksOut(BaseModel):
    """The caller's webhooks, newest first; there are few."""

    items: list[WebhookOut]
    next: str | None


class EventTypeOut(BaseModel):
    """An event type that the caller may subscribe to."""

    type: str
    says: str


class EventTypesOut(BaseModel):
    """All event types that the caller may subscribe to."""

    items: list[EventTypeOut]


class AttemptOut(BaseModel):
    """One attempt; `status` is null if there was no answer, and `error` then says why."""

    at: AwareDatetime
    milliseconds: int
    status: int | None
    error: str


class DeliveryOut(Shape):
    """An event for a webhook. While it is `waiting`, `due_at` is when the next attempt may begin."""

    id: UUID
    event_id: UUID = Field(description="The event's id, sent as `webhook-id`")
    type: str
    subject: str
    state: Literal["waiting", "delivered", "failed"]
    queued_at: AwareDatetime
    due_at: AwareDatetime
    settled_at: AwareDatetime | None
    tries: list[AttemptOut]


class WholeDeliveryOut(DeliveryOut):
    """A delivery with the event that is sent, a CloudEvent of the event catalog."""

    event: JsonObject


class DeliveriesOut(BaseModel):
    """One page of deliveries, newest first. Pass `next` as `after` to get the next page."""

    items: list[DeliveryOut]
    next: str | None


class DeliveriesQuery(BaseModel):
    """Which deliveries to list."""

    state: Literal["", "waiting", "delivered", "failed"] = ""
    after: str = ""
    limit: Whole = Field(25, ge=1, le=100)


@blueprint.get("/webhook-event-types")
@needs("webhooks.own")
@spec.validate(resp=Answers(HTTP_200=EventTypesOut), tags=["wuphf"], skip_validation=True)
def webhook_event_types() -> Response:
    """List the event types that the caller may subscribe to."""
    return jsonify(items=[{"type": type_, "says": SAYS[type_]} for type_ in limits().types])


@blueprint.get("/webhooks")
@needs("webhooks.own")
@spec.validate(resp=Answers(HTTP_200=WebhooksOut), tags=["wuphf"], skip_validation=True)
def webhooks() -> Response:
    """List the caller's webhooks, newest first."""
    with reading("notifications") as session:
        found = subscriptions.list_webhooks(session, person().uid)
    return api_page([WebhookOut.model_validate(each).model_dump(mode="json") for each in found])


@blueprint.post("/webhooks")
@needs("webhooks.own")
@spec.validate(resp=Answers(HTTP_201=NewWebhookOut), tags=["wuphf"])
def create_webhook(json: WebhookIn) -> Response:
    """Create a webhook; the answer has its signing secret.

    An access token needs the right to read what the events tell of.
    """
    id_ = run(subscriptions.create_webhook, _wanted(json), limits())
    return created(_with_secret(id_, 1), f"webhooks/{id_}")


@blueprint.get("/webhooks/<uuid:id_>")
@needs("webhooks.own")
@spec.validate(resp=Answers(HTTP_200=WebhookOut), tags=["wuphf"], skip_validation=True)
def webhook(id_: UUID) -> Response:
    """Return one of the caller's webhooks; the ETag is its version."""
    return _shown(id_)


@blueprint.put("/webhooks/<uuid:id_>")
@needs("webhooks.own")
@spec.validate(json=WebhookIn, resp=Answers(HTTP_200=WebhookOut), tags=["wuphf"])
def put_webhook(id_: UUID, json: WebhookIn) -> Response:
    """Change a webhook; `If-Match` names the version that was read.

    What waits is sent to the new address.
    """
    _refuse_beyond_token(id_)
    run(subscriptions.change_webhook, id_, expected_version(), _wanted(json), limits())
    return _shown(id_)


@blueprint.delete("/webhooks/<uuid:id_>")
@needs("webhooks.own")
@spec.validate(resp=Answers("HTTP_204"), tags=["wuphf"], skip_validation=True)
def delete_webhook(id_: UUID) -> Response:
    """Delete a webhook of the caller's with its deliveries; one that is gone is gone."""
    run_each_time(subscriptions.delete_webhook, id_)
    return Response(status=204)


@blueprint.post("/webhooks/<uuid:id_>/enablement")
@needs("webhooks.own")
@spec.validate(resp=Answers(HTTP_200=WebhookOut), tags=["wuphf"], skip_validation=True)
def enable_webhook(id_: UUID) -> Response:
    """Enable a webhook: it gets the events that come from now on."""
    _refuse_beyond_token(id_)
    run_each_time(subscriptions.enable_webhook, id_)
    return _shown(id_)


@blueprint.delete("/webhooks/<uuid:id_>/enablement")
@needs("webhooks.own")
@spec.validate(resp=Answers(HTTP_200=WebhookOut), tags=["wuphf"], skip_validation=True)
def disable_webhook(id_: UUID) -> Response:
    """Disable a webhook: what waits fails, and events that come meanwhile are not kept for it."""
    run_each_time(subscriptions.disable_webhook, id_)
    return _shown(id_)


@blueprint.post("/webhooks/<uuid:id_>/secret")
@needs("webhooks.own")
@spec.validate(resp=Answers(HTTP_201=NewWebhookOut), tags=["wuphf"], skip_validation=True)
def roll_webhook_secret(id_: UUID) -> Response:
    """Give a webhook a new signing secret; for 24 hours the old one signs, too."""
    _refuse_beyond_token(id_)
    return created(_with_secret(id_, run(subscriptions.roll_secret, id_)), f"webhooks/{id_}")


@blueprint.post("/webhooks/<uuid:id_>/test")
@needs("webhooks.own")
@spec.validate(resp=Answers(HTTP_202=WholeDeliveryOut), tags=["wuphf"], skip_validation=True)
def test_webhook(id_: UUID) -> tuple[Response, int]:
    """Send a test event, of type `dm.webhooks.test.v1`; return its delivery."""
    return _delivery(id_, run(deliveries.send_test, id_)), 202


@blueprint.get("/webhooks/<uuid:id_>/deliveries")
@needs("webhooks.own")
@spec.validate(
    query=DeliveriesQuery,
    resp=Answers(HTTP_200=DeliveriesOut),
    tags=["wuphf"],
    skip_validation=True,
)
def webhook_deliveries(id_: UUID) -> Response:
    """List the deliveries of a webhook, newest first; settled ones are kept for 30 days."""
    query, (after, size) = asked(DeliveriesQuery), page_request()
    with reading("notifications") as session:
        page = deliveries.list_deliveries(
            session, id_, person().uid, state=query.state, after=_place(after), size=size
        )
    items = [DeliveryOut.model_validate(each).model_dump(mode="json") for each in page.rows]
    return api_page(items, (str(page.next),) if page.next else None)


@blueprint.get("/webhooks/<uuid:id_>/deliveries/<uuid:delivery_id>")
@needs("webhooks.own")
@spec.validate(resp=Answers(HTTP_200=WholeDeliveryOut), tags=["wuphf"], skip_validation=True)
def webhook_delivery(id_: UUID, delivery_id: UUID) -> Response:
    """Return one delivery with its event and what became of each attempt."""
    _refuse_beyond_token(id_)
    return _delivery(id_, delivery_id)


@blueprint.post("/webhooks/<uuid:id_>/deliveries/<uuid:delivery_id>/redelivery")
@needs("webhooks.own")
@spec.validate(resp=Answers(HTTP_202=WholeDeliveryOut), tags=["wuphf"], skip_validation=True)
def redeliver(id_: UUID, delivery_id: UUID) -> tuple[Response, int]:
    """Send a delivery again, now, whatever became of it; with the same id and body."""
    _refuse_beyond_token(id_)
    run(deliveries.redeliver, id_, delivery_id)
    return _delivery(id_, delivery_id), 202


def _wanted(json: WebhookIn) -> Wanted:
    return Wanted(name=json.name, url=json.url, types=sorted(set(json.types)))


def _shown(id_: UUID) -> Response:
    with reading("notifications") as session:
        found = subscriptions.get_webhook(session, id_, person().uid)
    return with_etag(
        jsonify(WebhookOut.model_validate(found).model_dump(mode="json")), found.version
    )


def _with_secret(id_: UUID, version: int) -> Response:
    with reading("notifications") as session:
        found = subscriptions.get_webhook(session, id_, person().uid)
    body = WebhookOut.model_validate(found).model_dump(mode="json")
    response = jsonify({**body, "secret": signing_secret(id_, version)})
    response.headers["Cache-Control"] = "no-store"
    return response


def _delivery(id_: UUID, delivery_id: UUID) -> Response:
    with reading("notifications") as session:
        found = deliveries.get_delivery(session, id_, delivery_id, person().uid)
    body = DeliveryOut.model_validate(found).model_dump(mode="json")
    return jsonify({**body, "event": msgspec.json.decode(found.body)})


def _refuse_beyond_token(id_: UUID) -> None:
    with reading("notifications") as session:
        found = subscriptions.get_webhook(session, id_, person().uid)
    refuse_beyond_token(found.types)


def _place(after: tuple[object, ...] | None) -> UUID | None:
    try:
        return UUID(str(after[0])) if after else None
    except (ValueError, IndexError):
        raise BadRequest("This link to a page of the list is damaged.") from None
