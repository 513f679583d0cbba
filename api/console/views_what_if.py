"""A what-if question and its answer as a page shows them: plain sentences, a table, and the day as a drawing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from markupsafe import Markup

from reports.charts import key, over_the_day
from routing.domain.what_if import (
    ANY_SKILL,
    Absence,
    Change,
    OfferedFloor,
    OtherPolicy,
    Promotion,
    Question,
    RunState,
    Training,
    WhatIfRun,
)
from routing.domain.what_if_answer import Answer, Changed, Course
from routing.domain.what_if_words import sentences

STANDING = {
    RunState.RUNNING: "Running",
    RunState.FINISHED: "Answered",
    RunState.FAILED: "Failed",
    RunState.CANCELLED: "Cancelled",
    RunState.INTERRUPTED: "Interrupted",
}
_IN_A_CELL = {"better": "better", "worse": "worse", "open": "not clear"}


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One figure; `verdict` is its class, `said` the same in words."""

    title: str
    before: str
    after: str
    gap: str
    reach: str
    verdict: str
    said: str


@dataclass(frozen=True, slots=True)
class Picture:
    """One figure over the day."""

    title: str
    drawing: Markup


@dataclass(frozen=True, slots=True)
class AnswerView:
    """Everything that was found."""

    days: str
    sentences: tuple[str, ...]
    rows: tuple[FigureRow, ...]
    pictures: tuple[Picture, ...]
    keys: tuple[Markup, Markup]


@dataclass(frozen=True, slots=True)
class RunView:
    """One question. `width`: percent that is over; `left`: how long it may still take, empty where nobody can tell."""

    id: str
    standing: str
    state: str
    title: str
    changes: tuple[str, ...]
    asked: str
    asked_by: str
    why: str
    days_done: str
    width: int
    left: str
    answer: AnswerView | None

    @property
    def is_running(self) -> bool:
        """Whether it may be cancelled."""
        return self.state == RunState.RUNNING


def run_view(run: WhatIfRun, floors: Sequence[OfferedFloor], now: datetime) -> RunView:
    """One question in full."""
    question = run.question
    skills = next((floor.skills for floor in floors if floor.key == question.floor), ())
    days = f"{question.days} day{'' if question.days == 1 else 's'}"
    return RunView(
        id=run.id,
        standing=STANDING[run.state],
        state=run.state,
        title=f"{question.floor}, {question.policy}, {days}",
        changes=tuple(change_said(each, skills) for each in question.changes),
        asked=run.asked_at.strftime("%d %b %H:%M").lstrip("0"),
        asked_by=run.asked_by,
        why=run.why,
        days_done=f"{run.done} of {run.total} simulated days" if run.total else "Getting the floor ready",
        width=round(100 * run.done / run.total) if run.total else 0,
        left=_left(run, now),
        answer=_answer(run.answer) if run.answer else None,
    )


def change_said(change: Change, skills: Sequence[str]) -> str:
    """A change in words."""
    match change:
        case Absence(start, minutes, cops, skill, language):
            who = f"{cops} COp{'' if cops == 1 else 's'} fewer{_about(' who know ', skill, skills)}"
            speaking = f" who speak {language}" if language else ""
            return f"{who}{speaking}, from {start} for {minutes:g} minutes"
        case Training(skill, cops):
            return f"{cops} more COp{'' if cops == 1 else 's'} know {skill_name(skill, skills)}"
        case Promotion(start, minutes, factor, skill):
            about = _about(" about ", skill, skills)
            return f"{factor:g} times as many customers{about}, from {start} for {minutes:g} minutes"
        case OtherPolicy(policy):
            return f"matched by {policy}"
        case _:
            assert_never(change)


def skill_name(skill: int, skills: Sequence[str]) -> str:
    """A skill's name, or its number on a floor that is not offered any more."""
    return skills[skill] if 0 <= skill < len(skills) else f"skill {skill}"


def _about(words: str, skill: int, skills: Sequence[str]) -> str:
    return "" if skill == ANY_SKILL else f"{words}{skill_name(skill, skills)}"


def _left(run: WhatIfRun, now: datetime) -> str:
    """By what the days so far took."""
    if not run.is_running or not run.done:
        return ""
    seconds = (now - run.asked_at).total_seconds() / run.done * (run.total - run.done)
    return f"about {seconds / 60:.0f} min left" if seconds >= 90 else f"about {max(seconds, 1):.0f} s left"


def _answer(answer: Answer) -> AnswerView:
    days = len(answer.days)
    return AnswerView(
        days=f"{days} simulated day{'' if days == 1 else 's'}, the same customers before and after",
        sentences=tuple(sentences(answer.figures, days)),
        rows=tuple(_row(figure) for figure in answer.figures),
        pictures=tuple(Picture(course.title, _drawn(course)) for course in answer.courses),
        keys=(key(0), key(1)),
    )


def _row(figure: Changed) -> FigureRow:
    verdict = figure.gap.verdict(figure.better)
    said = _IN_A_CELL[verdict] if figure.gap.low is not None else "one day"
    if figure.gap.is_clear and verdict == "open":
        said = "differs"
    return FigureRow(
        figure.title,
        figure.unit.said(figure.before.mean),
        figure.unit.said(figure.after.mean),
        figure.unit.said(figure.gap.mean, True),
        figure.unit.reach(figure.gap, True),
        verdict,
        said,
    )


def _drawn(course: Course) -> Markup:
    series = [[(at, before) for at, before, _ in course.points], [(at, after) for at, _, after in course.points]]
    return over_the_day(series, course.unit.brief, f"{course.title} over the day, before and after the change")


def fields_of(question: Question) -> dict[str, str]:
    """The form that asks this question again."""
    found = {"floor": question.floor, "policy": question.policy, "days": str(question.days)}
    for change in question.changes:
        found |= _fields(change)
    return found


def _fields(change: Change) -> Mapping[str, str]:
    names = {Absence: "absence", Training: "training", Promotion: "promotion", OtherPolicy: "other"}
    values = {name: getattr(change, name) for name in type(change).__slots__}
    shown = {name: f"{value:g}" if isinstance(value, float) else str(value) for name, value in values.items()}
    return {f"{names[type(change)]}_{name}": value for name, value in shown.items()}
