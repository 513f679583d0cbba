"""From utterances to what they come to: one batch, needs, conversations, and languages nobody evaluated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from builders import make_taxonomy

from encoders.classifier import Prediction
from encoders.gate import Gate
from routing.adapters.understanding import understand
from routing.ports import Utterance

GATE = Gate(0.05, 0.95, 0.5, 0.5, 100, 0.9, 0.03, 0.05, "")
GERMAN = "Guten Tag, ich habe meine Karte verloren und brauche dringend eine neue Karte"
TYPES = sorted(make_taxonomy().keys)


@dataclass(frozen=True)
class NoFamilies:
    families: Mapping[str, str] = field(default_factory=dict)


class WordModel:
    """Sure of the issue type whose last word is in the text; of nothing where there is none."""

    gate = GATE

    def __init__(self, **record: object) -> None:
        self.record: Mapping[str, object] = record
        self.batches: list[list[str]] = []
        self.places: list[Mapping[str, str]] = []
        self.knowledge = NoFamilies()

    def classify(self, texts: Sequence[str], *, known: Sequence[Mapping[str, str]]) -> list[Prediction]:
        self.batches.append(list(texts))
        self.places.extend(known)
        return [self._predict(text) for text in texts]

    def _predict(self, text: str) -> Prediction:
        named = [key for key in TYPES if key.split("_")[-1] in text]
        top = named[0] if named else TYPES[0]
        sure = 0.95 / len(named) if named else 0.1
        novelty = 0.1 if named else 0.9
        possible = tuple(named) or tuple(TYPES)
        return Prediction(top, sure, GATE.decide(sure, novelty), novelty, possible, ((top, sure),))


def asked(text: str, *languages: str, messages: tuple[str, ...] = ()) -> Utterance:
    return Utterance(text, languages or ("en",), messages=messages)


def test_everything_is_asked_in_one_batch_and_answered_in_order() -> None:
    model = WordModel()
    both = asked("it is late", messages=("I lost the card", "it is late now"))

    found = understand(model, [asked("raise my limit"), both, asked("it was seen")])

    assert len(model.batches) == 1
    assert [one.prediction.issue_type for one in found] == ["limit_raise", "card_late", "fraud_seen"]


def test_several_needs_are_named_with_the_message() -> None:
    [found] = understand(WordModel(), [asked("I lost the card. Also please raise my limit")])
    assert [key for key, _ in found.needs] == ["card_lost", "limit_raise"]


def test_a_language_that_the_model_was_evaluated_on_is_told_from_one_it_was_not() -> None:
    german, english = asked(GERMAN, "en", "de"), asked("I have lost my card on the train, help me please", "en", "de")

    by_english = understand(WordModel(languages=["en"]), [german, english])
    by_both = understand(WordModel(languages=["en", "de"]), [german])

    assert [(one.language.code, one.evaluated) for one in by_english] == [("de", False), ("en", True)]
    assert by_both[0].evaluated


def test_a_model_that_does_not_say_was_evaluated_on_english() -> None:
    [german, english] = understand(WordModel(), [asked(GERMAN, "en", "de"), asked("lost", "en")])
    assert (german.evaluated, english.evaluated) == (False, True)


def test_a_market_of_one_language_is_taken_at_its_word() -> None:
    [found] = understand(WordModel(languages=["en"]), [asked("I have lost my card", "fr")])
    assert (found.language.code, found.evaluated) == ("fr", False)


def test_a_sentence_in_a_language_nobody_evaluated_is_enough() -> None:
    mixed = asked(f"{GERMAN}. I also want to know why I was charged a fee for it", "en", "de")
    [found] = understand(WordModel(languages=["en"]), [mixed])
    assert not found.evaluated


def test_the_model_is_told_the_market_and_the_language_of_every_text_for_its_gate() -> None:
    model = WordModel()
    there = Utterance("I lost the card", ("en",), messages=("I lost the card", "any news of the card"), market="ie")
    understand(model, [there, asked("raise my limit")])
    assert model.places[0] == {"language": "en", "market": "ie"}
    assert model.places[-1] == {"language": "en"}
    assert len(model.places) == len(model.batches[0])
