"""The starter pack keeps its promises: faultless, large enough, honest."""

import re
from collections import Counter

import pytest

from routing.adapters.pack import STARTER_FOLDER, check_path, load_pack
from routing.domain.pack import Pack


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack()


def test_it_has_no_errors_and_no_warnings() -> None:
    result = check_path(STARTER_FOLDER)
    assert (result.errors, result.warnings) == ([], [])


def test_it_knows_at_least_60_issue_types_in_at_least_10_families(pack: Pack) -> None:
    assert len(pack.taxonomy.issue_types) >= 60
    assert len({issue_type.family for issue_type in pack.taxonomy.issue_types.values()}) >= 10


def test_each_issue_type_has_20_examples_and_5_more_that_are_held_out(pack: Pack) -> None:
    learnt = Counter(key for _, key in pack.training_examples)
    held_out = Counter(key for _, key in pack.held_out_examples)
    assert {key for key in pack.taxonomy.keys if learnt[key] < 20 or held_out[key] < 5} == set()


def test_it_has_at_least_200_messages_outside_the_taxonomy(pack: Pack) -> None:
    assert len({*pack.outside_calibration, *pack.outside_held_out}) >= 200


def test_it_has_40_cops(pack: Pack) -> None:
    assert len(pack.roster) == 40


def test_fraud_and_vulnerability_are_urgent(pack: Pack) -> None:
    urgent = [t for t in pack.taxonomy.issue_types.values() if t.never_waits]
    assert urgent
    assert [t.key for t in urgent if t.priority > 2] == []


def test_held_out_messages_are_no_near_duplicates_of_examples(pack: Pack) -> None:
    learnt = [(tokens(text), text) for text, _ in pack.training_examples]
    near = [
        (text, other)
        for text, words in ((text, tokens(text)) for text, _ in pack.held_out_examples)
        for other_words, other in learnt
        if len(words & other_words) > 0.7 * len(words | other_words)
    ]
    assert near == []


def tokens(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.casefold()))
