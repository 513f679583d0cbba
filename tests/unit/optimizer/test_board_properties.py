"""Random events on small floors: the board's plan is worth as much as solving the whole floor anew."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimizer import arcs, array_checks
from optimizer.board import Board, easing, levels, parts, scene, spreading
from optimizer.decision import solve_in_process
from optimizer.errors import SolverLate
from optimizer.matching import match_arrays
from optimizer.parameters import MatchingParameters
from optimizer.problem import ConversationArrays, CopArrays, HandleTimeArrays, IssueTypeArrays
from optimizer.steering import Steering

SLOW = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
N_TYPES, N_SKILLS, N_MARKETS, N_LANGUAGES, N_CHANNELS = 5, 3, 2, 2, 2


def make_floor(rng, n_cops):
    shares = np.array([0.0, 0.1, 0.2, 0.5, 1.0, 1.0])
    cops = CopArrays(
        proficiency=rng.choice(shares, (n_cops, N_SKILLS)),
        language_proficiency=rng.choice(shares, (n_cops, N_LANGUAGES)),
        serves_market=rng.random((n_cops, N_MARKETS)) < 0.8,
        free=rng.integers(0, 3, (n_cops, N_CHANNELS)) * (rng.random((n_cops, N_CHANNELS)) < 0.6),
        load=rng.integers(0, 3, n_cops),
        available=rng.random(n_cops) < 0.9,
        seconds_to_shift_end=rng.choice([np.inf, 30.0, 70.0, 400.0, 5000.0], n_cops),
    )
    types = IssueTypeArrays(rng.integers(0, N_SKILLS, N_TYPES), rng.choice([100.0, 250.0, 700.0], N_TYPES))
    n_facts = int(rng.integers(0, 6))
    facts = HandleTimeArrays(
        rng.integers(0, N_TYPES, n_facts),
        rng.integers(-1, n_cops, n_facts),
        rng.integers(0, 30, n_facts).astype(float),
        rng.uniform(3, 8, n_facts),
        rng.uniform(0, 1, n_facts),
    )
    return cops, types, facts


def make_rows(rng, n, n_cops):
    width = rng.choice([1, 1, 1, 2, 3, 5], n)
    types = [np.sort(rng.choice(N_TYPES, each, replace=False)) for each in width]
    shares = [rng.choice([0.1, 0.25, 0.3, 0.5], each) for each in width]
    declined = [
        np.sort(rng.choice(n_cops, int(rng.choice([0, 0, 0, 1, 2])) % (n_cops + 1), replace=False)) for _ in types
    ]
    return ConversationArrays(
        candidate_start=np.concatenate(([0], np.cumsum(width))).astype(np.int64),
        candidate_type=np.concatenate([*types, np.zeros(0, np.int64)]).astype(np.int64),
        candidate_probability=np.concatenate([*(each / each.sum() for each in shares), np.zeros(0)]),
        market=rng.choice([0, 0, 1], n),
        language=rng.choice([0, 0, 1], n),
        channel=rng.choice([0, 0, 1], n),
        priority=rng.integers(1, 6, n),
        waiting_seconds=rng.choice([0.0, 1.0, 29.99, 60.0, 400.0, 9000.0], n),
        target_seconds=rng.choice([30.0, 60.0, 900.0], n),
        vulnerable=rng.random(n) < 0.2,
        fraud=rng.random(n) < 0.2,
        last_cop=rng.integers(-1, n_cops, n),
        exclusion_start=np.concatenate(([0], np.cumsum([len(each) for each in declined]))).astype(np.int64),
        excluded_cop=np.concatenate([*declined, np.zeros(0, np.int64)]).astype(np.int64),
    )


def make_parameters(rng):
    return MatchingParameters(
        time_limit_seconds=60,
        answer_value_seconds=float(rng.choice([600.0, 100.0, 0.0])),
        load_weight_seconds=float(rng.choice([0.0, 30.0, 333.333, 5000.0])),
        affinity_bonus_seconds=float(rng.choice([700.0, 90.0, 0.0])),
        proficiency_weight=float(rng.choice([0.0, 1.0, 10.0])),
        min_covered_probability=float(rng.choice([0.3, 0.5, 1.0])),
    )


class Story:
    """A board under random events, from one seed."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.n_cops = int(self.rng.integers(1, 7))
        cops, types, facts = make_floor(self.rng, self.n_cops)
        self.board = Board(cops, types, facts, make_parameters(self.rng))
        self.now, self.next_id = 0.0, 0

    def arrive(self):
        n = int(self.rng.integers(0, 25))
        ids = self.next_id + self.rng.permutation(n)
        self.next_id += n
        assert self.board.arrive(ids, make_rows(self.rng, n, self.n_cops), self.now) == ()

    def leave(self):
        self.board.leave(np.unique(self.rng.integers(0, self.next_id + 2, 5)))

    def staff(self):
        rng, some = self.rng, self.rng.integers(0, self.n_cops, 2)
        self.board.set_free(some, rng.integers(0, N_CHANNELS, 2), rng.integers(0, 3, 2))
        self.board.set_load(some, rng.integers(0, 4, 2))
        self.board.set_available(some[:1], rng.random(1) < 0.8)
        self.board.set_shift_end(some[1:], rng.choice([30.0, 600.0, np.inf], 1), self.now)

    def learn(self):
        self.board.learn(make_floor(self.rng, self.n_cops)[2])

    def steer(self):
        rng = self.rng
        self.board.steer(
            Steering(
                cop_price=rng.uniform(0.5, 6.0, self.n_cops),
                cheapest=rng.uniform(50.0, 900.0, (N_TYPES, N_MARKETS, N_LANGUAGES)),
                occupancy=float(rng.uniform(0.5, 1.0)),
                trust=float(rng.choice([0.0, 0.5, 1.0])),
                seconds_between=rng.choice([np.nan, 0.0, 5.0, 300.0], (N_TYPES, N_MARKETS, N_LANGUAGES)),
            )
        )
        self.keep()

    def keep(self):
        self.board.keep(self.rng.choice([0.0, 20.0, 900.0], self.n_cops))

    def commit(self):
        assert self.board.commit(self.board.plan(self.now)) == ()

    def step(self):
        self.now += float(self.rng.choice([0.0, 0.25, 17.0, 300.0]))
        event = self.rng.choice(["arrive", "arrive", "leave", "staff", "staff", "learn", "steer", "commit"])
        getattr(self, event)()


