"""How people decide, as figures and as pictures drawn here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from api.console import numerals, wording
from api.console.speech import _
from reports.drawing import bounds, close, line, number, open_chart, text, ticks
from routing.domain.review_quality import OfDay, Quality, Share
from routing.services.review_quality import QualityReport

WIDTH, HEIGHT = 640, 150
_LEFT, _RIGHT, _TOP, _FOOT = 48, 12, 12, 28
_MOST_DAYS_NAMED = 7
Values = Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure with what it is made of; `reach` holds the interval of a share."""

    value: str
    reach: str
    of: str


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person's verdicts."""

    name: str
    verdicts: str
    agree: str
    blind: str
    seconds: str
    rubber: str


@dataclass(frozen=True, slots=True)
class QualityPage:
    """Everything the page shows; the charts are None without a verdict."""

    days: int
    verdicts: str
    agree: Figure
    blind: Figure
    rubber: Figure
    seconds: str
    timed: str
    agreement: Markup | None
    times: Markup | None
    haste: Markup | None
    people: tuple[PersonRow, ...] | None


def quality_page(report: QualityReport) -> QualityPage:
    """The report as the page shows it."""
    whole, daily = report.altogether, report.daily
    return QualityPage(
        days=report.days,
        verdicts=numerals.number(whole.verdicts),
        agree=_figure(whole.agree),
        blind=_figure(whole.agree_blind),
        rubber=_figure(whole.rubber),
        seconds=_seconds(whole.seconds),
        timed=numerals.number(whole.timed),
        agreement=_shares(daily, (_agree, _blind), _(wording.CHART_AGREEMENT)) if daily else None,
        times=_lines(daily, [[each.quality.seconds for each in daily]], _brief, _(wording.CHART_TIMES))
        if daily
        else None,
        haste=_shares(daily, (_rubber,), _(wording.CHART_HASTE)) if daily else None,
        people=None if report.people is None else tuple(_person(*pair) for pair in report.people),
    )


def _figure(share: Share) -> Figure:
    if share.value is None:
        return Figure("–", "", "")
    parts = _("{part} of {whole}").format(part=numerals.number(share.hits), whole=numerals.number(share.of))
    return Figure(wording.percent(share.value), wording.reach(share.low, share.high), parts)


def _person(name: str, quality: Quality) -> PersonRow:
    agree, blind, rubber = (_figure(each).value for each in (quality.agree, quality.agree_blind, quality.rubber))
    return PersonRow(name, numerals.number(quality.verdicts), agree, blind, _seconds(quality.seconds), rubber)


def _seconds(value: float | None) -> str:
    return "–" if value is None else wording.seconds(value)


def _brief(value: float) -> str:
    return wording.seconds(value, "g")


def _agree(quality: Quality) -> float | None:
    return quality.agree.value


def _blind(quality: Quality) -> float | None:
    return quality.agree_blind.value


def _rubber(quality: Quality) -> float | None:
    return quality.rubber.value


def _times(daily: Sequence[OfDay]) -> Markup:
    return _lines(daily, [[each.quality.seconds for each in daily]], _brief, _(wording.CHART_TIMES))


def _shares(daily: Sequence[OfDay], of: Sequence[Callable[[Quality], float | None]], said: str) -> Markup:
    series = [[read(each.quality) for each in daily] for read in of]
    return _lines(daily, series, lambda value: wording.per_cent(f"{value * 100:.0f}"), said, top=1.0)


def _lines(
    daily: Sequence[OfDay], series: Sequence[Values], words: Callable[[float], str], said: str, top: float | None = None
) -> Markup:
    """A line with a dot a day for each series, from 0 up; a day without a value leaves a gap."""
    known = [value for values in series for value in values if value is not None]
    high = top or bounds([0.0, *known])[1]
    parts = [open_chart(WIDTH, HEIGHT, said)]
    for tick in (each for each in ticks(0.0, high) if each >= 0):
        parts += [line("grid", (_LEFT, _down(tick, high)), (WIDTH - _RIGHT, _down(tick, high)))]
        parts += [text("end", _LEFT - 8, _down(tick, high) + 4, words(tick))]
    every = max(1, -(-len(daily) // _MOST_DAYS_NAMED))
    for at in range(0, len(daily), every):
        parts += [text("middle", _across(at, len(daily)), HEIGHT - 6, numerals.day(daily[at].day))]
    for style, values in enumerate(series):
        parts += _course(style, values, high)
    return close(parts)


def _across(at: int, days: int) -> float:
    room = WIDTH - _LEFT - _RIGHT - 40
    return _LEFT + 20 + (room * at / (days - 1) if days > 1 else room / 2)


def _down(value: float, high: float) -> float:
    return HEIGHT - _FOOT - (HEIGHT - _FOOT - _TOP) * min(1.0, value / high)


def _course(style: int, values: Values, high: float) -> list[Markup]:
    places = [(_across(at, len(values)), _down(value, high)) for at, value in enumerate(values) if value is not None]
    drawn = " ".join(f"{number(x)},{number(y)}" for x, y in places)
    dots = [
        Markup('<circle class="spot s{}" cx="{}" cy="{}" r="3.5"/>').format(style, number(x), number(y))
        for x, y in places
    ]
    return [Markup('<polyline class="course s{}" points="{}"/>').format(style, drawn), *dots]
