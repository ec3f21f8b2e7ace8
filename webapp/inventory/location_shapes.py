"""The shapes of the REST API of locations and transfers."""

from pydantic import Field, StrictBool, StrictInt

from webapp.shared.shapes import Shape


class LocationsQuery(Shape):
    """Which locations."""

    q: str = Field("", max_length=100, description="In code or name")
    retired: bool = Field(False, description="Those that are retired, instead of those in use")
    after: str = ""
    limit: int = Field(25, ge=1, le=100)


class LocationShape(Shape):
    """A location; its version is the ETag."""

    code: str = Field(examples=["A-12-3"])
    name: str
    active: bool
    version: int


class LocationsOut(Shape):
    """One page of locations."""

    items: list[LocationShape]
    next: str | None


class NewLocationShape(Shape):
    """A location to add."""

    code: str = Field(max_length=32)
    name: str = Field("", max_length=100)


class LocationChangeShape(Shape):
    """How a location is to be from now on."""

    name: str = Field("", max_length=100)
    active: StrictBool = True


class NewTransferShape(Shape):
    """Cases to carry from one location to another."""

    source: str = Field(max_length=100)
    target: str = Field(max_length=100)
    quantity: StrictInt
    reason: str = Field("", max_length=500)


class TransferOut(Shape):
    """The number that both entries of the ledger bear."""

    transfer_number: str = Field(examples=["TR-501"])
