"""What the service finds around it: the time, ids, the pack, and a way for events to leave."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from routing.domain.events import Event
from routing.domain.pack import Pack


class Clock(Protocol):
    """Tells the time; aware, UTC."""

    def now(self) -> datetime: ...


class Ids(Protocol):
    """Makes ids that sort by the time they were made."""

    def new(self) -> str: ...


class PackSource(Protocol):
    """The live pack; reloading keeps the old one when the new one is broken."""

    def current(self) -> Pack: ...


class Publisher(Protocol):
    """Sends events to the outside; returns when all are safely out, raises when not."""

    def publish(self, events: Sequence[Event]) -> None: ...
