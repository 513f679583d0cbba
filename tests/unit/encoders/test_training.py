import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score, roc_auc_score
from small_bank import WORDS, WordEncoder, make_examples

from encoders.classifier import Decision, IntentClassifier
from encoders.errors import TrainingDataError
from encoders.training import Example, evaluate, train
from encoders.training.evaluation import auroc, macro_f1
from encoders.training.examples import make_folds


def test_it_learns_what_the_messages_are_about(classifier: IntentClassifier) -> None:
    report = evaluate(classifier, make_examples(20, seed=9))
    assert report.accuracy > 0.9
    assert report.share_auto > 0.5
    assert report.error_auto is not None
    assert report.error_auto < 0.1


def test_equal_input_and_seed_give_an_equal_model(word_encoder: WordEncoder, classifier: IntentClassifier) -> None:
    again = train(make_examples(40), encoder=word_encoder, seed=1, threads=2)
    assert again.version == classifier.version


def test_another_seed_gives_another_model(word_encoder: WordEncoder, classifier: IntentClassifier) -> None:
    assert train(make_examples(40), encoder=word_encoder, seed=2, threads=1).version != classifier.version


def test_a_prediction_keeps_its_promises(classifier: IntentClassifier) -> None:
    for found in classifier.classify(["lost my card please", "exchange rate euro", "zebra crossing"]):
        probabilities = [probability for _, probability in found.distribution]
        assert sum(probabilities) == pytest.approx(1.0)
        assert probabilities == sorted(probabilities, reverse=True)
        assert {name for name, _ in found.distribution} == set(WORDS)
        assert found.distribution[0] == (found.issue_type, found.confidence)
        assert found.prediction_set[0] == found.issue_type
        assert 0.0 <= found.novelty <= 1.0


def test_one_by_one_and_in_a_batch_the_answers_are_the_same(classifier: IntentClassifier) -> None:
    texts = [example.text for example in make_examples(5, seed=3)]
    assert [found.issue_type for found in classifier.classify(texts)] == [
        classifier.classify([text])[0].issue_type for text in texts
    ]


@pytest.mark.parametrize("text", ["", "   ", "\u200b\x00", "\n"])
def test_a_message_with_nothing_to_read_goes_to_review(classifier: IntentClassifier, text: str) -> None:
    (found,) = classifier.classify([text])
    assert (found.decision, found.novelty) == (Decision.REVIEW, 1.0)
    assert found.prediction_set


def test_no_message_gives_no_prediction(classifier: IntentClassifier) -> None:
    assert classifier.classify([]) == []


def test_spelling_that_nobody_sees_changes_nothing(classifier: IntentClassifier) -> None:
    plain, dressed = classifier.classify(["lost my card", " lost\u00a0my\u200b  card\n"])
    assert plain == dressed


def test_personal_data_does_not_reach_the_encoder(word_encoder: WordEncoder) -> None:
    seen: list[str] = []

    class Listening(WordEncoder):
        def encode(self, texts, batch_size=64, progress=None):  # type: ignore[no-untyped-def]
            seen.extend(texts)
            return super().encode(texts, batch_size, progress)

    examples = [Example(f"{example.text} 4111 1111 1111 1111", example.issue_type) for example in make_examples(8)]
    model = train(examples, encoder=Listening(), threads=1)
    model.classify(["lost 5555 5555 5555 4444"])
    model.embed(["lost 5555 5555 5555 4444"])
    assert not [text for text in seen if "4111" in text or "5555" in text]
    assert not [term for weights in model.knowledge.head.terms for term in weights.vocabulary if "4111" in term]


def test_too_few_rows_send_everything_to_review_and_say_so(word_encoder: WordEncoder) -> None:
    examples = [
        Example("lost card gone", "a"),
        Example("card is lost", "a"),
        Example("top up", "b"),
        Example("topup now", "b"),
    ]
    model = train(examples, encoder=word_encoder, threads=1)
    found = model.classify(["lost card"])[0]
    assert found.issue_type == "a"
    assert found.decision is Decision.REVIEW
    assert "everything is reviewed" in model.gate.note
    assert "needs 59" in model.gate.note


