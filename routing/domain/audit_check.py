"""Reading the audit trail from its first seal to its last, and saying where the past was changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from routing.domain.audit import Anchor, Seal, Sealed, chained_digest, content_digest, standing
from routing.domain.events import EventKind

MOST_TOLD = 100


class Flaw(StrEnum):
    """In what way the trail is not what it was."""

    EDITED = "edited"  # the fact is not the one that was sealed
    MISSING = "missing"  # the fact is gone, and no erasure tells of it
    OUT_OF_PLACE = "out of place"  # a seal is gone, or stands at another's place
    BROKEN = "broken"  # a seal does not follow from the one before
    UNSEALED = "unsealed"  # a fact got into the history past the seals
    TRUNCATED = "truncated"  # an anchor knows of more than there is
    REWRITTEN = "rewritten"  # an anchor knows another seal at this position


@dataclass(frozen=True, slots=True)
class Finding:
    """One flaw; `position` in the trail and `seq` in the history, where they are known."""

    flaw: Flaw
    position: int | None
    seq: int | None

    def __str__(self) -> str:
        places = [f"{name} {number}" for name, number in (("position", self.position), ("fact", self.seq)) if number]
        return f"{self.flaw}: {', '.join(places) or 'the whole trail'}"


@dataclass(frozen=True, slots=True)
class Verification:
    """What a reading of the whole trail found; the first hundred flaws are named, all are counted.

    `erased`: facts that were forgotten on purpose, as sealed facts tell. `anchored`: the highest position that an
    anchor vouches for, 0 without one; what came after it could be cut off unseen.
    """

    checked: int
    erased: int
    head: Seal | None
    anchored: int
    flaws: int
    findings: tuple[Finding, ...]

    @property
    def whole(self) -> bool:
        """Whether nothing was found."""
        return self.flaws == 0


@dataclass(slots=True)
class _Reader:
    """The state of a reading: the seal before, what was found, and what still waits for an erasure that explains it."""

    anchors: Mapping[int, set[str]]
    before: Seal | None = None
    checked: int = 0
    flaws: int = 0
    findings: list[Finding] = field(default_factory=list)
    unexplained: list[Seal] = field(default_factory=list)
    erased: set[int] = field(default_factory=set)

    def read(self, row: Sealed) -> None:
        """One more seal, in the order of positions."""
        seal = row.seal
        expected = self.before.position + 1 if self.before else 1
        if seal.position != expected:
            self.found(Flaw.OUT_OF_PLACE, seal)
        elif seal.chained != chained_digest(self.before, seal.position, seal.seq, seal.content):
            self.found(Flaw.BROKEN, seal)
        self._read_content(row)
        if not self.anchors.get(seal.position, {seal.chained}) <= {seal.chained}:
            self.found(Flaw.REWRITTEN, seal)
        self.before, self.checked = seal, self.checked + 1

    def _read_content(self, row: Sealed) -> None:
        if row.salt is None:
            self.unexplained.append(row.seal)
        elif row.event is None:
            self.found(Flaw.MISSING, row.seal)
        elif content_digest(row.event, row.salt) != row.seal.content:
            self.found(Flaw.EDITED, row.seal)
        elif row.event.kind is EventKind.HISTORY_ERASED:
            self.erased |= set(map(int, _numbers(row.event.data.get("seqs"))))

    def found(self, flaw: Flaw, seal: Seal | None = None, position: int | None = None, seq: int | None = None) -> None:
        """Count a flaw, and name it while there are few."""
        self.flaws += 1
        if len(self.findings) < MOST_TOLD:
            self.findings.append(Finding(flaw, seal.position if seal else position, seal.seq if seal else seq))


def verify(rows: Iterable[Sealed], unsealed: Iterable[int], anchors: Sequence[Anchor]) -> Verification:
    """Check every seal.

    `rows` in the order of their positions; `unsealed` the numbers of facts that are younger than the first seal and
    have none; `anchors` oldest first.
    """
    counted = standing(anchors)
    by_position: dict[int, set[str]] = {}
    for anchor in counted:
        by_position.setdefault(anchor.position, set()).add(anchor.chained)
    reader = _Reader(by_position)
    for row in rows:
        reader.read(row)
    for seal in reader.unexplained:
        if seal.seq not in reader.erased:
            reader.found(Flaw.MISSING, seal)
    for seq in unsealed:
        reader.found(Flaw.UNSEALED, seq=seq)
    last = reader.before.position if reader.before else 0
    anchored = max(by_position, default=0)
    if anchored > last:
        reader.found(Flaw.TRUNCATED, position=last + 1)
    erased = sum(seal.seq in reader.erased for seal in reader.unexplained)
    return Verification(reader.checked, erased, reader.before, anchored, reader.flaws, tuple(reader.findings))


def _numbers(value: object) -> Sequence[int]:
    return value if isinstance(value, list | tuple) else ()
