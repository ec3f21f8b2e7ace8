"""Which notifications of a trail reached a browser over the live stream."""

from uuid import UUID

from flask import Response, jsonify
from pydantic import AwareDatetime, BaseModel, Field
from spectree import Response as Answers

from models.shared.transactions import reading
from models.wuphf.pushes import list_pushes
from webapp.shared.people.rights import needs
from webapp.shared.rest.api import asked, spec
from webapp.wuphf.api.area import blueprint


class PushQuery(BaseModel):
    """The correlation id of a request, as in `X-Correlation-ID`, the logs and every event."""

    correlation: str = Field(min_length=1, max_length=100)


class PushOut(BaseModel):
    """The first push of a notification to a browser of its recipient."""

    notification_id: UUID
    recipient: str
    at: AwareDatetime


class PushesOut(BaseModel):
    """The live pushes of a trail, oldest first."""

    items: list[PushOut]


@blueprint.get("/live/pushes")
@needs("inside.see")
@spec.validate(
    query=PushQuery, resp=Answers(HTTP_200=PushesOut), tags=["wuphf"], skip_validation=True
)
def list_live_pushes() -> Response:
    """Return the first live push of each notification that followed from a request, oldest first.

    At most 500, of the last 14 days; what a browser got more than a minute late is no live push.
    """
    with reading("notifications") as session:
        found = list_pushes(session, asked(PushQuery).correlation)
    return jsonify(
        items=[
            {
                "notification_id": str(each.notification_id),
                "recipient": each.recipient,
                "at": each.at.isoformat(),
            }
            for each in found
        ]
    )
