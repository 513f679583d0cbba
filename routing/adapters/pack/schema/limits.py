"""Limits on work: quotas, hard cases and conflicts."""

from typing import Annotated

from pydantic import Field

from routing.adapters.pack.schema.table import Table
from routing.adapters.pack.values import CopIds, Keys, Name, Names, Share


class QuotaTable(Table):
    """How many conversations some teams hold at once."""

    name: Name = Field(description="text people read: 1 to 200 characters")
    teams: Names = Field(description="teams of COps in this file, each once")
    most: Annotated[int, Field(ge=0, le=1_000_000)] = Field(description="a whole number from 0 to 1000000")
    issue_types: Keys | None = Field(
        default=None, description="keys of issue types it counts, each once; all if left out"
    )


class HardCasesTable(Table):
    """How much of what a COp takes may be hard."""

    issue_types: Keys = Field(description="keys of the issue types that are hard, each once")
    share: Share = Field(description="the most of what a COp takes: a number above 0, at most 1")
    window_hours: float = Field(default=8.0, ge=0.25, le=168, description="hours it is counted over: 0.25 to 168")


class ConflictTable(Table):
    """COps who must never serve some customers."""

    customers: Names = Field(description="customer ids, as your systems send them, each once")
    cops: CopIds = Field(description="ids of COps in this file, each once")
