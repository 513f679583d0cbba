"""The floor as it stands, for a simulation of the minutes to come, and what that simulation expects."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from routing.domain.what_if_answer import Estimate

HORIZON_SECONDS = 900.0


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody who waits, or the like of whom may come. `asked`: people decide first what it is about."""

    issue_type: str
    market: str
    language: str
    priority: int
    target_seconds: float
    waited_seconds: float = 0.0
    fast_lane: bool = False
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody who takes new work. `markets`: whose customers they may be offered; `held`: slots in use already."""

    skills: Mapping[str, float]
    markets: tuple[str, ...]
    languages: tuple[str, ...]
    slots: int
    held: int
    leaves_in_seconds: float | None
    software: bool


@dataclass(frozen=True, slots=True)
class Deciders:
    """Those who decide what the classifier is unsure of. `seconds`: how long one takes; None where nobody decides."""

    people: int
    seconds: float | None
    deadline_seconds: float


@dataclass(frozen=True, slots=True)
class FloorNow:
    """What a simulation begins with.

    issue_types: (skill, mean handle seconds) by key. `arriving`: those who came in the last hour; like them come
    `per_second`. `patience_seconds`: mean time until somebody leaves; None where nobody does.
    `told`: the markets whose customers figures are of.
    """

    issue_types: Mapping[str, tuple[str, float]]
    waiting: tuple[Customer, ...]
    arriving: tuple[Customer, ...]
    per_second: float
    workers: tuple[Worker, ...]
    patience_seconds: float | None
    deciders: Deciders
    told: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "FloorNow":
        """The floor that `as_dict` wrote."""
        return cls(
            issue_types={key: (skill, seconds) for key, (skill, seconds) in document["issue_types"].items()},
            waiting=tuple(Customer(**each) for each in document["waiting"]),
            arriving=tuple(Customer(**each) for each in document["arriving"]),
            per_second=document["per_second"],
            workers=tuple(_worker(each) for each in document["workers"]),
            patience_seconds=document["patience_seconds"],
            deciders=Deciders(**document["deciders"]),
            told=tuple(document["told"]),
        )


def _worker(document: Mapping[str, Any]) -> Worker:
    lists = {name: tuple(document[name]) for name in ("markets", "languages")}
    return Worker(**{**document, **lists})


@dataclass(frozen=True, slots=True)
class Expected:
    """One figure of the next 15 minutes: as things are, with the change, and the difference over the same draws."""

    name: str
    before: Estimate
    after: Estimate
    difference: Estimate


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a simulation expects of the next 15 minutes; `policy`: by which of its rules it matched."""

    policy: str
    runs: int
    figures: tuple[Expected, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Outlook":
        """The outlook that `as_dict` wrote."""
        figures = (
            Expected(each["name"], *(Estimate(**each[part]) for part in ("before", "after", "difference")))
            for each in document["figures"]
        )
        return cls(document["policy"], document["runs"], tuple(figures))
