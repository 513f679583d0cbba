"""What managers change for a while."""

from datetime import datetime

from pydantic import Field

from api.schemas.base import Given, Key, Reason, Shown
from routing.domain.override import OverrideKind


class OverrideRequest(Given):
    """What to change, for how long, and why; which places count depends on the kind."""

    kind: OverrideKind
    minutes: float = Field(strict=True, ge=1, le=1_440, allow_inf_nan=False, examples=[60])
    reason: Reason = Field(examples=["a storm in the north"])
    market: Key | None = Field(default=None, description="whose customers, or where a COp is moved to; null means all")
    family: Key | None = Field(default=None, description="whose priority is raised; null means all")
    cop_id: Key | None = Field(default=None, description="who is moved")
    skill: Key | None = Field(default=None, description="the only skill that a moved COp works on")
    proficiency: float | None = Field(
        default=None, strict=True, ge=0.01, le=1, description="in that skill, where the pack gives them none"
    )
    priority: int | None = Field(default=None, strict=True, ge=1, le=5)
    backup: Key | None = Field(default=None, description="the market that helps out at once")


class OverrideReply(Shown):
    """One change; in force from `starts_at` until `ends_at` or `undone_at`."""

    id: str
    kind: OverrideKind
    by: str
    reason: str
    starts_at: datetime
    ends_at: datetime
    market: str | None
    family: str | None
    cop_id: str | None
    skill: str | None
    proficiency: float | None
    priority: int | None
    backup: str | None
    undone_at: datetime | None
    undone_by: str | None


class OverrideList(Shown):
    """Changes in force, the oldest first."""

    items: list[OverrideReply]
