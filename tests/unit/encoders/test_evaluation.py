"""What an evaluation says beyond one number: slices, types, and messages the model had seen."""

import json

import numpy as np
import pytest
from small_bank import WordEncoder, make_examples

from encoders.classifier import IntentClassifier
from encoders.training import Example, evaluate, train
from encoders.training.hygiene import few_examples, leaked, message_hashes, no_signal
from encoders.training.learning_curve import learning_curve
from encoders.training.outcomes import Outcomes, held_out_outcomes
from encoders.training.slices import Held, class_rows, kept, length_of, slice_rows


def outcomes(truth: str, predicted: str, auto: str, **slices: list[str]) -> Outcomes:
    """One row a letter; `auto`: y or n."""
    rows = len(truth)
    return Outcomes(
        texts=("some words",) * rows,
        truth=tuple(truth),
        predicted=tuple(predicted),
        confidence=np.linspace(0.9, 0.5, rows),
        novelty=np.zeros(rows),
        novel=np.zeros(rows, dtype=bool),
        auto=np.array([letter == "y" for letter in auto]),
        covered=np.ones(rows, dtype=bool),
        set_size=np.ones(rows, dtype=np.int64),
        slices=slices,
    )


def test_each_slice_has_its_own_accuracy_and_error_and_unknown_rows_are_in_none() -> None:
    table = outcomes("aabbb", "aabab", "yyyyn", market=["uk", "uk", "ie", "ie", ""])
    rows = {row.name: row for row in slice_rows(table, 0.05) if row.dimension == "market"}
    assert (rows["uk"].rows, rows["uk"].accuracy, rows["uk"].error_auto) == (2, 1.0, 0.0)
    assert (rows["ie"].rows, rows["ie"].accuracy, rows["ie"].error_auto) == (2, 0.5, 0.5)
    assert set(rows) == {"uk", "ie"}


@pytest.mark.parametrize(
    ("wrong", "decided", "held"),
    [(0, 0, Held.NOTHING), (1, 20, Held.YES), (2, 20, Held.NOISE), (40, 200, Held.NO)],
)
def test_a_target_is_broken_only_where_chance_does_not_explain_it(wrong: int, decided: int, held: Held) -> None:
    assert kept(wrong, decided, 0.05) is held


def test_every_issue_type_has_its_row_and_the_least_found_comes_first() -> None:
    rows = {row.issue_type: row for row in class_rows(outcomes("aaab", "aabc", "yyyn"))}
    assert list(rows) == ["b", "a", "c"]
    assert (rows["a"].recall, rows["a"].precision) == (pytest.approx(2 / 3), 1.0)
    assert (rows["b"].recall, rows["b"].precision, rows["b"].error_auto) == (0.0, 0.0, 1.0)
    assert (rows["c"].rows, rows["c"].recall, rows["c"].precision) == (0, None, 0.0)


def test_lengths_are_bands_of_words() -> None:
    assert [length_of(text) for text in ("", "one two", "w " * 9, "w " * 21)] == [
        "",
        "up to 8 words",
        "9 to 20 words",
        "over 20 words",
    ]


def test_messages_of_the_training_data_are_counted_and_left_out(classifier: IntentClassifier) -> None:
    taught, fresh = make_examples(40), make_examples(10, seed=77)
    seen = Example(f"  {taught[0].text.upper()} ", "no_such_type")
    report = evaluate(classifier, [seen, *fresh])
    assert report.seen_in_training is not None
    assert report.seen_in_training.rows == 1
    right = report.accuracy * report.rows / len(fresh)
    assert report.seen_in_training.accuracy_without == pytest.approx(right)


def test_only_messages_it_knows_leave_nothing_to_measure(classifier: IntentClassifier) -> None:
    report = evaluate(classifier, make_examples(40)[:5])
    assert report.seen_in_training is not None
    assert (report.seen_in_training.rows, report.seen_in_training.accuracy_without) == (5, None)


def test_a_model_still_knows_its_messages_after_loading(classifier: IntentClassifier, tmp_path) -> None:  # type: ignore[no-untyped-def]
    classifier.save(tmp_path / "model")
    loaded = IntentClassifier.load(tmp_path / "model", encoder=WordEncoder())
    assert loaded.knowledge.message_hashes.tolist() == classifier.knowledge.message_hashes.tolist()
    assert len(loaded.knowledge.message_hashes) == len(make_examples(40))


