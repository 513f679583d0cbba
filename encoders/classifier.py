"""Encoder, head, confidence, novelty and gate as one object that serves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from encoders.artifacts import read_artifact, write_artifact
from encoders.confidence import Confidence
from encoders.encoder import Encoder, SentenceEncoder, encode_depths, load_encoder, quick_path
from encoders.errors import ArtifactMismatch
from encoders.gate import Decision, Gate, choose_gate
from encoders.head import KernelHead
from encoders.held_out import FAMILY, HeldOut
from encoders.joined import JoinedEncoder
from encoders.layout import TUNED, Parts, pack, unpack, version_of
from encoders.lessons import Lessons
from encoders.novelty import NoveltyScale
from encoders.prediction_sets import SetRule
from encoders.quick_look import Bounds, coarse
from encoders.text import prepare
from encoders.tfidf import counted
from encoders.tuned import Tuned
from encoders.vigilance.detector import Alert, Detector
from encoders.vigilance.pieces import pieces_of

__all__ = ["Decision", "IntentClassifier", "Knowledge", "Prediction"]


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the classifier says of one message; probabilities and novelty lie between 0 and 1."""

    issue_type: str
    confidence: float
    decision: Decision
    novelty: float
    prediction_set: tuple[str, ...]
    distribution: tuple[tuple[str, float], ...]
    alert: Alert | None = None
    """A vulnerable customer or fraud in progress, whatever the issue type."""


@dataclass(frozen=True)
class Knowledge:
    """Everything training found out, apart from the encoder. `families`: issue type to the family it belongs to.

    `message_hashes` (n,): by which it knows its training messages again (`training.hygiene`); empty in older models.
    """

    issue_types: tuple[str, ...]
    lessons: Lessons
    head: KernelHead
    confidence: Confidence
    novelty: NoveltyScale
    set_rule: SetRule
    gate: Gate
    held_out: HeldOut
    detector: Detector
    families: Mapping[str, str] = field(default_factory=dict)
    message_hashes: NDArray[np.uint64] = field(default_factory=lambda: np.zeros(0, dtype=np.uint64))
    tuned: Tuned | None = None


@dataclass(frozen=True, slots=True)
class _Asked:
    """Prepared texts with what is the same in every look at them; `of_words`: see `KernelHead`, and `alarm` the same
    of the detector. `calm`: which of them are known to raise no alert.
    """

    texts: Sequence[str]
    of_words: NDArray[np.float32]
    alarm: NDArray[np.float32]
    slices: Sequence[Mapping[str, str]]
    calm: Sequence[bool]

    def rows(self, chosen: Sequence[int], calm: Sequence[bool]) -> "_Asked":
        """Some of them, for another look, with what the first one found out."""
        texts, slices = [self.texts[at] for at in chosen], [self.slices[at] for at in chosen]
        return _Asked(texts, self.of_words[chosen], self.alarm[chosen], slices, calm)

    @property
    def open(self) -> list[int]:
        """Those that could raise an alert."""
        return [at for at, calm in enumerate(self.calm) if not calm]


