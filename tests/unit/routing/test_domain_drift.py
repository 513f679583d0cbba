"""Drift: what moves a measure, and what is too little, or too much like chance, to raise an alarm."""

from random import Random

import pytest

from routing.domain.drift import (
    Cloud,
    DriftReference,
    DriftRules,
    Histogram,
    Measured,
    displacement,
    histogram,
    overrides,
    stability,
    stability_index,
)

RULES = DriftRules()
EVEN = histogram([place / 1_000 for place in range(1_000)])


def reference(reviewed: int = 100, overruled: int = 30) -> DriftReference:
    return DriftReference(EVEN, EVEN, reviewed, overruled)


def draws(count: int, power: float = 1.0) -> list[float]:
    """Between 0 and 1; with a power above 1 the small values are more frequent."""
    random = Random(7)
    return [random.random() ** power for _ in range(count)]


def test_bins_hold_about_the_same_number_and_every_value_has_one():
    assert EVEN.counts == (100,) * 10
    assert EVEN.of([-5.0, 0.05, 0.95, 7.0]).counts == (2, 0, 0, 0, 0, 0, 0, 0, 0, 2)


def test_equal_values_share_a_bin():
    assert histogram([0.5] * 50) == Histogram((0.5,), (0, 50))


def test_the_index_of_the_same_shares_is_nought():
    assert stability_index(EVEN, EVEN) == pytest.approx(0.0)


def test_other_values_of_the_same_kind_raise_no_alarm():
    found = stability(Measured.NOVELTY, EVEN, draws(500), RULES)
    assert found.value is not None and found.value < 0.1
    assert not found.alarm


def test_values_of_another_kind_raise_one():
    found = stability(Measured.NOVELTY, EVEN, draws(500, power=3.0), RULES)
    assert found.alarm
    assert found.detail.startswith("stability index")


def test_a_large_index_of_few_messages_may_be_chance():
    rules = DriftRules(least_rows=10)
    found = stability(Measured.CONFIDENCE, EVEN, [0.1, 0.2, 0.2, 0.4, 0.4, 0.6, 0.7, 0.8, 0.8, 0.9, 0.9, 0.9], rules)
    assert found.value is not None and found.value > rules.stability_limit
    assert not found.alarm


@pytest.mark.parametrize("rows", [0, 99])
def test_too_few_messages_are_told_and_no_alarm(rows: int):
    found = stability(Measured.CONFIDENCE, EVEN, draws(rows), RULES)
    assert (found.value, found.alarm, found.rows) == (None, False, rows)
    assert "100 are needed" in found.detail


def cloud(rows: int, *mean: float) -> Cloud:
    return Cloud(rows, mean, 1.0, 50.0)


def test_means_that_differ_by_what_sampling_gives_have_not_moved():
    found = displacement(cloud(400, 0.0, 0.0), cloud(200, 0.05, 0.05), RULES)
    assert found.value == 0.0
    assert not found.alarm


def test_means_far_apart_have():
    found = displacement(cloud(400, 0.0, 0.0), cloud(200, 0.5, 0.0), RULES)
    assert found.value == pytest.approx(0.25 - 1 / 400 - 1 / 200)
    assert found.alarm


@pytest.mark.parametrize(("known", "seen"), [(None, cloud(200, 0.0)), (cloud(200, 0.0), None)])
def test_inputs_without_one_side_are_not_measured(known: Cloud | None, seen: Cloud | None):
    assert displacement(known, seen, RULES).value is None


@pytest.mark.parametrize(("overruled", "alarm"), [(30, False), (45, False), (60, True)])
def test_overrides_alarm_when_their_interval_lies_above_the_references(overruled: int, alarm: bool):
    found = overrides(reference(), overruled, 100, RULES)
    assert found.value == overruled / 100
    assert found.alarm is alarm


@pytest.mark.parametrize(("verdicts", "reviewed"), [(24, 100), (100, 24), (0, 0)])
def test_few_verdicts_say_nothing(verdicts: int, reviewed: int):
    found = overrides(reference(reviewed, reviewed), verdicts, verdicts, RULES)
    assert (found.value, found.alarm) == (None, False)
