"""Copies of the audit trail's newest seal outside the database: lines of a file, and of the log."""

import json
import logging
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from routing.adapters.appended_lines import append, appended
from routing.domain.audit import Anchor
from routing.domain.errors import Invalid, Unavailable
from routing.ports import Anchors, Clock, Store
from routing.services.audit import anchor

log = logging.getLogger("pointsman.audit")
PLACES = ("file", "log", "both")


class AnchorFile:
    """ports.Anchors as JSON lines that are only ever appended; a line that a power cut tore is passed over."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def all(self) -> list[Anchor]:
        """Oldest first; none where there is no file. Raises Invalid for a line that is whole and no anchor."""
        return [_anchor(self.path, number, values) for number, values in appended(self.path)]

    def add(self, anchor: Anchor) -> None:
        """One more line, on disk when this returns."""
        append(self.path, _plain(anchor))


class AnchorLog:
    """ports.Anchors in the service's log, which is collected elsewhere; nothing can be read back from it here."""

    def all(self) -> list[Anchor]:
        """Always empty."""
        return []

    def add(self, anchor: Anchor) -> None:
        """One line that `pointsman audit verify --anchor` understands."""
        restored = f" restored={json.dumps(anchor.restored)}" if anchor.restored else ""
        log.info("audit anchor %d:%s%s", anchor.position, anchor.chained, restored)


class AnchorPlaces:
    """ports.Anchors over several places: written to each, read from all."""

    def __init__(self, places: Sequence[AnchorFile | AnchorLog]) -> None:
        self._places = places

    def all(self) -> list[Anchor]:
        """What any place can give back."""
        return [anchor for place in self._places for anchor in place.all()]

    def add(self, anchor: Anchor) -> None:
        """Put it everywhere."""
        for place in self._places:
            place.add(anchor)


class Anchoring:
    """Copies the newest seal of the audit trail out of the database whenever it is another one."""

    def __init__(self, store: Store, clock: Clock, places: Anchors) -> None:
        self._store, self._clock, self._places = store, clock, places
        self._last = 0

    def look(self) -> bool:
        """One look; a place that cannot be written is told in the log, and customers are served all the same."""
        try:
            self._copy()
        except (OSError, Unavailable) as error:
            log.error("the audit trail is not anchored: %s", error)
        return False

    def end(self) -> None:
        """The last look, as the service stops."""
        self.look()

    def _copy(self) -> None:
        with self._store.reading() as uow:
            head = uow.audit.head()
        if head is not None and head.position != self._last:
            anchor(self._store, self._places, self._clock.now())
            self._last = head.position


def anchor_places(path: Path, to: str) -> AnchorPlaces:
    """The places that `to` (one of PLACES) names."""
    if to not in PLACES:
        raise Invalid("audit_anchor_to", to, ", ".join(PLACES))
    places: list[AnchorFile | AnchorLog] = []
    if to != "log":
        places.append(AnchorFile(path))
    if to != "file":
        places.append(AnchorLog())
    return AnchorPlaces(places)


def parsed(text: str) -> Anchor:
    """`POSITION:DIGEST`, as the log has it; Invalid for anything else."""
    position, _, digest = text.strip().partition(":")
    if not position.isdigit() or len(digest) != 64 or set(digest) - set("0123456789abcdef"):
        raise Invalid("anchor", text, "POSITION:DIGEST, a number and 64 hexadecimal digits, as in the log")
    return Anchor(int(position), digest)


def _plain(anchor: Anchor) -> dict[str, object]:
    found = {"position": anchor.position, "chained": anchor.chained, "at": anchor.at and anchor.at.isoformat()}
    return found if anchor.restored is None else {**found, "restored": anchor.restored}


def _anchor(path: Path, number: int, values: Any) -> Anchor:
    try:
        at = values["at"] and datetime.fromisoformat(values["at"])
        return Anchor(int(values["position"]), str(values["chained"]), at, values.get("restored"))
    except (KeyError, TypeError, ValueError) as error:
        wanted = "position, chained and at, as the service writes"
        raise Invalid(f"{path}, line {number}", json.dumps(values)[:200], wanted) from error