@pytest.mark.parametrize("counts", [(1, 1), (2, 1), (1, 30), (3, 3)])
def test_even_a_handful_of_examples_makes_a_model(word_encoder: WordEncoder, counts: tuple[int, int]) -> None:
    words = list(WORDS.values())
    examples = [Example(f"{words[k]} {n}", "ab"[k]) for k, count in enumerate(counts) for n in range(count)]
    model = train(examples, encoder=word_encoder, threads=1)
    assert model.issue_types == ("a", "b")
    assert model.classify([words[0], words[1]])[0].prediction_set


@pytest.mark.parametrize("examples", [[], [Example("hello", "only")] * 5])
def test_fewer_than_two_issue_types_cannot_be_trained(examples: list[Example]) -> None:
    with pytest.raises(TrainingDataError, match="at least two"):
        train(examples, encoder=WordEncoder())


@pytest.mark.parametrize("target", [0.0, 1.0, -0.1])
def test_a_target_outside_its_range_cannot_be_trained(target: float) -> None:
    with pytest.raises(TrainingDataError, match="between 0 and 1"):
        train(make_examples(2), encoder=WordEncoder(), target_error=target)


def test_progress_reaches_the_end_of_each_stage(word_encoder: WordEncoder) -> None:
    calls: list[tuple[int, int, str]] = []
    train(make_examples(6), encoder=word_encoder, progress=lambda *call: calls.append(call), threads=1)
    last = {stage: (done, total) for done, total, stage in calls}
    assert last.keys() == {"encode", "fit", "alerts"}
    assert all(done == total for done, total in last.values())


@given(
    st.lists(
        st.tuples(st.sampled_from(["a card", "A  CARD ", "top up", "rate", "iban", "moved"]), st.sampled_from("xyz"))
    )
)
def test_copies_of_a_message_are_never_in_two_folds(rows: list[tuple[str, str]]) -> None:
    folds = make_folds([Example(*row) for row in rows], 5, 0)
    seen: dict[str, int] = {}
    for (text, _), fold in zip(rows, folds, strict=True):
        assert seen.setdefault(" ".join(text.lower().split()), int(fold)) == fold


def test_folds_are_even_in_every_issue_type() -> None:
    examples = [Example(f"message {n} {name}", name) for name in "abc" for n in range(10)]
    folds = make_folds(examples, 5, 0)
    for name in "abc":
        own = [int(fold) for example, fold in zip(examples, folds, strict=True) if example.issue_type == name]
        assert sorted(own) == sorted([0, 1, 2, 3, 4] * 2)


def test_outside_messages_are_told_apart_and_measured(word_encoder: WordEncoder) -> None:
    outside = [f"zebra{n} quantum{n} giraffe{n} opera{n}" for n in range(30)]
    model = train(make_examples(40), outside=outside, encoder=word_encoder, threads=1)
    report = evaluate(model, make_examples(10, seed=5), [f"whale{n} piano{n} comet{n}" for n in range(30)])
    assert report.novelty is not None
    assert report.novelty.auroc > 0.9
    assert report.novelty.share_to_review >= 0.8
    assert model.record["outside_examples"] == 30


def test_a_report_names_the_confusions_with_their_messages(classifier: IntentClassifier) -> None:
    wrong = [
        Example("lost stolen card wallet", "top_up"),
        Example("lost my card purse", "top_up"),
        Example("top up failed", "new"),
    ]
    report = evaluate(classifier, wrong)
    assert report.accuracy == 0.0
    worst = report.confusions[0]
    assert (worst.issue_type, worst.taken_for, worst.count) == ("top_up", "lost_card", 2)
    assert worst.texts == ("lost stolen card wallet", "lost my card purse")
    assert report.as_dict()["confusions"][0]["count"] == 2


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abcd")), min_size=1, max_size=30))
def test_macro_f1_equals_scikit_learns(pairs: list[tuple[str, str]]) -> None:
    truth, guess = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    assert macro_f1(truth, guess) == pytest.approx(f1_score(truth, guess, average="macro", zero_division=0))


@given(st.lists(st.integers(0, 5), min_size=1, max_size=20), st.lists(st.integers(0, 5), min_size=1, max_size=20))
def test_auroc_equals_scikit_learns(inside: list[int], outside: list[int]) -> None:
    expected = roc_auc_score([0] * len(inside) + [1] * len(outside), [*inside, *outside])
    assert auroc(np.array(inside, float), np.array(outside, float)) == pytest.approx(expected)
