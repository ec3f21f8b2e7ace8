"""Cut every live stream of this process on purpose (DM_FAULTS=1).

Browsers then reconnect and resume.
"""

import logging

from flask import Response, jsonify
from pydantic import BaseModel
from spectree import Response as Answers

from models.shared import switches
from webapp.shared.api import spec
from webapp.shared.commands import door_of
from webapp.shared.faults import only_with_faults
from webapp.shared.rights import needs, person
from webapp.wuphf.api_area import blueprint
from webapp.wuphf.hub import hub

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
    dropped = door_of("notifications").run(switches.drop_streams, hub().drop_all)
    log.warning("%s dropped %d live streams on purpose", person().uid, dropped)
    return jsonify(dropped=dropped)
