"""REST of the profile service: the people of the company."""

import msgspec
from flask import Blueprint, Response, jsonify
from pydantic import BaseModel
from spectree import Response as Answers

from webapp.profile.directory import DirectoryAway, company
from webapp.shared.api import spec, with_etag
from webapp.shared.problems import problem
from webapp.shared.rights import needs

blueprint = Blueprint("profile_api", __name__, url_prefix="/api/v1")


class EmployeeOut(BaseModel):
    """One employee; `manager` is a uid, `groups` are the directory's group names."""

    uid: str
    name: str
    mail: str
    title: str
    department: str
    manager: str | None
    groups: list[str]


class PeopleOut(BaseModel):
    """Everybody; the company is small enough for one answer."""

    items: list[EmployeeOut]


@blueprint.get("/people")
@needs("people.see")
@spec.validate(resp=Answers(HTTP_200=PeopleOut), tags=["profile"], skip_validation=True)
def people() -> Response:
    """Everybody in the company, by uid, with department, manager and groups; 304 to the ETag it gave."""
    try:
        listing = company().listing()
    except DirectoryAway:
        return problem(503, "directory_away", "The company's directory cannot be reached right now.")
    items = [msgspec.to_builtins(employee) for employee in listing.employees]
    return with_etag(jsonify(items=items), listing.version)
