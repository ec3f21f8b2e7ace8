"""The blueprint of the REST API of sales, and what its commands get."""

from flask import Blueprint

from models.sales.events import Address
from models.sales.rules import NewClient
from webapp.sales.people import owner_uids
from webapp.sales.shapes import ClientIn

blueprint = Blueprint("sales_api", __name__, url_prefix="/api/v1")


def new_client_of(json: ClientIn) -> NewClient:
    """What the command gets."""
    return NewClient(
        **json.model_dump(exclude={"address"}),
        address=Address(**json.address.model_dump()),
        owners=owner_uids(),
    )
