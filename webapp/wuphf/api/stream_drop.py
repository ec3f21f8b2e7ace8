"""Cut every live stream of this process on purpose (DM_FAULTS=1).

Browsers then reconnect and resume.
"""

import logging

from flask import Response, jsonify
from pydantic import BaseModel
from spectree import Response as Answers

from models.shared.listeners import fault_switches
from webapp.shared.people.rights import needs, person
from webapp.shared.process.faults import only_with_faults
from webapp.shared.requests.commands import door_of
from webapp.shared.rest.api import spec
from webapp.wuphf.api.area import blueprint
from webapp.wuphf.streaming.hub import hub

log = logging.getLogger(__name__)


class DroppedOut(BaseModel):
    """How many streams were cut."""

    dropped: int


@blueprint.post("/live/drop")
@needs("faults.switch")
@spec.validate(resp=Answers(HTTP_200=DroppedOut), tags=["wuphf"], skip_validation=True)
def drop_streams() -> Response:
    """Cut every live stream of this gateway process without a message; 404 unless DM_FAULTS=1.

    To the browser this looks like a broken connection.
    """
    only_with_faults()
    dropped = door_of("notifications").run(fault_switches.drop_streams, hub().drop_all)
    log.warning("%s dropped %d live streams on purpose", person().uid, dropped)
    return jsonify(dropped=dropped)
