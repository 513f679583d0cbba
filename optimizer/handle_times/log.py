"""A log of handled conversations as columns: what each was about, who worked on it and for how long."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Flags = NDArray[np.bool_]

SHORTEST_SECONDS = 1.0
"""As at wrap-up: less than a second of work counts as a second."""

LONGEST_SECONDS = 86_400.0
"""No conversation is worked on for more than a day."""


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """Names and which of them each row has. code: (N,) int64, index into `names`."""

    names: tuple[str, ...]
    code: Indices

    @classmethod
    def of(cls, values: Sequence[str]) -> "Column":
        """The column of these values; names in alphabetical order."""
        names = tuple(sorted(set(values)))
        place = {name: position for position, name in enumerate(names)}
        return cls(names, np.array([place[value] for value in values], np.int64))

    def take(self, rows: Flags | Indices) -> "Column":
        """The same names, fewer rows."""
        return Column(self.names, self.code[rows])

    def codes_in(self, names: Sequence[str]) -> Indices:
        """(N,) int64, each row's index into `names`; len(names) for one that is not there."""
        place = {name: position for position, name in enumerate(names)}
        table = np.array([place.get(name, len(names)) for name in self.names], np.int64)
        return table[self.code] if len(table) else np.zeros(len(self.code), np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class HandlingLog:
    """N conversations that somebody worked on, or still works on.

    `cop` is None where individual performance is switched off. (N,) float64 each: words of the customer before the
    answer, repeat (1 for a repeated contact), concurrency (conversations the COp held, this one included),
    stated_seconds (the taxonomy's handle time), all NaN where unknown; opened_at, seconds since 1970 (UTC);
    working_seconds, at least 1. finished: (N,) bool; where False, working_seconds is the work so far.
    """

    issue_type: Column
    cop: Column | None
    channel: Column
    language: Column
    words: Floats
    repeat: Floats
    concurrency: Floats
    stated_seconds: Floats
    opened_at: Floats
    working_seconds: Floats
    finished: Flags

    def __len__(self) -> int:
        return len(self.working_seconds)

    @property
    def log_seconds(self) -> Floats:
        """(N,) float64, log of the working seconds."""
        return np.log(self.working_seconds)

    def take(self, rows: Flags | Indices) -> "HandlingLog":
        """Only these rows."""
        return HandlingLog(
            issue_type=self.issue_type.take(rows),
            cop=None if self.cop is None else self.cop.take(rows),
            channel=self.channel.take(rows),
            language=self.language.take(rows),
            words=self.words[rows],
            repeat=self.repeat[rows],
            concurrency=self.concurrency[rows],
            stated_seconds=self.stated_seconds[rows],
            opened_at=self.opened_at[rows],
            working_seconds=self.working_seconds[rows],
            finished=self.finished[rows],
        )

    def without_individuals(self) -> "HandlingLog":
        """The same work, by nobody in particular."""
        return replace(self, cop=None)

    def as_of(self, at: float) -> "HandlingLog":
        """What was known at `at` (seconds since 1970): later work is not there, and what ran on is still open.

        A log says how long work took, not when it ended; it cannot have ended before it was worked on for that long.
        """
        begun = self.take(self.opened_at < at)
        elapsed = np.maximum(at - begun.opened_at, SHORTEST_SECONDS)
        runs_on = begun.working_seconds > elapsed
        seconds = np.where(runs_on, elapsed, begun.working_seconds)
        return replace(begun, working_seconds=seconds, finished=begun.finished & ~runs_on)

    def since(self, at: float) -> "HandlingLog":
        """Only what was opened at `at` or later."""
        return self.take(self.opened_at >= at)


@dataclass(frozen=True, slots=True)
class Handling:
    """One row of a log; None is unknown."""

    issue_type: str
    cop_id: str
    channel: str
    language: str
    words: float | None
    repeat: float | None
    concurrency: float | None
    stated_seconds: float | None
    opened_at: float
    working_seconds: float
    finished: bool


def totals(code: Indices, amount: Floats, size: int) -> Floats:
    """(size,) float64, the sum of (N,) amounts by their (N,) code."""
    return np.bincount(code, amount, size).astype(np.float64)


def columns(rows: Iterable[Handling], individual: bool = True) -> HandlingLog:
    """The log of these rows; with `individual` off nothing of it tells who worked."""
    kept = list(rows)
    return HandlingLog(
        issue_type=Column.of([row.issue_type for row in kept]),
        cop=Column.of([row.cop_id for row in kept]) if individual else None,
        channel=Column.of([row.channel for row in kept]),
        language=Column.of([row.language for row in kept]),
        words=_floats(row.words for row in kept),
        repeat=_floats(row.repeat for row in kept),
        concurrency=_floats(row.concurrency for row in kept),
        stated_seconds=_floats(row.stated_seconds for row in kept),
        opened_at=_floats(row.opened_at for row in kept),
        working_seconds=np.maximum(_floats(row.working_seconds for row in kept), SHORTEST_SECONDS),
        finished=np.array([row.finished for row in kept], np.bool_),
    )


def _floats(values: Iterable[float | None]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], np.float64)