@pytest.fixture(params=["as in service", "as if the floor were big"], autouse=True)
def sized(request, monkeypatch):
    """The shortcuts for big floors are taken on small ones too, so that every one of them is tried."""
    if request.param == "as if the floor were big":
        for module, name, value in (
            (scene, "ALL_NEAR", 0),
            (scene, "ODD_NEAR", 1),
            (levels, "SAMPLED", 3),
            (levels, "MOST_WEIGHED", 2),
            (easing, "WORTH_EASING", 0),
            (easing, "WIDTH", 1),
            (parts, "FIRST_ARCS", 1),
            (parts, "FEW_SLOTS", 2),
            (parts, "WHOLE_FROM", 0),
            (parts, "CLOSEST", 1),
            (parts, "CUT_FROM", 0),
            (parts, "MOST_JOINING", 1),
            (parts, "MOST_SETTLED", 1),
            (parts, "MOST_JUDGED", 3),
            (spreading, "MANY_PAIRS", 0),
            (arcs, "MANY_CELLS", 0),
        ):
            monkeypatch.setattr(module, name, value)


def told(seed, n_steps):
    """A story after some events."""
    story = Story(seed)
    story.arrive()
    for _ in range(n_steps):
        story.step()
    return story


@SLOW
@given(st.integers(0, 2**32), st.integers(1, 20))
def test_the_plan_is_worth_as_much_as_solving_the_whole_floor_anew(seed, n_steps):
    story = told(seed, n_steps)
    problem, plan = story.board.problem(story.now), story.board.plan(story.now)
    whole = match_arrays(problem)
    assert (plan.fallback, plan.fallback_detail, plan.gap) == (None, "", 0)
    assert plan.objective == whole.decision.objective == plan.value.sum()


