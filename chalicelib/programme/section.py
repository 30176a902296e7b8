"""What every section of programme.yaml is: a strict class of pydantic, without unknown keys."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A part of the file with fields of its own."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, arbitrary_types_allowed=True
    )
