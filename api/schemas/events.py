"""The history, as it is read and as it is streamed."""

from datetime import datetime

from pydantic import Field

from api.schemas.base import Shown
from routing.domain.events import EventKind


class EventReply(Shown):
    """One fact; `data` carries ids and numbers, never a customer's words."""

    seq: int | None = Field(description="its place in the history, and its id in the stream")
    kind: EventKind
    at: datetime
    actor: str
    conversation_id: str | None
    cop_id: str | None
    data: dict[str, object]
