"""A manager's question in the words of a comparison, and a comparison as the answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, assert_never

from routing.domain.errors import Invalid
from routing.domain.what_if import Absence, Change, OtherPolicy, Promotion, Question, Training
from routing.domain.what_if_answer import Answer, Course
from simulation.comparison import Comparison, Contender, WhatIf, find_scenario, read_policy_choice, shipped
from simulation.comparison.contenders import PolicyChoice
from simulation.comparison.figures import BY_NAME
from simulation.floor import POLICIES, FloorScenario, read_scenario

FIRST_SEED = 10
"""Floors 0 and 1 are those that defaults were chosen on."""
_DRAWN = ("abandonment", "mean_wait_seconds")


@dataclass(frozen=True, slots=True)
class Files:
    """What a team may ask about beside what comes with the package: policy files and scenarios, by name."""

    policies: Mapping[str, Path] = field(default_factory=dict)
    floors: Mapping[str, Path] = field(default_factory=dict)

    def as_dict(self) -> dict[str, dict[str, str]]:
        """Plain values for JSON."""
        return {each: {name: str(path) for name, path in getattr(self, each).items()} for each in self.__slots__}

    @classmethod
    def of(cls, document: Mapping[str, Mapping[str, str]]) -> "Files":
        """The files that `as_dict` wrote."""
        return cls(**{each: {name: Path(path) for name, path in found.items()} for each, found in document.items()})


def contenders_for(question: Question, files: Files) -> tuple[Contender, Contender]:
    """The floor as it is, and as changed; Invalid names the place, the value and what is allowed."""
    floor = floor_of(question.floor, files.floors)
    policy_files = files.policies
    before = _choice("policy", question.policy, policy_files)
    others = [each.policy for each in question.changes if isinstance(each, OtherPolicy)]
    if len(others) > 1:
        raise Invalid("changes", f"{len(others)} other policies", "one at most")
    after = _choice("changes: policy", others[0], policy_files) if others else before
    changed = WhatIf("changed", document_of(question.changes)).scenario(floor)
    return Contender("before", before, floor, floor, None), Contender("after", after, changed, floor, 0)


def floor_of(key: str, files: Mapping[str, Path]) -> FloorScenario:
    """One of the floors offered, never a file that the asker names."""
    if key in files:
        return read_scenario(files[key])
    if key not in shipped():
        raise Invalid("floor", key, f"one of {', '.join((*files, *shipped()))}")
    return find_scenario(key)


def document_of(changes: Sequence[Change]) -> dict[str, Any]:
    """The changes as a scenario says them."""
    found: dict[str, list[dict[str, Any]]] = {}
    for change in changes:
        for table, values in _table(change):
            found.setdefault(table, []).append(values)
    return dict(found)


def _table(change: Change) -> list[tuple[str, dict[str, Any]]]:
    match change:
        case Absence(start, minutes, cops, skill, language):
            values = {"start": start, "minutes": minutes, "cops": cops, "family": skill, "language": language}
            return [("absences", values)]
        case Training(skill, cops):
            return [("training", {"family": skill, "cops": cops})]
        case Promotion(start, minutes, factor, skill):
            return [("surges", {"start": start, "minutes": minutes, "factor": factor, "family": skill})]
        case OtherPolicy():
            return []
        case _:
            assert_never(change)


def _choice(place: str, key: str, policy_files: Mapping[str, Path]) -> PolicyChoice:
    try:
        return read_policy_choice(str(policy_files[key])) if key in policy_files else _named(key)
    except KeyError as error:
        raise Invalid(place, key, "one of the policies offered") from error


def _named(key: str) -> PolicyChoice:
    if key not in POLICIES:
        raise KeyError(key)
    return read_policy_choice(key)


def answer_of(compared: Comparison) -> Answer:
    """Figures before and after, and how the day goes."""
    before, after = compared.lines
    return Answer(compared.seeds, tuple(after.changes_from(before)), tuple(_course(compared, name) for name in _DRAWN))


def _course(compared: Comparison, name: str) -> Course:
    before, after = compared.lines
    later = {each.at: getattr(each, name) for each in after.course}
    points = tuple(
        (compared.start + each.at, getattr(each, name), later[each.at]) for each in before.course if each.at in later
    )
    return Course(BY_NAME[name].title, BY_NAME[name].unit, points)
