"""Markets, their hours, and how the search for a COp widens."""

from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from routing.adapters.pack.schema.table import Table
from routing.adapters.pack.values import (
    Backups,
    ClockTime,
    Days,
    EndTime,
    Holidays,
    HyphenKey,
    Languages,
    Name,
    TimeZone,
    minute_of,
)
from routing.domain.retention import Retention, Terms

_WORDS = "days after its end that a conversation's messages are kept: 1 to 36500, at most records_days"
_LABELS = "days after its end that labels made of a conversation are kept: 1 to 36500, at most records_days"
_RECORDS = "days after its end that everything else about a conversation is kept: 15 to 36500"


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


class MarketRetentionTable(Table):
    """What a market keeps for another time than the bank does."""

    words_days: int | None = Field(default=None, ge=1, le=36_500, description=_WORDS)
    labels_days: int | None = Field(default=None, ge=1, le=36_500, description=_LABELS)
    records_days: int | None = Field(default=None, ge=15, le=36_500, description=_RECORDS)


class RetentionTable(Table):
    """How long things are kept after a conversation ended."""

    words_days: int = Field(default=Terms().words_days, ge=1, le=36_500, description=_WORDS)
    labels_days: int = Field(default=Terms().labels_days, ge=1, le=36_500, description=_LABELS)
    records_days: int = Field(default=Terms().records_days, ge=15, le=36_500, description=_RECORDS)
    ticks_days: int = Field(
        default=Retention().ticks_days, ge=1, le=365, description="days that ticks can be replayed: 1 to 365"
    )
    dead_letters_days: int = Field(
        default=Retention().dead_letters_days, ge=1, le=365, description="days that dead letters are kept: 1 to 365"
    )


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
    retention: MarketRetentionTable | None = Field(
        default=None, description="a table { words_days = 30 }: what it keeps for another time than the bank does"
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
