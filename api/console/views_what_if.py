"""A what-if question and its answer as a page shows them: plain sentences, a table, and the day as a drawing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from markupsafe import Markup

from api.console import numerals
from api.console.sentences import refusal
from api.console.speech import _, marked, ngettext
from api.console.what_if_words import brief, reach_of, said_of, sentences
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

STANDING = {
    RunState.RUNNING: marked("Running"),
    RunState.FINISHED: marked("Answered"),
    RunState.FAILED: marked("Failed"),
    RunState.CANCELLED: marked("Cancelled"),
    RunState.INTERRUPTED: marked("Interrupted"),
}
_IN_A_CELL = {"better": marked("better"), "worse": marked("worse"), "open": marked("not clear")}


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
    days = ngettext("{count} day", "{count} days", question.days).format(count=question.days)
    return RunView(
        id=run.id,
        standing=_(STANDING[run.state]),
        state=run.state,
        title=f"{question.floor}, {question.policy}, {days}",
        changes=tuple(change_said(each, skills) for each in question.changes),
        asked=numerals.day_and_time(run.asked_at).replace(",", "", 1),
        asked_by=run.asked_by,
        why=refusal(run.why),
        days_done=_days_done(run),
        width=round(100 * run.done / run.total) if run.total else 0,
        left=_left(run, now),
        answer=_answer(run.answer) if run.answer else None,
    )


def _days_done(run: WhatIfRun) -> str:
    if not run.total:
        return _("Getting the floor ready")
    return _("{part} of {whole} simulated days").format(part=run.done, whole=run.total)


def change_said(change: Change, skills: Sequence[str]) -> str:
    """A change in words."""
    match change:
        case Absence(start, minutes, cops, skill, language):
            parts = [ngettext("{count} COp fewer", "{count} COps fewer", cops).format(count=cops)]
            parts += [_("who know {skill}").format(skill=skill_name(skill, skills))] if skill != ANY_SKILL else []
            parts += [_("who speak {language}").format(language=language)] if language else []
            return f"{' '.join(parts)}, {_span(start, minutes)}"
        case Training(skill, cops):
            said = ngettext("{count} more COp know {skill}", "{count} more COps know {skill}", cops)
            return said.format(count=cops, skill=skill_name(skill, skills))
        case Promotion(start, minutes, factor, skill):
            said = _("{factor} times as many customers about {skill}")
            if skill == ANY_SKILL:
                said = _("{factor} times as many customers")
            customers = said.format(factor=numerals.number(factor, "g"), skill=skill_name(skill, skills))
            return f"{customers}, {_span(start, minutes)}"
        case OtherPolicy(policy):
            return _("matched by {policy}").format(policy=policy)
        case _:
            assert_never(change)


def skill_name(skill: int, skills: Sequence[str]) -> str:
    """A skill's name, or its number on a floor that is not offered any more."""
    return skills[skill] if 0 <= skill < len(skills) else _("skill {number}").format(number=skill)


def _span(start: str, minutes: float) -> str:
    return _("from {start} for {minutes} minutes").format(start=start, minutes=numerals.number(minutes, "g"))


def _left(run: WhatIfRun, now: datetime) -> str:
    """By what the days so far took."""
    if not run.is_running or not run.done:
        return ""
    seconds = (now - run.asked_at).total_seconds() / run.done * (run.total - run.done)
    if seconds >= 90:
        return _("about {count} min left").format(count=f"{seconds / 60:.0f}")
    return _("about {count} s left").format(count=f"{max(seconds, 1):.0f}")


def _answer(answer: Answer) -> AnswerView:
    days = len(answer.days)
    return AnswerView(
        days=_simulated(days),
        sentences=tuple(sentences(answer.figures, days)),
        rows=tuple(_row(figure) for figure in answer.figures),
        pictures=tuple(Picture(_(course.title), _drawn(course)) for course in answer.courses),
        keys=(key(0), key(1)),
    )


def _simulated(days: int) -> str:
    said = ngettext(
        "{count} simulated day, the same customers before and after",
        "{count} simulated days, the same customers before and after",
        days,
    )
    return said.format(count=days)


def _row(figure: Changed) -> FigureRow:
    verdict = figure.gap.verdict(figure.better)
    said = _(_IN_A_CELL[verdict]) if figure.gap.low is not None else _("one day")
    if figure.gap.is_clear and verdict == "open":
        said = _("differs")
    return FigureRow(
        _(figure.title),
        said_of(figure.unit, figure.before.mean),
        said_of(figure.unit, figure.after.mean),
        said_of(figure.unit, figure.gap.mean, True),
        reach_of(figure.unit, figure.gap),
        verdict,
        said,
    )


def _drawn(course: Course) -> Markup:
    series = [[(at, before) for at, before, _ in course.points], [(at, after) for at, _, after in course.points]]
    said = _("{title} over the day, before and after the change").format(title=_(course.title))
    return over_the_day(series, lambda value: brief(course.unit, value), said)


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
