"""Solves a recorded tick again and tells why one conversation went where it went."""

from collections import Counter
from typing import TYPE_CHECKING

from routing.adapters.matcher import unpacked
from routing.adapters.replay import plan_again
from routing.domain.errors import Refused
from routing.domain.tick import TickRecord
from routing.domain.why import Better, Flip, TriedOut

if TYPE_CHECKING:
    from optimizer.explain import Explanation

MOST_WAITING = 3_000
"""Solved several times while somebody looks at a page: a larger tick is for the command line."""


class TickExplainer:
    """ports.Explainer over the optimizer's own explanation."""

    def explain(self, tick: TickRecord, snapshot: bytes, conversation_id: str) -> TriedOut:
        """What the tick's record tells of one conversation."""
        from optimizer.errors import OptimizerError
        from optimizer.explain import explain

        if tick.waiting > MOST_WAITING:
            raise Refused(f"{tick.waiting} waited in that tick; use pointsman match --tick {tick.id} --explain")
        asked = unpacked(snapshot)
        try:
            return _told(explain(asked, plan_again(asked, tick), conversation_id))
        except (KeyError, OptimizerError) as error:
            raise Refused(f"the tick cannot be solved again: {type(error).__name__}") from error


def _told(found: "Explanation") -> TriedOut:
    from optimizer.costs import UNITS_PER_SECOND

    barred = Counter(str(rule) for each in found.barred for rule in each.rules)
    better = (
        Better(each.cop_id, each.value / UNITS_PER_SECOND, str(each.obstacle), tuple(map(str, each.rules)))
        for each in found.better
    )
    flips = (
        Flip(
            str(each.kind),
            each.cop_id,
            None if each.term is None else str(each.term),
            None if each.rule is None else str(each.rule),
            each.units / UNITS_PER_SECOND if each.units else each.seconds,
            each.then,
        )
        for each in found.changes
    )
    return TriedOut(
        cop_id=found.chosen.cop_id if found.chosen else None,
        decided_by=None if found.decided_by is None else str(found.decided_by),
        better=tuple(better),
        barred=tuple(barred.most_common()),
        flips=tuple(flips),
    )
