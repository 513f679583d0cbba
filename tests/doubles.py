"""Scripted stand-ins for the classifier and the matcher: small rules a test can read, no model and no solver."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from statistics import mean, variance

from builders import make_triage

from routing.domain.comparison import Answer
from routing.domain.cop import Channel
from routing.domain.drift import Cloud, DriftReference, histogram
from routing.domain.errors import Unavailable
from routing.domain.issue import Decision, Taxonomy, Triage
from routing.domain.model import Description, Pointer, StoredFile
from routing.ports import Lesson, MatchingPlan, MatchingProblem, PlannedOffer, Utterance


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
class ScriptedModel:
    """ports.OpenModel: `guesses` by text, card_late for any other; what is in `asks` goes to a person.

    `asked` holds what it was asked, one list a call.
    """

    guesses: Mapping[str, str]
    asks: frozenset[str] = frozenset()
    asked: list[list[str]] = field(default_factory=list)

    def answers(self, texts: Sequence[str]) -> list[Answer]:
        self.asked.append(list(texts))
        return [Answer(self.guesses.get(text, "card_late"), text not in self.asks) for text in texts]

    def reference(self, texts: Sequence[str]) -> DriftReference:
        shares = [place / 200 for place in range(200)]
        return DriftReference(histogram(shares), histogram(shares), 100, 30, cloud(texts))


def cloud(texts: Sequence[str]) -> Cloud | None:
    """One dimension: the texts' lengths."""
    if len(texts) < 2:
        return None
    lengths = [float(len(text)) for text in texts]
    return Cloud(len(texts), (mean(lengths),), variance(lengths), 1.0)


@dataclass
class ScriptedModelFiles:
    """ports.ModelFiles: `models` by version, any other does not load; `fit` gives `next`, and keeps its lesson."""

    models: dict[str, ScriptedModel] = field(default_factory=dict)
    next: str = "new"
    lessons: list[Lesson] = field(default_factory=list)
    note: Pointer | None = None
    contents: dict[str, bytes] = field(default_factory=dict)

    def fit(self, lesson: Lesson) -> str:
        self.lessons.append(lesson)
        return self.next

    def open(self, version: str) -> ScriptedModel:
        if version not in self.models:
            raise Unavailable(f"model {version} does not load")
        return self.models[version]

    def describe(self, version: str) -> Description:
        self.open(version)
        return Description(f"digest of {version}", {"examples": 7}, {"threshold": 0.5})

    def content(self, file: StoredFile) -> bytes:
        if file.path not in self.contents:
            raise Unavailable(f"{file.path} is not what was registered")
        return self.contents[file.path]

    def versions(self) -> list[str]:
        return sorted(self.models)

    def pointer(self) -> Pointer | None:
        return self.note

    def point(self, pointer: Pointer) -> None:
        self.note = pointer

    def languages(self, texts: Sequence[str], among: Sequence[str]) -> list[str | None]:
        return [among[0]] * len(texts)


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
