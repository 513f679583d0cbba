"""What a simulated change does, in the reader's language: figures with their units, and the sentences about them."""

from collections.abc import Iterator, Sequence

from api.console import numerals, wording
from api.console.speech import _
from routing.domain.what_if_answer import Changed, Estimate, Unit

TOLD = ("abandonment", "answered_in_time", "urgent_in_time", "mean_wait_seconds", "mean_handle_seconds")


def said_of(unit: Unit, value: float, signed: bool = False) -> str:
    """A value as people read it; the difference of two shares is in points of a hundred."""
    bare = _bare(unit, value, signed)
    if unit is Unit.SHARE:
        return (_("{number} points") if signed else _("{number} %")).format(number=bare)
    return _("{number} s").format(number=bare) if unit is Unit.SECONDS else bare


def reach_of(unit: Unit, gap: Estimate) -> str:
    """The interval of a difference without its unit, which stands beside it; a dash where there is none."""
    if gap.low is None or gap.high is None:
        return "–"
    return _("{low} to {high}").format(low=_bare(unit, gap.low, True), high=_bare(unit, gap.high, True))


def brief(unit: Unit, value: float) -> str:
    """A round value, for the scale of a drawing."""
    if unit is Unit.SHARE:
        return _("{number} %").format(number=numerals.number(100 * value, ".4g"))
    bare = numerals.number(value, ".4g")
    return _("{number} s").format(number=bare) if unit is Unit.SECONDS else bare


def _bare(unit: Unit, value: float, signed: bool) -> str:
    scale, digits = {Unit.SHARE: (100, 2), Unit.SECONDS: (1, 1), Unit.NUMBER: (1, 3)}[unit]
    text = numerals.number(scale * value, f".{digits}f")
    return f"+{text}" if signed and value > 0 else text


def sentences(figures: Sequence[Changed], days: int) -> Iterator[str]:
    """What clearly changes, one sentence each, then in one line what does not."""
    told = [figure for figure in figures if figure.name in TOLD]
    if days == 1:
        yield _("One day cannot tell a change from chance: ask for more days before you act on it.")
        return
    yield from (_sentence(figure) for figure in told if figure.gap.is_clear)
    same = [wording.within(_(figure.title)) for figure in told if not figure.gap.is_clear]
    if same:
        yield _("These days show no clear difference in {names}.").format(names=_listed(same))


def _sentence(figure: Changed) -> str:
    unit, gap = figure.unit, figure.gap
    return _form(gap.mean > 0, gap.verdict(figure.better)).format(
        title=_(figure.title),
        before=said_of(unit, figure.before.mean),
        after=said_of(unit, figure.after.mean),
        gap=said_of(unit, gap.mean, True),
        interval=reach_of(unit, gap),
    )


def _form(rises: bool, verdict: str) -> str:
    if verdict == "better":
        rise = _("{title} rises from {before} to {after}, better ({gap}, 95 % interval {interval}).")
        fall = _("{title} falls from {before} to {after}, better ({gap}, 95 % interval {interval}).")
    elif verdict == "worse":
        rise = _("{title} rises from {before} to {after}, worse ({gap}, 95 % interval {interval}).")
        fall = _("{title} falls from {before} to {after}, worse ({gap}, 95 % interval {interval}).")
    else:
        rise = _("{title} rises from {before} to {after} ({gap}, 95 % interval {interval}).")
        fall = _("{title} falls from {before} to {after} ({gap}, 95 % interval {interval}).")
    return rise if rises else fall


def _listed(names: Sequence[str]) -> str:
    if len(names) == 1:
        return names[0]
    return _("{names} and {last}").format(names=", ".join(names[:-1]), last=names[-1])
