"""Translates the encoders' predictions to triages, and keeps the live model loaded."""

import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from routing.adapters.models import POINTER, ModelFolder
from routing.domain.errors import Unavailable
from routing.domain.issue import Decision, Taxonomy, Triage
from routing.ports import Utterance

if TYPE_CHECKING:
    from encoders.classifier import IntentClassifier, Prediction
    from encoders.gate import Gate
    from encoders.language import Language, LanguageDetector

log = logging.getLogger(__name__)
SURE_LANGUAGE = 0.8
MOST_CASES_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class EncodersMasker:
    """ports.Masker."""

    def mask(self, text: str) -> str:
        """One spelling of every character, nothing invisible, personal data as placeholders."""
        from encoders.text import prepare

        return prepare(text)


@dataclass(slots=True)
class _Live:
    """A model in service under its version, and the vectors of cases it was asked about.

    Requests and triage use it at the same time: what belongs together is read from one of these, and `vectors` is
    replaced, never changed.
    """

    model: "IntentClassifier"
    version: str
    vectors: Mapping[str, Any] = field(default_factory=dict)


class LiveClassifier:
    """ports.Classifier over whichever model is live; a model that does not load leaves the one before in service."""

    def __init__(self, models: ModelFolder, threads: int = 1) -> None:
        self._models, self._threads = models, threads
        self._serving: _Live | None = None
        self._loading = threading.Lock()
        self._refused: str | None = None

    @property
    def version(self) -> str:
        """The version in service; Unavailable where there is none."""
        return self._live().version

    @property
    def health(self) -> str:
        """ "ok", "ok; ..." while an older model serves, or what is wrong with the live model."""
        try:
            live = self._live()
        except Unavailable as error:
            return str(error)
        return "ok" if self._refused is None else f"ok; model {self._refused} was refused, {live.version} still serves"

    def classify(self, utterances: Sequence[Utterance], taxonomy: Taxonomy, at: datetime) -> list[Triage]:
        """Triage each utterance. Types the taxonomy no longer has are dropped, and a person asked."""
        live = self._live()
        predictions = live.model.classify([utterance.text for utterance in utterances])
        languages = [_language(utterance) for utterance in utterances]
        pairs = zip(predictions, languages, strict=True)
        origin = _Origin(live.version, live.model.gate, at)
        return [_triage(found, language, taxonomy, origin) for found, language in pairs]

    def similar(self, text: str, cases: Sequence[str], most: int) -> list[tuple[int, float]]:
        """Nearest cases by cosine of their embeddings; cases are embedded once and remembered."""
        if not cases:
            return []
        import numpy as np

        live = self._live()
        known = _remembered(live, cases)
        vectors = np.stack([known[case] for case in cases])
        scores = vectors @ live.model.embed([text])[0]
        nearest = np.argsort(-scores, kind="stable")[:most]
        return [(int(position), float(scores[position])) for position in nearest]

    def _live(self) -> _Live:
        wanted = self._wanted()
        serving = self._serving
        if serving is None or wanted not in {serving.version, self._refused}:
            with self._loading:
                self._load(wanted)
        elif wanted == serving.version:
            self._refused = None
        if self._serving is None:
            raise Unavailable("no model is live; run `pointsman train` and `pointsman doctor`")
        return self._serving

    def _wanted(self) -> str | None:
        try:
            return self._models.live_version()
        except Unavailable as error:
            if self._serving is None:
                raise
            if self._refused != POINTER:
                log.error("%s", error)
            self._refused = POINTER
            return POINTER

    def _load(self, wanted: str | None) -> None:
        if wanted is None or (self._serving is not None and self._serving.version == wanted):
            return
        from encoders.classifier import IntentClassifier
        from encoders.errors import EncodersError

        try:
            model = IntentClassifier.load(self._models.path(wanted), threads=self._threads)
        except EncodersError as error:
            self._refused = wanted
            log.error("model %s does not load: %s", wanted, error)
            if self._serving is None:
                raise Unavailable(f"model {wanted} does not load: {error}") from error
        else:
            self._serving, self._refused = _Live(model, wanted), None


def _remembered(live: _Live, cases: Sequence[str]) -> Mapping[str, Any]:
    known = live.vectors
    new = [case for case in dict.fromkeys(cases) if case not in known]
    if len(known) + len(new) > MOST_CASES_REMEMBERED:
        known, new = {}, list(dict.fromkeys(cases))
    if new:
        known = {**known, **dict(zip(new, live.model.embed(new), strict=True))}
        live.vectors = known
    return known


@lru_cache(maxsize=32)
def _detector(languages: tuple[str, ...]) -> "LanguageDetector":
    from encoders.language import LanguageDetector

    return LanguageDetector(languages)


def _language(utterance: Utterance) -> "Language":
    """The detected language when sure enough, else the market's default: a wrong guess would cost a COp who fits."""
    from encoders.language import Language

    found = _detector(utterance.languages).detect(utterance.text)
    return found if found.confidence >= SURE_LANGUAGE else Language(utterance.languages[0], found.confidence)


@dataclass(frozen=True, slots=True)
class _Origin:
    """Which model answered, by which gate, and when."""

    version: str
    gate: "Gate"
    at: datetime


def _triage(found: "Prediction", language: "Language", taxonomy: Taxonomy, origin: _Origin) -> Triage:
    distribution = _known(dict(found.distribution), taxonomy)
    retired = found.issue_type not in taxonomy.keys
    top, confidence = distribution[0]
    inside = tuple(key for key in found.prediction_set if key in taxonomy.keys)
    return Triage(
        issue_type=top,
        confidence=confidence if retired else found.confidence,
        decision=Decision.REVIEW if retired else Decision(found.decision.value),
        reasons=("retired_type",) if retired else _reasons(found, origin.gate),
        novelty=found.novelty,
        prediction_set=inside or (top,),
        distribution=distribution,
        language=language.code,
        language_confidence=language.confidence,
        model_version=origin.version,
        at=origin.at,
    )


def _reasons(found: "Prediction", gate: "Gate") -> tuple[str, ...]:
    if found.decision.value == Decision.AUTO:
        return ()
    if found.novelty > gate.novelty_threshold:
        return ("outside_taxonomy",)
    return ("no_guarantee",) if gate.threshold is None else ("low_confidence",)


def _known(distribution: Mapping[str, float], taxonomy: Taxonomy) -> tuple[tuple[str, float], ...]:
    kept = {key: probability for key, probability in distribution.items() if key in taxonomy.keys}
    total = sum(kept.values())
    if total <= 0:
        raise Unavailable("the live model knows none of the taxonomy's issue types; run `pointsman train`")
    return tuple((key, probability / total) for key, probability in sorted(kept.items(), key=lambda kv: -kv[1]))