@SLOW
@given(st.integers(0, 2**32), st.integers(1, 20))
def test_the_plan_passes_the_check_of_a_snapshot(seed, n_steps):
    story = told(seed, n_steps)
    plan, everyone = story.board.plan(story.now), story.board.problem(story.now)
    problem = story.board.problem(story.now, plan.ids)
    assert array_checks.findings(problem, plan.cops, plan.objective, plan.released) == []
    position = {each: at for at, each in enumerate(story.board.ids().tolist())}
    cop_of = np.full(story.board.waiting, -1, np.int64)
    cop_of[[position[each] for each in plan.ids.tolist()]] = plan.cops
    assert array_checks.held_too_long(everyone, cop_of) == []


@SLOW
@given(st.integers(0, 2**32), st.integers(1, 20))
def test_planning_changes_nothing_and_a_failing_solver_leaves_a_bound(seed, n_steps):
    story = told(seed, n_steps)
    best = story.board.plan(story.now)
    story.board.solver = refusing
    greedy = story.board.plan(story.now)
    story.board.solver = solve_in_process
    again = story.board.plan(story.now)
    assert greedy.objective <= best.objective <= greedy.objective + greedy.gap
    assert (again.ids.tolist(), again.cops.tolist()) == (best.ids.tolist(), best.cops.tolist())


def refusing(network, time_limit_seconds):
    raise SolverLate("too slow")


@SLOW
@given(st.integers(0, 2**32), st.integers(1, 20))
def test_a_committed_plan_leaves_nothing_worth_doing(seed, n_steps):
    story = told(seed, n_steps)
    board = story.board
    before, load, plan = board.waiting, board.staff.load.sum(), board.plan(story.now)
    assert board.commit(plan) == ()
    assert board.waiting == before - len(plan)
    assert board.staff.load.sum() == load + len(plan)
    assert len(board.plan(story.now)) == 0
    assert len(board.commit(plan)) == len(plan)


def test_somebody_known_to_the_only_free_cop_counts_however_far_from_the_most_urgent(monkeypatch):
    monkeypatch.setattr(scene, "ALL_NEAR", 0)
    monkeypatch.setattr(scene, "ODD_NEAR", 1)
    able = CopArrays(
        proficiency=np.ones((1, 1)),
        language_proficiency=np.ones((1, 1)),
        serves_market=np.ones((1, 1), np.bool_),
        free=np.ones((1, 1), np.int64),
        load=np.zeros(1, np.int64),
        available=np.ones(1, np.bool_),
        seconds_to_shift_end=np.full(1, np.inf),
    )
    two, none, nothing = np.zeros(2, np.int64), np.zeros(0, np.int64), np.zeros(0)
    facts = HandleTimeArrays(none, none, nothing, nothing, nothing)
    types, parameters = IssueTypeArrays(two, np.array([300.0, 300.0])), MatchingParameters(affinity_bonus_seconds=700)
    board = Board(able, types, facts, parameters)
    rows = ConversationArrays(
        candidate_start=np.array([0, 2, 4]),
        candidate_type=np.array([0, 1, 0, 1]),
        candidate_probability=np.array([0.5, 0.5, 0.4, 0.6]),
        market=two,
        language=two,
        channel=two,
        priority=np.array([5, 5]),
        waiting_seconds=np.array([60.0, 0.0]),
        target_seconds=np.array([60.0, 60.0]),
        vulnerable=np.zeros(2, np.bool_),
        fraud=np.zeros(2, np.bool_),
        last_cop=np.array([-1, 0]),
        exclusion_start=np.zeros(3, np.int64),
        excluded_cop=none,
    )
    assert board.arrive(np.array([1, 2]), rows, 0.0) == ()
    assert board.plan(0.0).ids.tolist() == [2]
