"""What most products do, as a rule to compare with: first come, first served, to whoever able is idle longest."""

from collections.abc import Sequence

import numpy as np

from optimizer.errors import Fault, SnapshotInvalid
from optimizer.prepared import Prepared
from optimizer.problem import LONGEST_SECONDS, Floats, Indices
from optimizer.side.room import Room
from optimizer.snapshot import CopState


def idle_of(cops: Sequence[CopState]) -> Floats:
    """(M,) float64, s, for how long each has been idle; raises `SnapshotInvalid` naming those that cannot be."""
    faults = [
        Fault(f"cops[{cop.id}].idle_seconds", repr(cop.idle_seconds), f"allowed is 0 to {LONGEST_SECONDS:g} s")
        for cop in cops
        if not 0 <= cop.idle_seconds <= LONGEST_SECONDS
    ]
    if faults:
        raise SnapshotInvalid(faults)
    return np.array([cop.idle_seconds for cop in cops], np.float64)


def assign(prepared: Prepared, idle_seconds: Floats) -> Indices:
    """(N,) int64: the COp of each conversation, -1 where it waits.

    The longest wait is served first, whatever its priority, by the COp who has been idle longest of those no hard rule
    and no limit bars; ties go to the lower index. Who is given one stands behind all who were given none.
    """
    problem, classes, arcs = prepared.problem, prepared.classes, prepared.arcs
    waiting, channel = problem.conversations.waiting_seconds, problem.conversations.channel
    cop_of = np.full(waiting.size, -1, np.int64)
    free, idle, room = problem.cops.free.copy(), idle_seconds.copy(), Room(problem, cop_of)
    for turn, row in enumerate(np.argsort(-waiting, kind="stable").tolist(), start=1):
        cls = int(classes.of[row])
        cops = arcs.cop[arcs.start[cls] : arcs.start[cls + 1]]
        cops = cops[(free[cops, channel[row]] > 0) & room.allows(row, cops)]
        if not cops.size:
            continue
        cop = int(cops[np.argmax(idle[cops])])
        cop_of[row], idle[cop] = cop, -float(turn)
        free[cop, channel[row]] -= 1
        room.take(row, cop)
    return cop_of
