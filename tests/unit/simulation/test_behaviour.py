"""The simulated people: reproducible, within the scenario, on messages nobody trained on."""

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.adapters.pack import load_pack
from routing.domain.errors import Invalid
from routing.domain.pack import Pack
from simulation.behaviour import Answer, People
from simulation.scenario import SCENARIOS, Scenario, read_scenario


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack(None)


@pytest.fixture
def scenario() -> Scenario:
    return read_scenario(SCENARIOS / "demo.toml")


def test_the_same_seed_draws_the_same_people(pack: Pack, scenario: Scenario):
    one, other = (People(pack, scenario, random.Random(3)) for _ in range(2))
    assert [one.need() for _ in range(20)] == [other.need() for _ in range(20)]


def test_customers_only_write_what_was_never_trained_on(pack: Pack, scenario: Scenario):
    trained = {text for text, _ in pack.training_examples} | set(pack.outside_calibration)
    people = People(pack, scenario, random.Random(1))
    assert not {people.need().text for _ in range(500)} & trained


def test_customers_write_about_each_family_as_often_as_the_scenario_says(pack: Pack, scenario: Scenario):
    people = People(pack, replace(scenario, families={"cards": 10.0, "care": 0.0}, outside_share=0.0), random.Random(2))
    drawn = Counter(pack.taxonomy.get(people.need().issue_type).family for _ in range(4_600))
    others = len(pack.taxonomy.families) - 2
    assert drawn["care"] == 0
    assert drawn["cards"] / 4_600 == pytest.approx(10 / (10 + others), abs=0.03)


@pytest.mark.parametrize(("hour", "share"), [(11, 1.0), (3, 0.1)])
def test_arrivals_come_at_the_rate_of_the_hour(pack: Pack, scenario: Scenario, hour: int, share: float):
    people = People(pack, scenario, random.Random(1))
    at = datetime(2026, 1, 14, hour, 30, tzinfo=UTC)
    mean = sum(people.gap_seconds(at) for _ in range(4_000)) / 4_000
    assert mean == pytest.approx(60 / (share * scenario.arrivals_per_minute), rel=0.1)


def test_managers_decide_the_share_of_reviews_that_the_scenario_says(pack: Pack, scenario: Scenario):
    people = People(pack, scenario, random.Random(1))
    delays = [people.review_delay_seconds() for _ in range(4_000)]
    decided = [delay for delay in delays if delay is not None]
    low, high = scenario.review_delay_seconds
    assert len(decided) / 4_000 == pytest.approx(scenario.review_share, rel=0.1)
    assert all(low <= delay <= high for delay in decided)


def test_answers_follow_the_scenarios_shares(pack: Pack, scenario: Scenario):
    people = People(pack, replace(scenario, decline_share=0.3, ignore_share=0.2), random.Random(5))
    answers = [people.answer()[0] for _ in range(4_000)]
    assert answers.count(Answer.DECLINE) / 4_000 == pytest.approx(0.3, abs=0.03)
    assert answers.count(Answer.IGNORE) / 4_000 == pytest.approx(0.2, abs=0.03)


def test_handle_times_average_to_the_issue_types_mean_at_the_cops_pace(pack: Pack, scenario: Scenario):
    people = People(pack, scenario, random.Random(5))
    key, issue_type = next(iter(pack.taxonomy.issue_types.items()))
    times = [people.handle_time_seconds(key, "amara") for _ in range(5_000)]
    assert sum(times) / 5_000 == pytest.approx(issue_type.handle_time_seconds * people.pace("amara"), rel=0.05)


@settings(max_examples=25)
@given(st.text(min_size=1, max_size=40))
def test_every_cops_pace_lies_within_the_scenario(cop_id: str):
    scenario = read_scenario(SCENARIOS / "demo.toml")
    low, high = scenario.cop_pace
    assert low <= People(load_pack(None), scenario, random.Random(1)).pace(cop_id) <= high


@pytest.mark.parametrize(
    ("name", "value"),
    [("decline_share", 1.5), ("arrivals_per_minute", 0), ("cop_pace", (2.0, 1.0)), ("channels", {})],
)
def test_a_scenario_out_of_range_names_the_place(scenario: Scenario, name: str, value: object):
    with pytest.raises(Invalid, match=name):
        replace(scenario, **{name: value})
