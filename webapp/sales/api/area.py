"""The blueprint of the sales REST API, and the conversion of client input for its commands."""

from flask import Blueprint

from models.sales.events import Address
from models.sales.rules import NewClient
from webapp.sales.api.shapes import ClientIn
from webapp.sales.people import owner_uids

blueprint = Blueprint("sales_api", __name__, url_prefix="/api/v1")


def new_client_of(json: ClientIn) -> NewClient:
    """Convert the request body to the command's input."""
    return NewClient(
        **json.model_dump(exclude={"address"}),
        address=Address(**json.address.model_dump()),
        owners=owner_uids(),
    )
