"""Matchers that cannot be trusted: right, wrong in every way, failing, or so slow that the lease is gone."""

import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from doubles import ScriptedClassifier

from faults.fate import Fate, Planted
from faults.floor import COPS
from routing.domain.conversation import ConversationId
from routing.domain.cop import Channel, CopId
from routing.domain.issue import Taxonomy, Triage
from routing.ports import MatchingPlan, MatchingProblem, PlannedOffer

Pairs = list[tuple[str, str]]


@dataclass
class FloorClassifier(ScriptedClassifier):
    """Reads the type off the words as its base does, and the language off the greeting."""

    fate: Fate = field(default_factory=lambda: Fate(0))

    def classify(self, utterances, taxonomy, at):  # type: ignore[no-untyped-def]
        self.fate.seam("the classifier runs", 0.15)
        self.asked.clear()
        try:
            return super().classify(utterances, taxonomy, at)
        except ValueError:
            raise Planted("the model fails") from None

    def _triage(self, text: str, taxonomy: Taxonomy, at: datetime) -> Triage:
        return replace(super()._triage(text, taxonomy, at), language="fr" if "bonjour" in text else "en")


@dataclass
class Planner:
    """ports.Matcher. `freeze` is what happens while a process stands still in the middle of its tick."""

    fate: Fate
    freeze: Callable[[], None]

    def match(self, problem: MatchingProblem) -> MatchingPlan:
        self.fate.seam("the matcher runs", 0.15)
        if self.fate.chance(0.08):
            self.freeze()
        if self.fate.chance(0.04):
            raise Planted("the solver fails")
        pairs = self._wrong(problem) if self.fate.chance(0.2) else first_fit(problem)
        offers = tuple(PlannedOffer(ConversationId(c), CopId(cop)) for c, cop in pairs)
        return MatchingPlan(offers, {}, "planner", None, 0.5, snapshot=packed(problem))

    def _wrong(self, problem: MatchingProblem) -> Pairs:
        ids = [*(str(c.id) for c in problem.conversations), "c-0", "c-1", "nobody"]
        number = self.fate.random.randint(1, 6)
        return [(self.fate.random.choice(ids), self.fate.random.choice((*COPS, "ghost"))) for _ in range(number)]


def packed(problem: MatchingProblem) -> bytes:
    """What the tick was made from, as the real matcher keeps it: the conversations' ids, out of sight of a search."""
    return zlib.compress(json.dumps({"conversations": [{"id": each.id} for each in problem.conversations]}).encode())


def first_fit(problem: MatchingProblem) -> Pairs:
    """Oldest first, each to the first COp at work who may serve them."""
    free = {(cop.id, channel): status.free(channel) for cop, status in problem.cops for channel in Channel}
    pairs: Pairs = []
    for c in problem.conversations:
        for cop, _ in problem.cops:
            slot = (cop.id, c.channel)
            barred = any(c.customer_id in each.customers and cop.id in each.cops for each in problem.conflicts)
            able = any(cop.skills.get(problem.taxonomy.get(key).skill, 0) > 0.2 for key, _ in c.candidates[:1])
            waited = (problem.at - c.waiting_since).total_seconds()
            speaks = cop.languages.get(c.language or "", 0) > 0 or waited > c.target_seconds + 1 or c.fast_lane
            if free[slot] > 0 and c.market in cop.markets and able and speaks and not barred:
                free[slot] -= 1
                pairs.append((str(c.id), str(cop.id)))
                break
    return pairs
