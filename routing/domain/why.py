"""Why a conversation went to a COp, tried out: who was barred, who was better, what would have changed it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Better:
    """A COp who would have been worth more, and what stood in the way: `rules`, or `full` or `elsewhere`."""

    cop_id: str
    seconds: float
    obstacle: str
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Flip:
    """One change after which it goes elsewhere: to COp `then`, or to nobody.

    `kind` is `term` (worth `seconds` more with `cop_id`), `slot`, `rule`, or `wait` (`seconds` longer).
    """

    kind: str
    cop_id: str | None
    term: str | None
    rule: str | None
    seconds: float
    then: str | None


@dataclass(frozen=True, slots=True)
class TriedOut:
    """What the record of a tick tells of one conversation when it is solved again.

    `decided_by` is the term that speaks most for the COp against the next best. `barred` holds (rule, how many COps it
    keeps from this conversation), the most first. `cop_id`: who gets it when the tick is solved again.
    """

    cop_id: str | None
    decided_by: str | None
    better: tuple[Better, ...]
    barred: tuple[tuple[str, int], ...]
    flips: tuple[Flip, ...]
