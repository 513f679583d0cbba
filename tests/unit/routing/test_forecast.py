"""Predicted breaches, by arithmetic that a reader can follow and against a line that is served customer by customer."""

import heapq

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.domain.forecast import HORIZON_SECONDS, Crew, Hands, Line, predicted_breaches, shared

CARDS, LOANS = ("uk", "cards"), ("uk", "loans")


def line(*slacks: float, arrivals_per_minute: float = 0, target: float = 300, handle: float = 300) -> Line:
    return Line(slacks, arrivals_per_minute / 60, target, handle)


@pytest.mark.parametrize(
    ("asked", "hands", "late"),
    [
        (line(), Hands(0, 0), 0),
        (line(100), Hands(0, 0), 1),  # nobody works
        (line(100), Hands(1, 1), 0),  # a free slot takes it at once
        (line(100, 200), Hands(1, 1), 1),  # the second is answered after 300 s, with 200 left
        (line(100, 300), Hands(1, 1), 0),  # just in time
        (line(-5, -1), Hands(0, 0), 0),  # late already: told elsewhere
        (line(-5, 100), Hands(1, 1), 1),  # who is late goes first all the same
        (line(1_000), Hands(0, 0), 0),  # beyond the next quarter of an hour
        (line(250, 250, 250), Hands(3, 0), 1),  # answered after 100, 200 and 300 s
        (line(arrivals_per_minute=1), Hands(0, 0), 10),  # those of the next 10 minutes pass a target of 5 within 15
        (line(arrivals_per_minute=1), Hands(5, 0), 0),  # five COps finish one a minute
        (line(arrivals_per_minute=1, target=1_000), Hands(0, 0), 0),
    ],
)
def test_who_will_be_late(asked: Line, hands: Hands, late: int) -> None:
    assert predicted_breaches(asked, hands) == late


def test_a_crew_is_shared_by_demand() -> None:
    lines = {CARDS: line(1, 2, 3), LOANS: line(1)}
    found = shared(lines, [Crew(frozenset({CARDS, LOANS}), 8, 4), Crew(frozenset({LOANS}), 1, 0)])
    assert (found[CARDS], found[LOANS]) == (Hands(6.0, 3.0), Hands(3.0, 1.0))


def test_a_crew_without_demand_is_shared_evenly_and_one_for_other_cells_is_not_shared() -> None:
    lines = {CARDS: line(), LOANS: line()}
    found = shared(lines, [Crew(frozenset({CARDS, LOANS}), 4, 2), Crew(frozenset({("ie", "cards")}), 9, 9)])
    assert found[CARDS] == found[LOANS] == Hands(2.0, 1.0)


def served(asked: Line, cops: int) -> int:
    """The same line before `cops` people who are all free now, one customer at a time each, in the order of slack."""
    coming = [(at, at + asked.target_seconds) for at in arrivals(asked)]
    queue = [(0.0, slack) for slack in sorted(asked.slacks)] + coming
    free = [0.0] * cops
    late = 0
    for came, until in queue:
        begins = max(came, heapq.heappop(free))
        heapq.heappush(free, begins + asked.handle_seconds)
        late += begins > until and 0 <= until <= HORIZON_SECONDS
    return late


def arrivals(asked: Line) -> list[float]:
    found, number = [], 1
    while asked.arrivals_per_second and number / asked.arrivals_per_second <= HORIZON_SECONDS - asked.target_seconds:
        found.append(number / asked.arrivals_per_second)
        number += 1
    return found


@given(
    st.lists(st.floats(0, 900), max_size=30),
    st.integers(1, 8),
    st.sampled_from([0.0, 0.5, 1.0, 3.0]),
    st.sampled_from([60.0, 180.0, 400.0]),
)
def test_the_estimate_is_near_a_line_served_one_by_one(
    slacks: list[float], cops: int, per_minute: float, handle: float
) -> None:
    asked = line(*slacks, arrivals_per_minute=per_minute, handle=handle)
    # The estimate lets COps finish evenly, real ones finish together: each COp may be off by one customer.
    assert abs(predicted_breaches(asked, Hands(cops, cops)) - served(asked, cops)) <= 2 * cops
