"""Who waits for their last COp: the same as by looking through everybody, whatever came, left and came again."""

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from optimizer.board import last_served
from optimizer.board.growing import Growing
from optimizer.board.last_served import LastServed

N_COPS = 5
MOVES = st.lists(st.tuples(st.integers(0, 11), st.integers(-1, N_COPS - 1)), max_size=60)


@example([(0, 1), (0, 1), (0, -1)], {1, 4}, 0, 4)  # somebody new, at the place of somebody known
@given(MOVES, st.sets(st.integers(0, N_COPS - 1)), st.integers(0, 4), st.integers(1, 4))
def test_those_found_are_those_who_wait_and_were_served_by_these_cops(moves, cops, unsorted, pieces):
    slots = Growing(lane=np.int32, last_cop=np.int32)
    slots.extend(12)
    slots["lane"][:] = -1
    found = LastServed(slots)
    limits = last_served.UNSORTED, last_served.MOST_PIECES
    last_served.UNSORTED, last_served.MOST_PIECES = unsorted, pieces
    try:
        for slot, cop in moves:
            _come_or_go(slots, found, slot, cop)
    finally:
        last_served.UNSORTED, last_served.MOST_PIECES = limits
    wanted = np.array(sorted(cops), np.int64)
    flagged = np.isin(np.arange(N_COPS), wanted)
    last, waits = slots["last_cop"][:12], slots["lane"][:12] >= 0
    expected = [at for at in range(12) if waits[at] and last[at] in cops]
    assert found.of(wanted, flagged).tolist() == expected


def _come_or_go(slots, found, slot, cop):
    """Whoever waits at the slot leaves; somebody comes to one that is empty."""
    if slots["lane"][slot] >= 0:
        slots["lane"][slot] = -1
        return
    slots["lane"][slot], slots["last_cop"][slot] = 0, cop
    found.add(np.array([slot]))
