"""What a change does, in the sentences that a manager would tell a colleague."""

from collections.abc import Iterator, Sequence

from routing.domain.what_if_answer import Changed

_TOLD = ("abandonment", "answered_in_time", "urgent_in_time", "mean_wait_seconds", "mean_handle_seconds")


def sentences(figures: Sequence[Changed], days: int) -> Iterator[str]:
    """What clearly changes, one sentence each, then in one line what does not."""
    told = [figure for figure in figures if figure.name in _TOLD]
    if days == 1:
        yield "One day cannot tell a change from chance: ask for more days before you act on it."
        return
    yield from (_sentence(figure) for figure in told if figure.gap.is_clear)
    same = [figure.title.lower() for figure in told if not figure.gap.is_clear]
    if same:
        yield f"These days show no clear difference in {_listed(same)}."


def _sentence(figure: Changed) -> str:
    unit, gap = figure.unit, figure.gap
    verdict = gap.verdict(figure.better)
    return (
        f"{figure.title} {'rises' if gap.mean > 0 else 'falls'} from {unit.said(figure.before.mean)} to "
        f"{unit.said(figure.after.mean)}{'' if verdict == 'open' else f', {verdict}'} "
        f"({unit.said(gap.mean, True)}, 95 % interval {unit.reach(gap, True)})."
    )


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
