"""The blueprint of the REST API of sales, and how it reads what was asked."""

from typing import TypeVar

from flask import Blueprint, request
from pydantic import ValidationError

from models.sales.events import Address
from models.sales.rules import NewClient
from models.shared.errors import Invalid
from webapp.sales.shapes import ClientIn, ClientsQuery, LeadsQuery

Asked = TypeVar("Asked", LeadsQuery, ClientsQuery)
blueprint = Blueprint("sales_api", __name__, url_prefix="/api/v1")


def asked(shape: type[Asked], *lists: str) -> Asked:
    """The query string as `shape`; a NUL, which no text in PostgreSQL holds, is left out."""
    single = {name: value.replace("\0", "") for name, value in request.args.items() if name not in lists}
    try:
        return shape.model_validate({**single, **{name: request.args.getlist(name) for name in lists}})
    except ValidationError as error:
        raise Invalid({str(item["loc"][0]): item["msg"] for item in error.errors()}) from error


def new_client_of(json: ClientIn) -> NewClient:
    """What the command gets."""
    return NewClient(**json.model_dump(exclude={"address"}), address=Address(**json.address.model_dump()))