@dataclass(frozen=True)
class IntentClassifier:
    """Messages to issue types. Safe to share between threads; changes return a new classifier."""

    encoder: Encoder
    knowledge: Knowledge
    record: Mapping[str, Any] = field(default_factory=dict)
    """What is known about its training: seed, sizes, digest, metrics on held-out data."""

    @classmethod
    def load(cls, folder: Path, encoder: Encoder | None = None, threads: int = 1) -> "IntentClassifier":
        """Read a model folder; raises an `ArtifactError` that names the file and why it is refused.

        `encoder`: the named one, loaded already; it must be the one the model was trained with. `threads`: for torch.
        """
        folder = Path(folder)
        artifact = read_artifact(folder)
        knowledge = unpack(folder, artifact)
        encoder = encoder or load_encoder(artifact.manifest["encoder"]["name"], threads)
        if knowledge.tuned and isinstance(encoder, SentenceEncoder):
            encoder = _joined(folder, knowledge.tuned, encoder, threads)
        _check_encoder(folder, encoder, artifact.manifest["encoder"])
        return cls(encoder, knowledge, artifact.manifest["training"])

    def save(self, folder: Path) -> None:
        """Write the model folder whole or not at all; an older model there is replaced."""
        parts = self._parts()
        write_artifact(Path(folder), parts.files, {**parts.about, "training": dict(self.record)})

    def _parts(self) -> Parts:
        """Not kept: it is a second copy of every weight."""
        return pack(self.knowledge, self.encoder)

    @cached_property
    def version(self) -> str:
        """A digest of all that decides predictions: equal content, equal version."""
        return version_of(self._parts())

    @property
    def issue_types(self) -> tuple[str, ...]:
        """Every type it can answer with, sorted."""
        return self.knowledge.issue_types

    @property
    def target_error(self) -> float:
        """The error allowed among automatic decisions."""
        return self.gate.target_error

    @property
    def gate(self) -> Gate:
        """The rule that sends a message to `auto` or `review`, with what it gave on held-out rows."""
        return self.knowledge.gate

    def with_target_error(
        self, target_error: float, *, confidence: float | None = None, outside_share: float | None = None
    ) -> "IntentClassifier":
        """The same classifier with its gate chosen anew from the stored held-out scores; what is not given stays."""
        gate = choose_gate(
            self.knowledge.held_out,
            target_error,
            self.gate.novelty_threshold,
            confidence=self.gate.confidence if confidence is None else confidence,
            outside_share=self.gate.outside_share if outside_share is None else outside_share,
        )
        return IntentClassifier(self.encoder, replace(self.knowledge, gate=gate), self.record)

    def embed(self, texts: Sequence[str], batch_size: int = 64) -> NDArray[np.float32]:
        """(n, d) float32, rows of length 1, of the prepared (normalised and masked) texts."""
        return self.encoder.encode([prepare(text) for text in texts], batch_size)

    def classify(
        self, texts: Sequence[str], batch_size: int = 64, known: Sequence[Mapping[str, str]] | None = None
    ) -> list[Prediction]:
        """One prediction a text, in order. A text with nothing to read is novel and goes to review.

        Where a quick look is in use (`encoders.quick_look`), what it leaves in any doubt is looked at again, precisely.

        `known`: what is known of each text beside its words, such as `{"language": "de", "market": "uk"}`, for a gate
        with rules of its own there.
        """
        if not texts:
            return []
        slices = known if known is not None else [{} for _ in texts]
        asked = self._asked([prepare(text) for text in texts], slices)
        if self._quick is None:
            return self._look(asked, batch_size)
        bounds, quick, daring = self._quick
        found = quick._look(asked, batch_size)
        pairs = zip(found, slices, strict=True)
        settled = [bounds.settled(prediction, daring.decided(prediction, known)) for prediction, known in pairs]
        unsure = [at for at, stands in enumerate(settled) if not stands]
        if unsure:
            calm = [found[at].alert is None for at in unsure]
            again = self._look(asked.rows(unsure, calm), batch_size)
            for at, prediction in zip(unsure, again, strict=True):
                found[at] = prediction
        return found

    def _asked(self, prepared: Sequence[str], slices: Sequence[Mapping[str, str]]) -> "_Asked":
        terms = [counted(text) for text in prepared]
        of_words, alarm = self.knowledge.head.of_words(terms), self.knowledge.detector.of_words(terms)
        return _Asked(prepared, of_words, alarm, slices, [False] * len(prepared))

    @cached_property
    def _quick(self) -> "tuple[Bounds, IntentClassifier, IntentClassifier] | None":
        """The bounds of the quick look, who takes it and who would decide most by itself, where the record allows one
        and the encoder has the means."""
        bounds = Bounds.from_record(self.record)
        if bounds is None or self.gate.threshold is None:
            return None
        encoder = quick_path(self.encoder)
        if encoder is None:
            return None
        knowledge = coarse(self.knowledge)
        wary, daring = bounds.wary(knowledge), bounds.daring(knowledge)
        return bounds, IntentClassifier(encoder, wary), IntentClassifier(encoder, daring)

    def decided(self, prediction: Prediction, known: Mapping[str, str]) -> Prediction:
        """The same numbers, decided by this classifier's thresholds; an alert can fall away, none can come."""
        decision = self._decision(prediction.issue_type, prediction.confidence, prediction.novelty, known)
        alert = prediction.alert
        stands = alert is not None and self.knowledge.detector.raises(alert.probability)
        return replace(prediction, decision=decision, alert=alert if stands else None)

    def _look(self, asked: "_Asked", batch_size: int) -> list[Prediction]:
        depths, of_pieces = self._depths(asked, batch_size)
        embeddings = np.ascontiguousarray(depths[:, : self.encoder.dimension])
        found = self.knowledge.head.scores_beside(asked.of_words, embeddings)
        probabilities = self.knowledge.confidence.probabilities(found.scores)
        novelty = self.knowledge.novelty.novelty(found).tolist()
        novelty = [new if text else 1.0 for text, new in zip(asked.texts, novelty, strict=True)]
        rows = zip(probabilities, novelty, asked.slices, self._alerts(asked, depths, of_pieces), strict=True)
        return [self._predict(*row) for row in rows]

    def _depths(self, asked: "_Asked", batch_size: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Of the texts and of the pieces of those that could raise an alert, all in one go."""
        pieces = [piece for at in asked.open for piece in pieces_of(asked.texts[at])]
        found = encode_depths(self.encoder, [*asked.texts, *pieces], batch_size)
        return found[: len(asked.texts)], found[len(asked.texts) :]

    def _alerts(
        self, asked: "_Asked", depths: NDArray[np.float32], of_pieces: NDArray[np.float32]
    ) -> list[Alert | None]:
        """Of every text; none of those that are known to raise none, whose pieces were not encoded."""
        judge, rows = self.knowledge.detector.judge, asked.open
        if len(rows) == len(asked.texts):
            return judge(asked.texts, depths, lambda _: of_pieces, asked.alarm)
        result: list[Alert | None] = [None] * len(asked.texts)
        found = judge([asked.texts[at] for at in rows], depths[rows], lambda _: of_pieces, asked.alarm[rows])
        for at, alert in zip(rows, found, strict=True):
            result[at] = alert
        return result

    @cached_property
    def _judged_types(self) -> frozenset[str]:
        """Types with held-out messages: of any other, nobody has seen whether it is recognised, so people look."""
        return frozenset(self.issue_types[at] for at in set(self.knowledge.held_out.label.tolist()))

    def _decision(self, issue_type: str, confidence: float, novelty: float, known: Mapping[str, str]) -> Decision:
        if novelty >= 1.0 or issue_type not in self._judged_types:
            return Decision.REVIEW
        family = self.knowledge.families.get(issue_type)
        return self.gate.decide(confidence, novelty, {**known, FAMILY: family} if family else known)

    def _predict(
        self, probabilities: NDArray[np.float64], novelty: float, known: Mapping[str, str], alert: Alert | None
    ) -> Prediction:
        order = np.argsort(-probabilities, kind="stable")
        names, sorted_down = [self.issue_types[at] for at in order.tolist()], probabilities[order].tolist()
        confidence = sorted_down[0]
        return Prediction(
            issue_type=names[0],
            confidence=confidence,
            decision=self._decision(names[0], confidence, novelty, known),
            novelty=novelty,
            prediction_set=tuple(
                self.issue_types[at] for at in self.knowledge.set_rule.members(probabilities, order).tolist()
            ),
            distribution=tuple(zip(names, sorted_down, strict=True)),
            alert=alert,
        )


def _joined(folder: Path, tuned: Tuned, named: SentenceEncoder, threads: int) -> JoinedEncoder:
    try:
        return tuned.beside(named, lambda name: load_encoder(name, threads))
    except (KeyError, ValueError) as error:
        raise ArtifactMismatch(folder / TUNED, f"does not fit encoder {tuned.learner!r}: {error}") from error


def _check_encoder(folder: Path, encoder: Encoder, wanted: Mapping[str, Any]) -> None:
    if encoder.fingerprint != wanted["fingerprint"] or encoder.dimension != wanted["dimension"]:
        raise ArtifactMismatch(
            folder / "manifest.json",
            f"the model was trained with encoder {wanted['name']!r} ({wanted['fingerprint']}), "
            f"and {encoder.name!r} ({encoder.fingerprint}) is another; train again or install the first",
        )
