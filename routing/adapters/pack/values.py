"""The values a pack's fields may take, as annotated types."""

from datetime import UTC, date, datetime
from difflib import get_close_matches
from functools import lru_cache
from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field

_CODES = """
    aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo
    es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka
    kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng
    nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su
    sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
"""
ISO_639_1 = frozenset(_CODES.split())
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@lru_cache(maxsize=1)
def time_zones() -> frozenset[str]:
    """Every IANA time zone this machine knows."""
    return frozenset(available_timezones())


def _known_language(code: str) -> str:
    if code not in ISO_639_1:
        raise ValueError("a language as its two-letter ISO 639-1 code, such as en, cy or pl")
    return code


def _known_time_zone(name: str) -> str:
    if name in time_zones():
        return name
    near = get_close_matches(name[:64], time_zones(), n=1)
    suggestion = f"; did you mean {near[0]}?" if near else ""
    raise ValueError(f"an IANA time zone, such as Europe/London{suggestion}")


def _real_date(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError as error:
        raise ValueError('dates that exist, as "YYYY-MM-DD"') from error
    return text


def _an_instant(text: str) -> str:
    try:
        instant_of(text)
    except ValueError as error:
        raise ValueError('a time with its offset, such as "2026-11-23T08:00Z" or "2026-11-23T09:00+01:00"') from error
    return text


def _each_once(items: list[str]) -> list[str]:
    if len(set(items)) < len(items):
        raise ValueError("each entry only once")
    return items


Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Key = Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$", max_length=64)]
HyphenKey = Annotated[str, Field(pattern="^[a-z0-9][a-z0-9_-]*$", max_length=64)]
Name = Annotated[str, Field(pattern=r"\S", max_length=200)]
Message = Annotated[str, Field(pattern=r"\S", max_length=4000)]
Language = Annotated[str, Field(pattern="^[a-z]{2}$"), AfterValidator(_known_language)]
TimeZone = Annotated[str, Field(min_length=1), AfterValidator(_known_time_zone)]
ClockTime = Annotated[str, Field(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")]
EndTime = Annotated[str, Field(pattern="^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")]
Share = Annotated[float, Field(gt=0, le=1)]
Proficiency = Annotated[float, Field(ge=0, le=1)]
Slots = Annotated[int, Field(ge=0, le=20)]
AgentSlots = Annotated[int, Field(ge=0, le=1000)]
Days = Annotated[list[Day], Field(min_length=1), AfterValidator(_each_once)]
Languages = Annotated[list[Language], Field(min_length=1), AfterValidator(_each_once)]
Holiday = Annotated[str, Field(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), AfterValidator(_real_date)]
Holidays = Annotated[list[Holiday], AfterValidator(_each_once)]
Instant = Annotated[str, Field(max_length=40), AfterValidator(_an_instant)]
Backups = Annotated[list[HyphenKey], AfterValidator(_each_once)]
Keys = Annotated[list[Key], Field(min_length=1), AfterValidator(_each_once)]
Names = Annotated[list[Name], Field(min_length=1), AfterValidator(_each_once)]
CopIds = Annotated[list[HyphenKey], Field(min_length=1), AfterValidator(_each_once)]
Markets = Annotated[list[HyphenKey], Field(min_length=1), AfterValidator(_each_once)]


def minute_of(clock: str) -> int:
    """Minutes since midnight of HH:MM; 24:00 is 1440."""
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def instant_of(text: str) -> datetime:
    """A time with its offset as UTC; raises ValueError for one without."""
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{text} is beyond what a calendar holds") from error
    raise ValueError(f"{text} has no offset")
