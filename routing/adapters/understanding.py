"""From what customers wrote to predictions: which texts of each conversation are classified, and what they come to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

from routing.ports import Utterance

if TYPE_CHECKING:
    from encoders.classifier import Prediction
    from encoders.conversation import Reading
    from encoders.gate import Gate
    from encoders.language import Language, LanguageDetector

SURE_LANGUAGE = 0.8
EVALUATED_WHERE_UNSAID = ("en",)
"""Models that do not say which languages they were evaluated on are older than the question, and English."""


class Families(Protocol):
    """`families`: the family of each issue type that the model knows."""

    @property
    def families(self) -> Mapping[str, str]: ...


class Model(Protocol):
    """What of a classifier is used here; `encoders.classifier.IntentClassifier` is one."""

    @property
    def gate(self) -> "Gate": ...

    @property
    def record(self) -> Mapping[str, Any]: ...

    @property
    def knowledge(self) -> Families: ...

    def classify(self, texts: Sequence[str], *, known: Sequence[Mapping[str, str]]) -> Sequence["Prediction"]:
        """One prediction a text, in order; `known`: the slices that each text belongs to, by dimension."""
        ...


@dataclass(frozen=True, slots=True)
class Understood:
    """What one utterance comes to. `needs`: (issue type, confidence), where it holds several.

    `evaluated`: whether the model was evaluated on every language that is in it. `alerts`: the kinds of circumstance
    that the detector found in the whole or in any part of it.
    """

    prediction: "Prediction"
    needs: tuple[tuple[str, float], ...]
    language: "Language"
    evaluated: bool
    alerts: tuple[str, ...] = ()


def understand(model: Model, utterances: Sequence[Utterance]) -> list[Understood]:
    """Every reading of every utterance in one batch, then one answer each, in order."""
    from encoders.conversation import read

    readings = [read(utterance.messages or (utterance.text,)) for utterance in utterances]
    languages = [_language(*pair) for pair in zip(readings, utterances, strict=True)]
    asked = [_Asked(*each) for each in zip(readings, languages, map(_place, utterances, languages), strict=True)]
    known = [each.place for each in asked for _ in each.reading.texts]
    predictions = iter(model.classify([text for reading in readings for text in reading.texts], known=known))
    return [_understood(model, each, [next(predictions) for _ in each.reading.texts]) for each in asked]


@dataclass(frozen=True, slots=True)
class _Asked:
    """One utterance as it is read. `place`: the slices that it is known to belong to, by dimension."""

    reading: "Reading"
    language: "Language"
    place: Mapping[str, str]


def _place(utterance: Utterance, language: "Language") -> Mapping[str, str]:
    place = {"language": language.code}
    return place if utterance.market is None else {**place, "market": utterance.market}


def _understood(model: Model, asked: _Asked, predictions: Sequence["Prediction"]) -> Understood:
    from encoders.conversation import pooled
    from encoders.needs import find_needs

    reading, language = asked.reading, asked.language
    whole, parts = predictions[0], predictions[len(predictions) - len(reading.parts) :]
    slices = _slices(model, asked, whole)
    together = whole if reading.newest is None else pooled(whole, predictions[1], model.gate, slices)
    evaluated = model.record.get("languages", EVALUATED_WHERE_UNSAID)
    needs = tuple((need.issue_type, need.confidence) for need in find_needs(reading.parts, parts, model.gate))
    known = {language.code, *language.others} <= set(evaluated)
    return Understood(together, needs, language, known, _alerts(predictions))


def _slices(model: Model, asked: _Asked, found: "Prediction") -> Mapping[str, str]:
    from encoders.held_out import FAMILY

    return {**asked.place, FAMILY: model.knowledge.families.get(found.issue_type, "")}


def _alerts(predictions: Sequence["Prediction"]) -> tuple[str, ...]:
    kinds = (kind for found in predictions if found.alert for kind in found.alert.kinds)
    return tuple(dict.fromkeys(kinds))


def _language(reading: "Reading", utterance: Utterance) -> "Language":
    """The detected language when sure enough, else the market's default: a wrong guess would cost a COp who fits."""
    from encoders.language import Language

    found = _detector(utterance.languages).detect(reading.whole)
    if found.confidence >= SURE_LANGUAGE:
        return found
    return Language(utterance.languages[0], found.confidence, found.others)


@lru_cache(maxsize=32)
def _detector(languages: tuple[str, ...]) -> "LanguageDetector":
    from encoders.language import LanguageDetector

    return LanguageDetector(languages)
