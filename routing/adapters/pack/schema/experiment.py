"""Switchback experiments, and the policy files they compare."""

from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from routing.adapters.pack.schema.table import Table
from routing.adapters.pack.values import HyphenKey, Instant, Markets, instant_of

_POLICIES = '"in_force" (POINTSMAN_MATCHING), "greedy", "longest_idle", or the name of a file policies/<name>.toml'


class ExperimentTable(Table):
    """Two policies that take turns."""

    name: HyphenKey = Field(description="small letters, digits, _ and -: a new one for every experiment")
    baseline: HyphenKey = Field(default="in_force", description=f"policy A: {_POLICIES}")
    candidate: HyphenKey = Field(description=f"policy B: {_POLICIES}")
    start: Instant = Field(description='a time with its offset, such as "2026-11-23T08:00Z"')
    end: Instant = Field(description='a time with its offset after start, such as "2026-12-07T08:00Z"')
    block_minutes: int = Field(default=60, ge=5, le=10_080, description="length of a block: minutes from 5 to 10080")
    settling_minutes: int = Field(
        default=15, ge=0, le=10_079, description="minutes at the start of a block left out: from 0, below block_minutes"
    )
    markets: Markets | None = Field(
        default=None, description="keys of markets in this file, whole matching groups, each once; all if left out"
    )
    seed: int = Field(default=0, ge=0, le=2**53, description="a whole number from 0: another draws another schedule")
    fast_lane: Literal["exempt", "included"] = Field(
        default="exempt",
        description='fraud and vulnerable customers: "exempt" (always by the policy in force) or "included"',
    )

    @field_validator("end")
    @classmethod
    def _after_start(cls, end: str, info: ValidationInfo) -> str:
        start = info.data.get("start")
        if start is not None and instant_of(end) <= instant_of(start):
            raise ValueError(f'a time with its offset after start ("{start}")')
        return end

    @field_validator("settling_minutes")
    @classmethod
    def _within_the_block(cls, minutes: int, info: ValidationInfo) -> int:
        block = info.data.get("block_minutes")
        if block is not None and minutes >= block:
            raise ValueError(f"minutes from 0 to {block - 1}, below block_minutes")
        return minutes


class PolicyFile(Table):
    """policies/<name>.toml: a matching policy, as `pointsman policy show` prints it."""

    matching: dict[str, Any] = Field(default={}, description="a table [matching]: weights, see `pointsman policy show`")
    pricing: dict[str, Any] = Field(default={}, description="a table [pricing]: prices, see `pointsman policy show`")
