"""How far the effects of issue types, channels, languages, COps and pairs spread, by restricted likelihood."""

from dataclasses import dataclass, replace

import numpy as np

from optimizer.handle_times.effects import Effects, Variances, effects_of
from optimizer.handle_times.layout import BLOCKS, Layout
from optimizer.handle_times.log import Floats
from optimizer.handle_times.sums import Sums

START = Variances(issue_type=0.25, channel=0.04, language=0.04, cop=0.02, pair=0.05)
"""Where the search starts, and what a kind keeps of which the log tells nothing: squared log seconds."""

LEAST_VARIANCE = 1e-10
_ROUNDS, _SETTLED = 200, 1e-4
_WEAK = {"issue_type": 0.25, "channel": 0.04, "language": 0.04}


@dataclass(frozen=True, slots=True)
class Search:
    """Where a search ended; `held` are the kinds that were not looked for but kept where they started."""

    variances: Variances
    effects: Effects


def search(layout: Layout, sums: Sums, start: Variances, held: frozenset[str] = frozenset()) -> Search:
    """The variances that make the log most likely (MacKay's fixed point of the restricted likelihood).

    Kinds with few levels, such as channels, count one level more of a usual spread, so that four channels do not make
    the fifth impossible; COps and pairs do not, for their spread is what is asked for.
    """
    variances = start
    for _ in range(_ROUNDS):
        effects = effects_of(layout, sums, variances)
        found = _next(layout, effects, variances, held)
        moved = max(abs(a - b) for a, b in zip(_sds(found), _sds(variances), strict=True))
        variances = found
        if moved < _SETTLED:
            break
    return Search(variances, effects_of(layout, sums, variances))


def _next(layout: Layout, effects: Effects, v: Variances, held: frozenset[str]) -> Variances:
    found: dict[str, float] = {}
    for block in BLOCKS:
        at = layout.block(block)
        own = (effects.mean[at], np.diag(effects.covariance)[at])
        found[block] = _fixed_point(*own, getattr(v, block), _WEAK[block])
    found["cop"] = _fixed_point(effects.cop, effects.cop_variance, v.cop)
    found["pair"] = _fixed_point(effects.pair, effects.pair_variance, v.pair)
    return replace(v, **{name: value for name, value in found.items() if name not in held})


def _fixed_point(mean: Floats, variance: Floats, now: float, usual: float | None = None) -> float:
    if now <= 0:
        return 0.0
    extra = 0.0 if usual is None else 1.0
    told = len(mean) - float(variance.sum()) / now + extra
    squares = float(mean @ mean) + extra * (usual or 0.0)
    return now if told < 1e-9 else max(squares / told, LEAST_VARIANCE)


def _sds(v: Variances) -> list[float]:
    return [float(np.sqrt(each)) for each in (v.issue_type, v.channel, v.language, v.cop, v.pair)]
