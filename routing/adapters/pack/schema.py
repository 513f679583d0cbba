"""The shape of a pack's three kinds of file; each description says what is allowed, in the words errors use."""

import json
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from pydantic.json_schema import models_json_schema

from routing.adapters.pack.values import (
    AgentSlots,
    Backups,
    ClockTime,
    CopIds,
    Days,
    EndTime,
    Holidays,
    HyphenKey,
    Key,
    Keys,
    Language,
    Languages,
    Markets,
    Message,
    Name,
    Names,
    Proficiency,
    Share,
    Slots,
    TimeZone,
    minute_of,
)


class FileKind(StrEnum):
    """What a file of a pack holds."""

    TAXONOMY = "taxonomy"
    FLOOR = "floor"
    OUTSIDE = "outside"


class Table(BaseModel):
    """A TOML table: no unknown keys, no values bent into another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


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


class OpeningTable(Table):
    """Local hours in which a market answers."""

    days: Days = Field(description="weekdays, each once: mon, tue, wed, thu, fri, sat, sun")
    start: ClockTime = Field(description='a local time "HH:MM" from "00:00" to "23:59"')
    end: EndTime = Field(description='a local time "HH:MM" after start, up to "24:00"')

    @field_validator("end")
    @classmethod
    def _after_start(cls, end: str, info: ValidationInfo) -> str:
        start = info.data.get("start")
        if start is not None and minute_of(end) <= minute_of(start):
            raise ValueError(f'a local time "HH:MM" after start ("{start}"), up to "24:00"')
        return end


class MarketTable(Table):
    """A country's operation."""

    key: HyphenKey = Field(description="small letters, digits, _ and -, unique in the pack")
    name: Name = Field(description="text people read: 1 to 200 characters")
    languages: Languages = Field(
        description="two-letter ISO 639-1 codes such as en, cy or pl, the first is the default, each once"
    )
    time_zone: TimeZone = Field(description="an IANA time zone, such as Europe/London")
    matching_group: HyphenKey = Field(
        description="the markets that share COps name the same group: small letters, digits, _ and -"
    )
    opening: OpeningTable = Field(
        description='a table { days = ["mon", "tue"], start = "08:00", end = "20:00" }, local times'
    )
    holidays: Holidays = Field(default=[], description='local dates it is closed on, as "YYYY-MM-DD", each once')
    backups: Backups = Field(
        default=[], description="keys of other markets of its matching group that help out, in order, each once"
    )


class OverflowTable(Table):
    """How the search for a COp widens while a customer waits."""

    outside_hours: Literal["serve", "wait"] = Field(
        default="serve",
        description='what a closed market\'s customers do: "serve" (as at any hour) or "wait" (and age no more)',
    )
    backup_after_seconds: float | None = Field(
        default=None, ge=0, le=2_592_000, description="seconds of waiting for each back-up market: 0 to 2592000"
    )
    backup_at: float | None = Field(
        default=None, ge=0, le=100, description="share of the target waited for each back-up market: 0 to 100"
    )
    relax_at: float | None = Field(
        default=None, ge=0, le=100, description="share of the target at which less skill will do: 0 to 100"
    )
    relax_every: float = Field(
        default=0.25, ge=0.01, le=100, description="share of the target between two steps: 0.01 to 100"
    )
    relax_step: float = Field(default=0.05, ge=0.01, le=1, description="proficiency less a step: 0.01 to 1")
    least_proficiency: float = Field(default=0.1, ge=0.01, le=1, description="proficiency always needed: 0.01 to 1")
    language_at: float = Field(
        default=1.0, ge=0, le=100, description="share of the target at which another language will do: 0 to 100"
    )


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


class CapacityTable(Table):
    """How many conversations a COp may hold at once, per channel; a channel left out is 0."""

    chat: Slots = Field(default=0, description="a whole number from 0 to 20")
    email: Slots = Field(default=0, description="a whole number from 0 to 20")
    social: Slots = Field(default=0, description="a whole number from 0 to 20")
    callback: Slots = Field(default=0, description="a whole number from 0 to 20")


class AgentCapacityTable(Table):
    """How many conversations software may hold at once, per channel; a channel left out is 0."""

    chat: AgentSlots = Field(default=0, description="a whole number from 0 to 1000")
    email: AgentSlots = Field(default=0, description="a whole number from 0 to 1000")
    social: AgentSlots = Field(default=0, description="a whole number from 0 to 1000")
    callback: AgentSlots = Field(default=0, description="a whole number from 0 to 1000")


