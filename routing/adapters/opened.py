"""A loaded model asked about many messages at once: its answers, and where they lie."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from routing.domain.comparison import Answer
from routing.domain.drift import Cloud, DriftReference, histogram

if TYPE_CHECKING:
    from encoders.classifier import IntentClassifier

SURE_LANGUAGE = 0.8


@dataclass(frozen=True, slots=True)
class OpenedModel:
    """ports.OpenModel."""

    model: "IntentClassifier"

    def answers(self, texts: Sequence[str]) -> list[Answer]:
        """First guesses, with the gate's decision."""
        found = self.model.classify(list(texts))
        return [Answer(each.issue_type, each.decision.value == "auto") for each in found]

    def reference(self, texts: Sequence[str]) -> DriftReference:
        """Of the rows held out in training its confidence, novelty and errors; of `texts` where they lie."""
        return reference_of(self.model, texts)


def reference_of(model: "IntentClassifier", texts: Sequence[str]) -> DriftReference:
    """What later messages are compared with. Of the held-out rows, those count as reviewed that the gate would send."""
    held_out, gate = model.knowledge.held_out, model.gate
    pairs = list(zip(held_out.confidence.tolist(), held_out.novelty.tolist(), strict=True))
    reviewed = [gate.decide(confidence, novelty).value == "review" for confidence, novelty in pairs]
    wrong = [asked and not right for asked, right in zip(reviewed, held_out.correct.tolist(), strict=True)]
    return DriftReference(
        confidence=histogram([confidence for confidence, _ in pairs]),
        novelty=histogram([novelty for _, novelty in pairs]),
        reviewed=sum(reviewed),
        overruled=sum(wrong),
        inputs=cloud_of(model, texts),
    )


def cloud_of(model: "IntentClassifier", texts: Sequence[str]) -> Cloud | None:
    """Mean, total variance and its degrees of freedom of the texts' embeddings; None for fewer than two."""
    if len(texts) < 2:
        return None
    import numpy as np

    vectors = model.embed(list(texts)).astype(np.float64)
    mean = vectors.mean(axis=0)
    # The smaller of the two Gram matrices has the same trace and the same trace of its square.
    centred = (vectors - mean) / np.sqrt(len(vectors) - 1)
    gram = centred @ centred.T if len(vectors) < vectors.shape[1] else centred.T @ centred
    variance, squared = float(np.trace(gram)), float((gram**2).sum())
    return Cloud(len(vectors), tuple(mean.tolist()), variance, variance**2 / squared if squared else 1.0)


def languages_of(texts: Sequence[str], among: tuple[str, ...]) -> list[str | None]:
    """The language of each text among these, None where the detector is not sure enough."""
    from encoders.language import LanguageDetector

    if len(among) < 2:
        return [among[0] if among else None] * len(texts)
    detector = LanguageDetector(among)
    found = [detector.detect(text) for text in texts]
    return [each.code if each.confidence >= SURE_LANGUAGE else None for each in found]
