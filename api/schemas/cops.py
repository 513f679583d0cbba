"""COps: what they can do, and whether they are there."""

from datetime import datetime
from typing import Literal, Self

from pydantic import Field

from api.schemas.base import Given, Shown
from routing.domain.cop import Channel, CopStatus, Presence
from routing.services.floor_memory import CopView


class PresenceRequest(Given):
    """What a COp says of themselves."""

    presence: Presence


class StatusReply(Shown):
    """What changes about a COp during the day."""

    cop_id: str
    presence: Presence
    since: datetime | None
    load: dict[Channel, int]
    capacity: dict[Channel, int]

    @classmethod
    def of(cls, status: CopStatus) -> Self:
        """The status, spelt out."""
        return cls(
            cop_id=status.cop_id,
            presence=status.presence,
            since=status.since,
            load=dict(status.load),
            capacity=dict(status.capacity),
        )


class CopReply(Shown):
    """One COp; skills and languages map a key to a proficiency 0-1."""

    id: str
    name: str
    team: str
    markets: list[str]
    languages: dict[str, float]
    skills: dict[str, float]
    standing: Literal["free", "busy", "away", "offline"] = Field(description="off shift counts as offline")
    on_shift: bool
    free_slots: int
    status: StatusReply

    @classmethod
    def of(cls, view: CopView) -> Self:
        """One COp as the floor sees them."""
        cop = view.cop
        return cls.model_validate(
            {
                "id": cop.id,
                "name": cop.name,
                "team": cop.team,
                "markets": sorted(cop.markets),
                "languages": dict(cop.languages),
                "skills": dict(cop.skills),
                "standing": view.standing,
                "on_shift": view.on_shift,
                "free_slots": view.free_slots,
                "status": StatusReply.of(view.status),
            }
        )
