"""Messages outside the taxonomy."""

from typing import Literal

from pydantic import Field

from routing.adapters.pack.schema.table import Table
from routing.adapters.pack.values import Message, Name


class OutsideTable(Table):
    """Messages on one topic that no issue type covers."""

    topic: Name = Field(description="text people read: 1 to 200 characters")
    kind: Literal["near", "far"] = Field(
        description='"near" (banking, yet no issue type of ours) or "far" (nothing to do with banking)'
    )
    calibration: list[Message] = Field(
        default=[], description="messages that set the novelty threshold: texts of 1 to 4000 characters"
    )
    held_out: list[Message] = Field(
        default=[], description="messages that only measure it: texts of 1 to 4000 characters"
    )


class OutsideFile(Table):
    """outside.toml: messages outside the taxonomy."""

    outside: list[OutsideTable] = Field(min_length=1, description="one or more tables [[outside]]")
