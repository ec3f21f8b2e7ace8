"""Request and response shapes for the REST API of locations and transfers."""

from pydantic import Field, StrictBool, StrictInt

from webapp.shared.rest.shapes import Shape, Whole


class LocationsQuery(Shape):
    """Filter of the location list."""

    q: str = Field("", max_length=100, description="Words to find in bin code or name")
    retired: bool = Field(False, description="Return retired locations instead of those in use")
    after: str = ""
    limit: Whole = Field(25, ge=1, le=100)


class LocationShape(Shape):
    """A location; its version is the ETag."""

    code: str = Field(examples=["A-12-3"])
    name: str
    active: bool
    version: int


class LocationsOut(Shape):
    """One page of locations; pass `next` as `after` to get the following page."""

    items: list[LocationShape]
    next: str | None


class NewLocationShape(Shape):
    """A location to add."""

    code: str = Field(max_length=32)
    name: str = Field("", max_length=100)


class LocationChangeShape(Shape):
    """A location's new values."""

    name: str = Field("", max_length=100)
    active: StrictBool = True


class NewTransferShape(Shape):
    """Cases to move from one location to another."""

    source: str = Field(max_length=100)
    target: str = Field(max_length=100)
    quantity: StrictInt
    reason: str = Field("", max_length=500)


class TransferOut(Shape):
    """The transfer's number, which both of its ledger entries carry."""

    transfer_number: str = Field(examples=["TR-501"])
