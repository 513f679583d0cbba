"""Translates the encoders' predictions to triages, and keeps the live model loaded."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from routing.adapters.models import ModelFolder
from routing.adapters.opened import cloud_of, reference_of
from routing.adapters.understanding import Understood, understand
from routing.domain.drift import Cloud, DriftReference
from routing.domain.errors import Unavailable
from routing.domain.issue import LANGUAGE_NOT_EVALUATED, Decision, Taxonomy, Triage
from routing.ports import Utterance

if TYPE_CHECKING:
    from encoders.classifier import IntentClassifier, Prediction
    from encoders.gate import Gate

log = logging.getLogger(__name__)
MOST_TEXTS_REMEMBERED = 10_000
NO_MODEL = "no model is live; run `pointsman train` and `pointsman doctor`"


@dataclass(frozen=True, slots=True)
class EncodersMasker:
    """ports.Masker."""

    def mask(self, text: str) -> str:
        """One spelling of every character, nothing invisible, personal data as placeholders; lines stay."""
        from encoders.text import mask_personal_data, tidy

        return mask_personal_data(tidy(text)).text

    def gist(self, messages: Sequence[str]) -> str:
        """The customer's own words in their newest messages."""
        from encoders.conversation import gist

        return gist(messages)


@dataclass(slots=True)
class _Live:
    """A model in service under its version, and the vectors of texts it was asked to compare.

    Requests and triage use it at the same time: what belongs together is read from one of these, and `vectors` is
    replaced, never changed.
    """

    model: "IntentClassifier"
    version: str
    vectors: Mapping[str, Any] = field(default_factory=dict)


class LiveClassifier:
    """ports.Classifier and ports.Embedder over whichever model `wanted` names.

    A model that does not load leaves the one before in service, and so does a registry that does not answer. While one
    thread loads another model, the others go on with the one before. `heard` is told of every batch that was answered.
    """

    def __init__(
        self,
        wanted: Callable[[], str | None],
        models: ModelFolder,
        threads: int = 1,
        heard: Callable[[Sequence[Utterance], Sequence[Triage]], None] | None = None,
    ) -> None:
        self._wanted, self._models, self._threads, self._heard = wanted, models, threads, heard
        self._serving: _Live | None = None
        self._loading = threading.Lock()
        self._refused: str | None = None
        self._doubt: str | None = None

    @property
    def version(self) -> str:
        """The version in service, before the first message the one that will be; Unavailable where there is none.

        Nothing is loaded for it: whoever only asks for the name does not wait for a model.
        """
        serving = self._serving
        found = serving.version if serving is not None else self._wanted()
        if found is None:
            raise Unavailable(NO_MODEL)
        return found

    @property
    def health(self) -> str:
        """ "ok", "ok; ..." while an older model serves, or what is wrong with the live model."""
        try:
            live = self._live()
        except Unavailable as error:
            return str(error)
        if self._doubt is not None:
            return f"ok; which model is live cannot be read, {live.version} still serves: {self._doubt}"
        return "ok" if self._refused is None else f"ok; model {self._refused} was refused, {live.version} still serves"

    def classify(self, utterances: Sequence[Utterance], taxonomy: Taxonomy, at: datetime) -> list[Triage]:
        """Triage each utterance. Types the taxonomy no longer has are dropped, and a person asked."""
        live = self._live()
        origin = _Origin(live.version, live.model.gate, at)
        triages = [_triage(found, taxonomy, origin) for found in understand(live.model, utterances)]
        if self._heard is not None:
            self._heard(utterances, triages)
        return triages

    def similar(self, text: str, cases: Sequence[str], most: int) -> list[tuple[int, float]]:
        """Nearest cases by cosine of their embeddings; cases and texts are embedded once, for a text is a case soon."""
        if not cases:
            return []
        import faiss
        import numpy as np

        live = self._live()
        known = _remembered(live, [text, *cases])
        vectors = np.stack([known[case] for case in cases])
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(vectors)
        scores, positions = index.search(known[text][None], min(most, len(cases)))
        return [(int(position), float(score)) for position, score in zip(positions[0], scores[0], strict=True)]

    def cloud(self, texts: Sequence[str]) -> Cloud | None:
        """Where these messages lie for the model in service; None for fewer than two."""
        return cloud_of(self._live().model, texts)

    def reference(self, texts: Sequence[str]) -> DriftReference:
        """What later messages of the model in service are compared with."""
        return reference_of(self._live().model, texts)

    def _live(self) -> _Live:
        wanted = self._asked()
        serving = self._serving
        if serving is None or wanted not in {serving.version, self._refused}:
            self._load_once(wanted)
        elif wanted == serving.version:
            self._refused = None
        if self._serving is None:
            raise Unavailable(NO_MODEL)
        return self._serving

    def _asked(self) -> str | None:
        """The version that should serve; the one that does where that cannot be read now."""
        try:
            wanted = self._wanted()
        except Unavailable as error:
            if self._serving is None:
                raise
            if self._doubt is None:
                log.error("which model is live cannot be read: %s", error)
            self._doubt = str(error)
            return self._serving.version
        self._doubt = None
        return wanted

    def _load_once(self, wanted: str | None) -> None:
        # Nobody waits for another thread's loading while there is a model that can answer.
        if not self._loading.acquire(blocking=self._serving is None):
            return
        try:
            self._load(wanted)
        finally:
            self._loading.release()

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


def _remembered(live: _Live, texts: Sequence[str]) -> Mapping[str, Any]:
    known = live.vectors
    new = [text for text in dict.fromkeys(texts) if text not in known]
    if len(known) + len(new) > MOST_TEXTS_REMEMBERED:
        known, new = {}, list(dict.fromkeys(texts))
    if new:
        known = {**known, **dict(zip(new, live.model.embed(new), strict=True))}
        live.vectors = known
    return known


@dataclass(frozen=True, slots=True)
class _Origin:
    """Which model answered, by which gate, and when."""

    version: str
    gate: "Gate"
    at: datetime


def _triage(understood: Understood, taxonomy: Taxonomy, origin: _Origin) -> Triage:
    found = understood.prediction
    distribution = _known(dict(found.distribution), taxonomy)
    retired = found.issue_type not in taxonomy.keys
    top, confidence = distribution[0]
    inside = tuple(key for key in found.prediction_set if key in taxonomy.keys)
    reasons = ("retired_type",) if retired else _reasons(found, origin.gate)
    if not understood.evaluated:
        reasons = (*reasons, LANGUAGE_NOT_EVALUATED)
    return Triage(
        issue_type=top,
        confidence=confidence if retired else found.confidence,
        decision=Decision.REVIEW if reasons else Decision(found.decision.value),
        reasons=reasons,
        novelty=found.novelty,
        prediction_set=inside or (top,),
        distribution=distribution,
        language=understood.language.code,
        language_confidence=understood.language.confidence,
        model_version=origin.version,
        at=origin.at,
        needs=understood.needs,
        alerts=understood.alerts,
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
