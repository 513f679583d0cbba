"""Scripted stand-ins for the classifier and the matcher: small rules a test can read, no model and no solver."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from builders import make_triage

from routing.domain.cop import Channel
from routing.domain.issue import Decision, Taxonomy, Triage
from routing.ports import MatchingPlan, MatchingProblem, PlannedOffer, Utterance


@dataclass
class ScriptedClassifier:
    """Reads the issue type off the messages: the last word that is one; `unsure` in the last one sends it to review.

    A batch that holds `poison` fails, and one of anything while `broken`.

    What it was asked is kept in `asked`, one list a batch.
    """

    version: str = "scripted-1"
    asked: list[list[Utterance]] = field(default_factory=list)
    meanwhile: Callable[[], object] | None = None
    broken: bool = False

    def classify(self, utterances: Sequence[Utterance], taxonomy: Taxonomy, at: datetime) -> list[Triage]:
        self.asked.append(list(utterances))
        poison = [utterance.text for utterance in utterances if self.broken or "poison" in utterance.text]
        if poison:
            raise ValueError(*poison)
        if self.meanwhile is not None:
            self.meanwhile()
        return [self._triage(utterance.text, taxonomy, at) for utterance in utterances]

    def similar(self, text: str, cases: Sequence[str], most: int) -> list[tuple[int, float]]:
        words = set(text.split())
        found = [(position, len(words & set(case.split())) / (len(words) or 1)) for position, case in enumerate(cases)]
        return sorted(found, key=lambda pair: -pair[1])[:most]

    def _triage(self, text: str, taxonomy: Taxonomy, at: datetime) -> Triage:
        named = [word for word in text.split() if word in taxonomy.keys]
        triage = make_triage(named[-1] if named else "card_late", model_version=self.version, at=at)
        if "unsure" not in text.splitlines()[-1]:
            return triage
        possible = tuple(key for key, _ in triage.distribution)
        unsure = replace(triage, decision=Decision.REVIEW, reasons=("low_confidence",), prediction_set=possible)
        return replace(unsure, distribution=tuple(zip(possible, (0.6, 0.4), strict=True)), confidence=0.6)


@dataclass
class ScriptedMatcher:
    """Oldest first, each to the first COp with the skill, the market and a free slot who is not excluded.

    `plan` replaces that by a plan of the test's own; `meanwhile` runs while the plan is being made.
    """

    plan: Callable[[MatchingProblem], Sequence[tuple[str, str]]] | None = None
    fallback_reason: str | None = None
    meanwhile: Callable[[], object] | None = None
    problems: list[MatchingProblem] = field(default_factory=list)

    def match(self, problem: MatchingProblem) -> MatchingPlan:
        self.problems.append(problem)
        if self.meanwhile is not None:
            self.meanwhile()
        pairs = (self.plan or first_fit)(problem)
        offers = tuple(PlannedOffer(c, cop, {"rule": "first fit"}) for c, cop in pairs)  # type: ignore[arg-type]
        return MatchingPlan(offers, {}, "scripted", self.fallback_reason, 0.5)


def first_fit(problem: MatchingProblem) -> list[tuple[str, str]]:
    """(conversation, COp) pairs."""
    free = {(cop.id, channel): status.free(channel) for cop, status in problem.cops for channel in Channel}
    pairs = []
    for conversation in problem.conversations:
        skill = problem.taxonomy.get(conversation.candidates[0][0]).skill
        for cop, _ in problem.cops:
            slot = (cop.id, conversation.channel)
            able = cop.skills.get(skill, 0) > 0 and conversation.market in cop.markets
            if able and cop.id not in conversation.excluded and free[slot] > 0:
                free[slot] -= 1
                pairs.append((str(conversation.id), str(cop.id)))
                break
    return pairs
