"""Two thousand messages in wording that no rule was developed on: how much is masked, and how much by mistake."""

from collections.abc import Callable

import pytest

from benchmarks.masking.corpus import utterances
from benchmarks.masking.measures import Score, measure, precision, recall
from benchmarks.masking.templates_developed import DEVELOPED
from benchmarks.masking.templates_held_out import HELD_OUT

KINDS = ("card", "iban", "phone", "email")


@pytest.fixture(scope="module")
def score() -> Score:
    return measure(utterances(HELD_OUT, 2_000, seed=0))


@pytest.mark.parametrize("kind", KINDS)
def test_planted_data_is_covered_to_its_last_digit(
    score: Score, kind: str, record_property: Callable[[str, object], None]
) -> None:
    found = recall(score)[kind]
    record_property("told", f"masking, {kind}: recall {found['hits']} of {found['of']}")
    assert found["of"] > 200
    assert found["share"] >= 0.995


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_covered_is_personal(score: Score, kind: str, record_property: Callable[[str, object], None]) -> None:
    found = precision(score)[kind]
    record_property("told", f"masking, {kind}: precision {found['hits']} of {found['of']}")
    assert found["share"] >= 0.98


def test_the_corpus_is_the_same_for_the_same_seed_and_its_truth_is_where_it_says() -> None:
    first, again = (utterances(HELD_OUT, 300, seed=3) for _ in range(2))
    assert first == again != utterances(HELD_OUT, 300, seed=4)
    for utterance in first:
        for item in utterance.items:
            assert utterance.text[item.start : item.end].strip() == utterance.text[item.start : item.end] != ""


def test_no_wording_is_both_held_out_and_developed_on() -> None:
    assert not {template.text for template in HELD_OUT} & {template.text for template in DEVELOPED}
