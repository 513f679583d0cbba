"""COps and software: what they can do, when, and how much at once."""

from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from routing.adapters.pack.schema.table import Table
from routing.adapters.pack.values import (
    AgentSlots,
    ClockTime,
    Days,
    EndTime,
    HyphenKey,
    Key,
    Language,
    Languages,
    Markets,
    Name,
    Proficiency,
    Share,
    Slots,
    TimeZone,
)


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
    practice: dict[Key, Annotated[int, Field(ge=1, le=200)]] = Field(
        default={},
        description="issue types or families the COp is to be given at least so often a shift, 1 to 200: { fees = 3 }",
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
