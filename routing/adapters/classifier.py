"""Translates the encoders' predictions to triages, and keeps the live model loaded."""

import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from routing.adapters.models import ModelFolder
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


class LiveClassifier:
    """ports.Classifier over whichever model is live; a model that does not load leaves the one before in service."""

    def __init__(self, models: ModelFolder, threads: int = 1) -> None:
        self._models, self._threads = models, threads
        self._loaded: IntentClassifier | None = None
        self._loading = threading.Lock()
        self._serving = ""
        self._refused: str | None = None
        self._embedded: dict[str, Any] = {}

    @property
    def version(self) -> str:
        """The version in service; Unavailable where there is none."""
        self._live()
        return self._serving

    @property
    def health(self) -> str:
        """ "ok", "ok; ..." while an older model serves, or what is wrong with the live model."""
        try:
            self._live()
        except Unavailable as error:
            return str(error)
        return "ok" if self._refused is None else f"ok; model {self._refused} was refused, {self.version} still serves"

    def classify(self, utterances: Sequence[Utterance], taxonomy: Taxonomy, at: datetime) -> list[Triage]:
        """Triage each utterance. Types the taxonomy no longer has are dropped, and a person asked."""
        model = self._live()
        predictions = model.classify([utterance.text for utterance in utterances])
        languages = [_language(utterance) for utterance in utterances]
        pairs = zip(predictions, languages, strict=True)
        origin = _Origin(self._serving, model.gate, at)
        return [_triage(found, language, taxonomy, origin) for found, language in pairs]

    def similar(self, text: str, cases: Sequence[str], most: int) -> list[tuple[int, float]]:
        """Nearest cases by cosine of their embeddings; cases are embedded once and remembered."""
        if not cases:
            return []
        import numpy as np

        model = self._live()
        self._remember(model, cases)
        vectors = np.stack([self._embedded[case] for case in cases])
        scores = vectors @ model.embed([text])[0]
        nearest = np.argsort(-scores, kind="stable")[:most]
        return [(int(position), float(scores[position])) for position in nearest]

    def _remember(self, model: "IntentClassifier", cases: Sequence[str]) -> None:
        new = [case for case in dict.fromkeys(cases) if case not in self._embedded]
        if len(self._embedded) + len(new) > MOST_CASES_REMEMBERED:
            self._embedded.clear()
            new = list(dict.fromkeys(cases))
        if new:
            self._embedded.update(zip(new, model.embed(new), strict=True))

    def _live(self) -> "IntentClassifier":
        wanted = self._models.live_version()
        if self._loaded is None or wanted not in {self._serving, self._refused}:
            with self._loading:
                self._load(wanted)
        if self._loaded is None:
            raise Unavailable("no model is live; run `pointsman train` and `pointsman doctor`")
        return self._loaded

    def _load(self, wanted: str | None) -> None:
        if wanted is None or (self._loaded is not None and self._serving == wanted):
            return
        from encoders.classifier import IntentClassifier
        from encoders.errors import EncodersError

        try:
            self._loaded = IntentClassifier.load(self._models.path(wanted), threads=self._threads)
            self._serving, self._refused = wanted, None
        except EncodersError as error:
            self._refused = wanted
            log.error("model %s does not load: %s", wanted, error)
            if self._loaded is None:
                raise Unavailable(f"model {wanted} does not load: {error}") from error
        self._embedded.clear()


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
