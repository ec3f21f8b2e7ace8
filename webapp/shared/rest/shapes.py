"""What the REST shapes of every area have in common."""

from pydantic import BaseModel, ConfigDict


class Shape(BaseModel):
    """Reads from objects; a field that is not declared, such as a status or a price, is ignored."""

    model_config = ConfigDict(from_attributes=True)
