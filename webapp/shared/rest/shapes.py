"""What the REST shapes of every area have in common."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic_core import PydanticCustomError

from models.shared.numbers import Unclear, read_amount, read_count, read_percentage


class Shape(BaseModel):
    """Reads from objects; a field that is not declared, such as a status or a price, is ignored."""

    model_config = ConfigDict(from_attributes=True)


def _read_place(text: str) -> int:
    """Read a place in a sequence that the database counts, which may have up to 19 digits."""
    if not re.fullmatch(r"[0-9]{1,19}", text):
        raise Unclear("Enter a whole number, such as 12.")
    return int(text)


def _strings(read: Callable[[str], object]) -> BeforeValidator:
    """Read a number sent as a string as the forms read it; leave a JSON number as it is."""

    def validate(value: object) -> object:
        try:
            return read(value) if isinstance(value, str) else value
        except Unclear as error:
            raise PydanticCustomError("unclear", "{words}", {"words": str(error)}) from error

    return BeforeValidator(validate)


# An annotation with bounds puts them before these: Annotated[int, Field(ge=1), WHOLE]
AMOUNT, WHOLE, PLACE = (_strings(read) for read in (read_amount, read_count, _read_place))
Amount = Annotated[Decimal, AMOUNT]
Percentage = Annotated[Decimal, _strings(read_percentage)]
Whole = Annotated[int, WHOLE]