def test_hashes_are_equal_for_copies_and_differ_between_models() -> None:
    one, copy, other = message_hashes(["Lost card", " lost  CARD", "found \ud800"], "digest")
    assert one == copy != other
    assert message_hashes(["Lost card"], "another digest")[0] != one
    assert message_hashes([], "digest").shape == (0,)


def test_out_of_fold_rows_are_those_training_kept_with_their_own_texts(classifier: IntentClassifier) -> None:
    examples = make_examples(40)
    found = held_out_outcomes(classifier, examples)
    assert found is not None
    assert np.array_equal(found.correct, classifier.knowledge.held_out.correct)
    assert sorted(zip(found.texts, found.truth, strict=True)) == sorted(
        (example.text, example.issue_type) for example in examples
    )
    assert found.auto.mean() == pytest.approx(classifier.gate.share_auto)


def test_other_examples_than_those_of_training_lend_no_texts(classifier: IntentClassifier) -> None:
    found = held_out_outcomes(classifier, make_examples(7))
    assert found is not None
    assert set(found.texts) == {""}


def test_every_figure_fits_into_json(classifier: IntentClassifier) -> None:
    examples = make_examples(5, seed=3)
    report = evaluate(classifier, examples, ["zebra crossing"], {"market": ["uk"] * len(examples)})
    found = json.loads(json.dumps(report.as_dict()))
    assert set(found["coverage_at_error"]) == {"0.01", "0.02", "0.05"}
    assert found["curve"][-1]["share"] == 1.0
    assert {row["dimension"] for row in found["slices"]} >= {"market", "length"}
    assert sum(row["rows"] for row in found["classes"]) == len(examples)
    assert sum(found["novelty_histogram"]["outside"]) == 1


def test_confusions_show_masked_messages(classifier: IntentClassifier) -> None:
    report = evaluate(classifier, [Example("lost card 4111 1111 1111 1111", "address")])
    assert report.confusions[0].texts == ("lost card [CARD]",)


def test_accuracy_grows_with_the_examples_and_the_points_say_how_many() -> None:
    examples = make_examples(60, seed=4)
    vectors = WordEncoder().encode([example.text for example in examples])
    names = sorted({example.issue_type for example in examples})
    labels = np.array([names.index(example.issue_type) for example in examples])
    points = learning_curve(vectors, labels, seed=0)
    assert [point.share for point in points] == [0.1, 0.25, 0.5, 1.0]
    assert points[-1].per_type == 48
    assert points[-1].accuracy > points[0].accuracy
    assert learning_curve(vectors[:8], labels[:8], seed=0) == ()


def test_labels_without_signal_are_told_from_labels_with_it() -> None:
    labels = ["a"] * 50 + ["b"] * 50
    (warning,) = no_signal(52, 100, labels)
    assert warning.startswith("labels carry no signal: held-out accuracy 52.0%")
    assert "50.0%" in warning
    assert no_signal(90, 100, labels) == ()
    assert no_signal(0, 0, labels) == ()


def test_types_with_few_examples_are_named() -> None:
    (warning,) = few_examples([Example("one", "rare"), *(Example(str(n), "common") for n in range(9))])
    assert warning == "1 issue type has fewer than 5 examples: rare (1)"


def test_training_on_what_the_pack_holds_out_is_noticed() -> None:
    (warning,) = leaked([Example("Lost CARD", "a"), Example("new", "a")], [("lost card", "a"), ("top up", "b")])
    assert warning.startswith("1 training message is also held out in the pack")


def test_labels_drawn_by_chance_send_everything_to_people(word_encoder: WordEncoder) -> None:
    examples = make_examples(25)
    names = [example.issue_type for example in examples]
    shuffled = np.random.default_rng(1).permutation(names)
    noise = [Example(example.text, str(label)) for example, label in zip(examples, shuffled, strict=True)]
    model = train(noise, encoder=word_encoder, threads=1)
    assert "everything is reviewed" in model.gate.note
    found = held_out_outcomes(model, noise)
    assert found is not None
    assert no_signal(int(found.correct.sum()), len(found.truth), names)
