"""Families, issue types and their service targets."""

from typing import Annotated

from pydantic import Field

from routing.adapters.pack.schema.table import Table
from routing.adapters.pack.values import Key, Message, Name, Share


class ServiceTargetTable(Table):
    """How soon customers should be answered."""

    share: Share = Field(description="the share of conversations to answer in time: a number above 0, at most 1")
    seconds: float = Field(gt=0, le=2_592_000, description="the time to answer in: seconds above 0, at most 2592000")


class FamilyTable(Table):
    """The family that all issue types of the file belong to."""

    key: Key = Field(description="small letters, digits and _, starting with a letter, unique in the pack")
    name: Name = Field(description="text people read: 1 to 200 characters")


class IssueTypeTable(Table):
    """What a customer's problem can be."""

    key: Key = Field(description="small letters, digits and _, starting with a letter, unique in the pack")
    name: Name = Field(description="text people read: 1 to 200 characters")
    description: Annotated[str, Field(pattern=r"\S", max_length=2000)] = Field(
        description="what belongs here and what does not: text of 1 to 2000 characters"
    )
    skill: Key = Field(description="the skill a COp needs for it: small letters, digits and _")
    priority: Annotated[int, Field(ge=1, le=5)] = Field(description="a whole number from 1 (most urgent) to 5")
    service_target: ServiceTargetTable = Field(description="a table { share = 0.8, seconds = 180 }")
    handle_time_seconds: float = Field(
        gt=0, le=86_400, description="the working time a COp is expected to need: seconds above 0, at most 86400"
    )
    vulnerable: bool = Field(default=False, description="true or false: the customer may be vulnerable; never waits")
    fraud: bool = Field(default=False, description="true or false: fraud is under way or suspected; never waits")
    examples: list[Message] = Field(
        min_length=2, description="messages to learn from: at least 2 texts of 1 to 4000 characters, better 20 or more"
    )
    held_out: list[Message] = Field(
        default=[], description="messages never learnt from, for an honest evaluation: texts of 1 to 4000 characters"
    )


class TaxonomyFile(Table):
    """taxonomy/*.toml: one family and its issue types."""

    family: FamilyTable = Field(description="one table [family] with key and name")
    issue_type: list[IssueTypeTable] = Field(min_length=1, description="one or more tables [[issue_type]]")