class ShiftTable(Table):
    """Local working hours; an end before the start means the next day."""

    days: Days = Field(description="weekdays a shift starts on, each once: mon, tue, wed, thu, fri, sat, sun")
    start: ClockTime = Field(description='a local time "HH:MM" from "00:00" to "23:59"')
    end: EndTime = Field(description='a local time "HH:MM" up to "24:00"; before start means the next day')
    time_zone: TimeZone = Field(description="an IANA time zone, such as Europe/London")

    @field_validator("end")
    @classmethod
    def _other_than_start(cls, end: str, info: ValidationInfo) -> str:
        if end == info.data.get("start"):
            raise ValueError('a time other than start (a whole day is "00:00" to "24:00")')
        return end


class CopTable(Table):
    """A person in customer operations."""

    id: HyphenKey = Field(description="small letters, digits, _ and -, unique in the pack")
    name: Name = Field(description="text people read: 1 to 200 characters")
    team: Name = Field(description="text people read: 1 to 200 characters")
    markets: Markets = Field(description="keys of markets in this file, at least one, each once")
    languages: dict[Language, Proficiency] = Field(
        min_length=1, description="two-letter ISO 639-1 codes with a proficiency from 0 to 1: { en = 1.0, cy = 0.7 }"
    )
    skills: dict[Key, Proficiency] = Field(
        min_length=1, description="skills with a proficiency from 0 to 1: { cards = 0.9, payments = 0.6 }"
    )
    capacity: CapacityTable = Field(
        description="a table of channels: { chat = 3, email = 5, social = 2, callback = 1 }"
    )
    learning: dict[Key, Annotated[int, Field(ge=0, le=20)]] = Field(
        default={}, description="issue types the COp is learning, with the most of each at once, 0 to 20: { fees = 1 }"
    )
    shift: ShiftTable = Field(
        description='a table { days = ["mon"], start = "09:00", end = "17:00", time_zone = "Europe/London" }'
    )


class AgentTable(Table):
    """Software that attempts conversations as a COp would."""

    id: HyphenKey = Field(description="small letters, digits, _ and -, unique among COps and agents")
    name: Name = Field(description="text people read: 1 to 200 characters")
    markets: Markets = Field(description="keys of markets in this file, at least one, each once")
    languages: Languages = Field(description="two-letter ISO 639-1 codes it answers in, each once")
    capacity: AgentCapacityTable = Field(description="a table of channels: { chat = 50, email = 200 }")
    success: dict[Key, Proficiency] = Field(
        min_length=1, description="issue types it may attempt, with the probability 0 to 1 that it resolves them"
    )
    handle_time_seconds: float = Field(gt=0, le=86_400, description="one attempt: seconds above 0, at most 86400")
    failure_cost_seconds: float = Field(
        ge=0, le=86_400, description="what a failed attempt costs the customer: seconds from 0 to 86400"
    )
    least_certainty: Share = Field(
        default=0.9, description="how probable the issue type must be: a number above 0, at most 1"
    )


class FloorFile(Table):
    """floor.toml: the markets and the roster."""

    market: list[MarketTable] = Field(min_length=1, description="one or more tables [[market]]")
    cop: list[CopTable] = Field(min_length=1, description="one or more tables [[cop]]")
    overflow: OverflowTable | None = Field(
        default=None, description="a table [overflow]: what widens the search while a customer waits"
    )
    quota: list[QuotaTable] = Field(default=[], description="tables [[quota]]: what teams hold at once")
    hard_cases: HardCasesTable | None = Field(
        default=None, description="a table [hard_cases]: how much of a COp's work may be hard"
    )
    agent: list[AgentTable] = Field(default=[], description="tables [[agent]]: software that works as COps do")
    conflict: list[ConflictTable] = Field(default=[], description="tables [[conflict]]: whom a COp must not serve")


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


MODELS: dict[FileKind, type[Table]] = {
    FileKind.TAXONOMY: TaxonomyFile,
    FileKind.FLOOR: FloorFile,
    FileKind.OUTSIDE: OutsideFile,
}


def json_schema() -> dict[str, Any]:
    """One JSON Schema (2020-12) that each file of a pack fulfils."""
    references, document = models_json_schema([(model, "validation") for model in MODELS.values()])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A file of a Pointsman pack",
        "anyOf": list(references.values()),
        "$defs": document["$defs"],
    }


def json_schema_text() -> str:
    """The JSON Schema as it is shipped."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
