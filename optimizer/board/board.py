"""One matching group's floor, kept by events and planned at any moment."""

from dataclasses import replace

import numpy as np

from optimizer import min_cost_flow
from optimizer.board import decided
from optimizer.board.admission import Bounds, refuse
from optimizer.board.columns import chosen
from optimizer.board.decided import Decided
from optimizer.board.knowledge import Knowledge
from optimizer.board.plan import BoardPlan
from optimizer.board.reasons import reasons_of
from optimizer.board.refusals import Refused
from optimizer.board.scene import Scene, look
from optimizer.board.staff import Staff
from optimizer.board.waiting import Waiting
from optimizer.decision import Solver, solve_in_process
from optimizer.errors import Fault, ProblemInvalid
from optimizer.matching import reason_for
from optimizer.parameters import MatchingParameters
from optimizer.plan import WaitReason
from optimizer.problem import (
    ConversationArrays,
    CopArrays,
    Flags,
    Floats,
    HandleTimeArrays,
    Indices,
    IssueTypeArrays,
    Problem,
)
from optimizer.steering import Steering, shape_fault


class Board:
    """Everyone waiting and every COp of one matching group.

    Times are seconds on one clock of the caller's. Events whose rows cannot be used return them by name; the others
    count. `solver` finds the flows: in this process until it is set to the `solve` of a `SolverProcess`, which can be
    cut off. Not for use by several threads at once.
    """

    def __init__(
        self,
        cops: CopArrays,
        issue_types: IssueTypeArrays,
        handle_times: HandleTimeArrays,
        parameters: MatchingParameters,
        *,
        now: float = 0.0,
    ) -> None:
        """A floor on which nobody waits; shifts end `seconds_to_shift_end` after `now`.

        Raises `ProblemInvalid` naming the first array that is wrong.
        """
        self.staff = Staff(cops, now)
        self.unknown_leavers = 0
        self.parameters = parameters
        self._waiting = Waiting(parameters)
        self._issue_types = issue_types
        self._handle_times = handle_times
        self._steering: Steering | None = None
        self._bounds = Bounds.of(cops, len(issue_types))
        self.solver: Solver = solve_in_process
        self._known: Knowledge
        self._know(handle_times, None)

    @property
    def waiting(self) -> int:
        """How many conversations wait."""
        return self._waiting.count

    def ids(self) -> Indices:
        """(N,) int64: everyone waiting, in the order of `problem`."""
        return np.asarray(self._waiting.slots["id"][self._waiting.live()])

    def arrive(self, ids: Indices, rows: ConversationArrays, now: float) -> tuple[Refused, ...]:
        """Take in conversations that have waited `rows.waiting_seconds` by `now`; returns those that cannot be used.

        `ids` (N,) are the caller's. Candidates are rounded to tenths, at most three a conversation.
        Raises `ProblemInvalid` where the arrays do not fit together at all.
        """
        good, refused = refuse(ids, rows, self._waiting.find(ids) >= 0, self._bounds)
        if refused:
            ids, rows = ids[good], chosen(rows, good)
        self._waiting.add(ids, rows, now)
        return refused

    def leave(self, ids: Indices) -> int:
        """Forget conversations that are no longer waiting; returns how many of `ids` were unknown."""
        slot = self._waiting.find(np.unique(ids))
        self._waiting.remove(slot[slot >= 0])
        unknown = int(np.count_nonzero(slot < 0))
        self.unknown_leavers += unknown
        return unknown

    def set_free(self, cop: Indices, channel: Indices, free: Indices) -> tuple[Refused, ...]:
        """Free slots of each (COp, channel), index arrays (N,)."""
        return self.staff.set_free(cop, channel, free)

    def set_load(self, cop: Indices, load: Indices) -> tuple[Refused, ...]:
        """Units each COp holds, over all channels."""
        return self.staff.set_load(cop, load)

    def set_available(self, cop: Indices, available: Flags) -> tuple[Refused, ...]:
        """Whether each COp is present and on shift."""
        return self.staff.set_available(cop, available)

    def set_shift_end(self, cop: Indices, seconds: Floats, now: float) -> tuple[Refused, ...]:
        """Seconds from `now` to the end of each COp's shift; infinite where no end is known."""
        return self.staff.set_shift_end(cop, seconds, now)

    def learn(self, handle_times: HandleTimeArrays) -> None:
        """Predict handle times from these facts from now on; raises `ProblemInvalid` for facts out of range."""
        self._know(handle_times, self._steering)

    def steer(self, steering: Steering | None) -> None:
        """Use these prices of scarce time from now on; raises `ProblemInvalid` where they do not fit the floor."""
        self._know(self._handle_times, steering)

    def keep(self, cop_reserve: Floats) -> None:
        """What the fast lane may lose by each COp's next slot being taken, (M,) float64; nothing while unpriced.

        Cheap, for every tick: no table depends on it. Raises `SteeringInvalid` for bad values, `ProblemInvalid` for a
        wrong shape.
        """
        if self._steering is None:
            return
        steering = replace(self._steering, cop_reserve=cop_reserve)
        fault = shape_fault(steering, len(self.staff), *steering.cheapest.shape)
        if fault is not None:
            raise ProblemInvalid(fault)
        self._known = replace(self._known, steering=steering)
        self._steering = steering

    def problem(self, now: float, ids: Indices | None = None) -> Problem:
        """The floor at `now` as a snapshot's arrays, with everyone waiting or with `ids` alone, in that order.

        Raises `KeyError` for an id that does not wait.
        """
        slot = self._waiting.live() if ids is None else self._slots(ids)
        cops = self.staff.arrays(now, np.arange(len(self.staff)))
        rows = self._waiting.rows(slot, now)
        return Problem(rows, cops, self._issue_types, self._handle_times, self.parameters, self._steering)

    def plan(self, now: float) -> BoardPlan:
        """The plan of greatest value at `now`, checked against the live state; changes nothing."""
        scene = look(self._waiting, self.staff, self._known, now)
        if self.solver is solve_in_process:
            min_cost_flow.load()
        try:
            return self._plan(scene, decided.solved(scene, self.solver), None)
        except Exception as error:
            # Whatever goes wrong in a solver, customers go on being matched; the reason is counted and shown.
            return self._plan(scene, decided.greedily(scene), error)

    def commit(self, plan: BoardPlan) -> tuple[Refused, ...]:
        """Remove the plan's conversations and take its slots; returns pairs that events since made impossible."""
        slot = self._waiting.find(plan.ids)
        waits = slot >= 0
        lane = np.where(waits, self._waiting.slots["lane"][slot], 0)
        channel = self._waiting.channel_of(lane)
        fits = waits & self.staff.has_room(plan.cops, channel, waits)
        self.staff.take(plan.cops[fits], channel[fits])
        self._waiting.remove(slot[fits])
        gone = Fault("id", "gone", "allowed is one that still waits")
        full = Fault("free", "0", "allowed is a COp with a free slot")
        return tuple(Refused(int(plan.ids[at]), full if waits[at] else gone) for at in np.flatnonzero(~fits).tolist())

    def _plan(self, scene: Scene, found: Decided, error: Exception | None) -> BoardPlan:
        reason, detail = (reason_for(error), str(error)) if error else (None, "")
        ids, cops = self._waiting.slots["id"][found.slot], scene.cops[found.cop]
        return BoardPlan(
            now=scene.now,
            ids=ids,
            cops=cops,
            held=found.held,
            released=found.released,
            value=found.value,
            objective=found.objective,
            gap=found.gap,
            solver=found.solver,
            fallback=reason,
            fallback_detail=detail,
            why=lambda wanted: self._why(wanted, scene.now, ids, cops),
        )

    def _why(self, wanted: Indices, now: float, ids: Indices, cops: Indices) -> tuple[WaitReason | None, ...]:
        left = self.staff.free.copy()
        np.subtract.at(left, (cops, self._waiting.channel_of(self._waiting.slots["lane"][self._slots(ids)])), 1)
        return reasons_of(self.problem(now, wanted), self._known.tables, left, np.flatnonzero(np.isin(wanted, ids)))

    def _know(self, handle_times: HandleTimeArrays, steering: Steering | None) -> None:
        cops = self.staff.arrays(0.0, np.arange(len(self.staff)))
        nobody = self._waiting.rows(np.zeros(0, np.int64), 0.0)
        problem = Problem(nobody, cops, self._issue_types, handle_times, self.parameters, steering)
        self._known = Knowledge.of(problem)
        self._handle_times, self._steering = handle_times, steering

    def _slots(self, ids: Indices) -> Indices:
        slot = self._waiting.find(ids)
        if (slot < 0).any():
            raise KeyError(f"{ids[slot < 0][0]} does not wait")
        return slot
