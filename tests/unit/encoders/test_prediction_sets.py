import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from encoders.calibration import softmax
from encoders.prediction_sets import SetRule, Source, coverage_by_type, fit_set_rule

SIX = hnp.arrays(np.float64, (40, 6), elements=st.floats(0.001, 1.0))


def draw(generator: np.random.Generator, rows: int, types: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """A model that is right about its chances; the first type is the hardest to tell."""
    spread = np.linspace(0.5, 4.0, types)
    labels = generator.integers(0, types, rows)
    scores = generator.normal(size=(rows, types)) + spread[labels][:, None] * np.eye(types)[labels]
    return softmax(2 * scores), labels


@given(SIX, st.lists(st.integers(0, 5), min_size=40, max_size=40))
def test_a_set_is_never_empty_starts_with_the_likeliest_and_falls(weights: np.ndarray, labels: list[int]) -> None:
    probabilities = weights / weights.sum(axis=1, keepdims=True)
    rule = fit_set_rule(probabilities, np.array(labels), coverage=0.8)
    for row, kept in zip(probabilities, rule.sets(probabilities), strict=True):
        members = rule.members(row)
        assert row[members[0]] == row.max()
        assert list(row[members]) == sorted(row[members], reverse=True)
        assert set(members) | {row.argmax()} == set(np.flatnonzero(kept)) | {members[0]}


def test_each_type_is_covered_as_promised_also_the_hard_one() -> None:
    generator, found = np.random.default_rng(5), []
    for _ in range(40):
        rule = fit_set_rule(*draw(generator, 1_200))
        found.append([each.share for each in coverage_by_type(rule, *draw(generator, 2_000))])
    assert (np.mean(found, axis=0) > 0.94).all()
    alike = [row for row in rule.sources if row is not Source.OWN]
    assert alike == []


def test_one_threshold_for_all_would_leave_the_hard_type_out() -> None:
    generator = np.random.default_rng(6)
    rule = fit_set_rule(*draw(generator, 4_000))
    same = SetRule(rule.coverage, rule.general, (rule.general,) * 8, rule.sources, rule.rows)
    new = draw(generator, 8_000)
    hardest = [coverage_by_type(each, *new)[0].share for each in (same, rule)]
    assert hardest[0] < 0.9
    assert hardest[1] > 0.93


def test_types_with_few_rows_share_a_threshold_with_types_as_hard_and_the_promise_holds_in_the_group() -> None:
    generator, covered, rows = np.random.default_rng(7), 0, 0
    for _ in range(60):
        rule = fit_set_rule(*draw(generator, 320))
        assert set(rule.sources) == {Source.GROUP}
        for each in coverage_by_type(rule, *draw(generator, 800)):
            covered, rows = covered + each.covered, rows + each.rows
    assert 0.94 < covered / rows < 0.985


def test_a_type_without_rows_takes_the_threshold_of_all_and_says_so() -> None:
    probabilities, labels = draw(np.random.default_rng(8), 900)
    kept = labels != 3
    rule = fit_set_rule(probabilities[kept], labels[kept])
    assert rule.sources[3] is Source.ALL
    assert rule.thresholds[3] == rule.general
    assert rule.sources[0] is Source.OWN
    assert coverage_by_type(rule, probabilities[kept], labels[kept])[3].share is None


def test_too_few_rows_rule_no_type_out() -> None:
    rule = fit_set_rule(np.full((18, 3), 1 / 3), np.zeros(18, dtype=np.int64))
    assert len(rule.members(np.array([0.9, 0.1, 0.0]))) == 3


def test_without_rows_every_type_stays() -> None:
    rule = fit_set_rule(np.zeros((0, 4)), np.zeros(0, dtype=np.int64))
    assert list(rule.members(np.array([0.1, 0.2, 0.3, 0.4]))) == [3, 2, 1, 0]


def test_it_survives_json() -> None:
    rule = fit_set_rule(*draw(np.random.default_rng(9), 900))
    assert SetRule.from_dict(json.loads(json.dumps(rule.as_dict()))) == rule


def test_another_list_of_types_keeps_the_rules_of_those_that_stay() -> None:
    rule = fit_set_rule(*draw(np.random.default_rng(9), 900))
    changed = rule.for_types([7, None, 0])
    assert changed.thresholds == (rule.thresholds[7], rule.general, rule.thresholds[0])
    assert changed.sources[1] is Source.ALL


@pytest.mark.parametrize("coverage", [0.8, 0.9])
def test_more_coverage_makes_larger_sets(coverage: float) -> None:
    data = draw(np.random.default_rng(10), 2_000)
    smaller, larger = (fit_set_rule(*data, coverage=each) for each in (coverage, 0.95))
    assert smaller.sets(data[0]).sum() < larger.sets(data[0]).sum()
