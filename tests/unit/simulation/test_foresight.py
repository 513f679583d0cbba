"""The next 15 minutes of a floor: what a change does to them, over the same draws."""

import json
from dataclasses import replace

import pytest

from routing.domain.errors import Unavailable
from routing.domain.outlook import HORIZON_SECONDS, Customer, Deciders, Expected, FloorNow, Outlook, Worker
from simulation.foresight import foresee
from simulation.questions import FloorSimulator

CARD = Customer("lost", "uk", "en", 3, 300.0)
ADA = Worker({"cards": 0.9}, ("uk",), ("en",), 1, 0, None, False)
FLOOR = FloorNow(
    issue_types={"lost": ("cards", 300.0), "limit": ("limits", 300.0)},
    waiting=(CARD,) * 6,
    arriving=(CARD, replace(CARD, issue_type="limit")),
    per_second=0.02,
    workers=(ADA, replace(ADA, skills={"limits": 0.9})),
    patience_seconds=600.0,
    deciders=Deciders(1, 20.0, 60.0),
    told=("uk",),
)


def figures(before: FloorNow, after: FloorNow) -> dict[str, Expected]:
    found = foresee(before, after)
    assert (found.policy, found.runs) == ("gcmu", 5)
    return {each.name: each for each in found.figures}


def test_a_change_that_changes_nothing_makes_no_difference_at_all() -> None:
    for each in figures(FLOOR, FLOOR).values():
        assert each.before == each.after
        assert (each.difference.mean, each.difference.low, each.difference.high) == (0.0, 0.0, 0.0)


def test_more_hands_mean_shorter_waits_and_fewer_who_leave() -> None:
    found = figures(FLOOR, replace(FLOOR, workers=(*FLOOR.workers, ADA, ADA, ADA)))
    assert found["wait_seconds"].difference.is_clear and found["wait_seconds"].difference.mean < 0
    assert found["left"].after.mean < found["left"].before.mean


def test_whoever_is_moved_serves_the_other_skill() -> None:
    calm = replace(FLOOR, per_second=0.0, patience_seconds=None)
    moved = replace(calm, workers=(ADA, ADA))
    assert figures(calm, moved)["wait_seconds"].difference.mean < 0


def test_work_under_way_keeps_slots_until_it_is_over() -> None:
    calm = replace(FLOOR, per_second=0.0, patience_seconds=None, waiting=(CARD,), workers=(ADA,))
    found = figures(calm, replace(calm, workers=(replace(ADA, held=1),)))
    assert found["wait_seconds"].before.mean == 0.0
    assert 0 < found["wait_seconds"].after.mean <= HORIZON_SECONDS


def test_where_nobody_works_everybody_waits_and_each_is_late_once_their_time_is_over() -> None:
    nobody = replace(FLOOR, per_second=0.0, patience_seconds=None, workers=())
    long_late = replace(CARD, waited_seconds=400.0)
    found = figures(nobody, replace(nobody, waiting=(*nobody.waiting, long_late)))
    assert found["wait_seconds"].before.mean == HORIZON_SECONDS
    assert (found["late"].before.mean, found["late"].after.mean) == (6.0, 6.0)


def test_who_leaves_work_soon_takes_nothing_afterwards() -> None:
    calm = replace(FLOOR, per_second=0.0, patience_seconds=None, waiting=(CARD,) * 3, workers=(ADA,))
    going = replace(calm, workers=(replace(ADA, leaves_in_seconds=1.0),))
    assert figures(calm, going)["wait_seconds"].difference.mean > 0


def test_whoever_is_asked_about_first_waits_for_people_or_their_deadline() -> None:
    calm = replace(FLOOR, per_second=0.0, patience_seconds=None, waiting=(CARD,), workers=(ADA,))
    slow = replace(calm, waiting=(replace(CARD, asked=True),), deciders=Deciders(0, None, 60.0))
    assert figures(calm, slow)["wait_seconds"].after.mean == pytest.approx(60.0, abs=1.0)


def test_figures_are_of_the_markets_that_are_told_of() -> None:
    other = replace(CARD, market="ie")
    nobody = replace(FLOOR, per_second=0.0, patience_seconds=None, workers=())
    both = replace(nobody, waiting=(CARD, other, other))
    assert figures(both, replace(both, told=("ie",)))["late"].after.mean == 2.0
    assert figures(both, replace(both, told=()))["late"].after.mean == 0.0


def test_floors_and_outlooks_cross_to_the_process_that_simulates_and_back_as_they_are() -> None:
    assert FloorNow.of(json.loads(json.dumps(FLOOR.as_dict()))) == FLOOR
    found = foresee(FLOOR, FLOOR)
    assert Outlook.of(json.loads(json.dumps(found.as_dict()))) == found


def test_an_answer_that_does_not_come_in_time_is_said_to_be_late_and_the_next_may_be_asked() -> None:
    simulator = FloorSimulator()
    for _ in range(2):
        with pytest.raises(Unavailable, match="takes longer than 0 seconds"):
            simulator.foresee(FLOOR, FLOOR, 0.0)
