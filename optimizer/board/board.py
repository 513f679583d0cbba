"""One matching group's floor, kept by events and planned at any moment."""

from dataclasses import replace

import numpy as np

from optimizer import decision as decisions
from optimizer.board.admission import GRID, Bounds, refuse, rounded
from optimizer.board.columns import chosen, joined
from optimizer.board.plan import BoardPlan
from optimizer.board.refusals import Refused
from optimizer.board.staff import Staff
from optimizer.classes import padded_candidates
from optimizer.errors import Fault
from optimizer.matching import match_arrays
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


class Board:
    """Everyone waiting and every COp of one matching group.

    Times are seconds on one clock of the caller's. Events whose rows cannot be used return them by name; the others
    count. Not for use by several threads at once.
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
        nobody = _nobody()
        Problem(nobody, cops, issue_types, handle_times, parameters)
        self.staff = Staff(cops, now)
        self.parameters = parameters
        self.unknown_leavers = 0
        self._issue_types = issue_types
        self._handle_times = handle_times
        self._bounds = Bounds.of(cops, len(issue_types))
        self._ids = np.zeros(0, np.int64)
        self._arrival = np.zeros(0)
        self._rows = nobody

    @property
    def waiting(self) -> int:
        """How many conversations wait."""
        return self._ids.size

    def arrive(self, ids: Indices, rows: ConversationArrays, now: float) -> tuple[Refused, ...]:
        """Take in conversations that have waited `rows.waiting_seconds` by `now`; returns those that cannot be used.

        `ids` (N,) are the caller's. Candidates are rounded to twentieths, at most four a conversation.
        Raises `ProblemInvalid` where the arrays do not fit together at all.
        """
        good, refused = refuse(ids, rows, np.isin(ids, self._ids), self._bounds)
        taken = _on_grid(chosen(rows, good))
        self._ids = np.concatenate([self._ids, ids[good]])
        self._arrival = np.concatenate([self._arrival, now - taken.waiting_seconds])
        self._rows = joined([self._rows, taken])
        return refused

    def leave(self, ids: Indices) -> int:
        """Forget conversations that are no longer waiting; returns how many of `ids` were unknown."""
        stays = ~np.isin(self._ids, ids)
        unknown = int(np.unique(ids).size - np.count_nonzero(~stays))
        self.unknown_leavers += unknown
        kept = np.flatnonzero(stays)
        self._ids, self._arrival, self._rows = self._ids[kept], self._arrival[kept], chosen(self._rows, kept)
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
        cops = self.staff.arrays(0.0, np.arange(len(self.staff)))
        Problem(_nobody(), cops, self._issue_types, handle_times, self.parameters)
        self._handle_times = handle_times

    def problem(self, now: float, ids: Indices | None = None) -> Problem:
        """The floor at `now` as a snapshot's arrays, with everyone waiting or with `ids` alone, in that order.

        Raises `KeyError` for an id that does not wait.
        """
        at = np.arange(self.waiting) if ids is None else self._positions(ids)
        waiting_seconds = np.maximum(now - self._arrival[at], 0.0)
        rows = replace(chosen(self._rows, at), waiting_seconds=waiting_seconds)
        cops = self.staff.arrays(now, np.arange(len(self.staff)))
        return Problem(rows, cops, self._issue_types, self._handle_times, self.parameters)

    def plan(self, now: float) -> BoardPlan:
        """The plan of greatest value at `now`, checked against the live state; changes nothing."""
        problem = self.problem(now)
        ids = self._ids
        found = match_arrays(problem)
        d = found.decision
        reason = d.reason

        def why(wanted: Indices) -> tuple[WaitReason | None, ...]:
            at = self._positions(wanted)
            return tuple(decisions.WAIT_REASONS[each] if each >= 0 else None for each in reason[at].tolist())

        kind, detail = found.fallback or (None, "")
        return BoardPlan(now, ids[d.rows], d.cops, d.held, d.value, d.objective, 0, d.solver, kind, detail, why)

    def commit(self, plan: BoardPlan) -> tuple[Refused, ...]:
        """Remove the plan's conversations and take its slots; returns pairs that events since made impossible."""
        waits = np.isin(plan.ids, self._ids)
        good, refused = [], []
        for at in range(len(plan)):
            cop = plan.cops[at]
            if not waits[at]:
                refused.append(Refused(int(plan.ids[at]), Fault("id", "gone", "allowed is one that still waits")))
                continue
            channel = self._rows.channel[self._positions(plan.ids[[at]])[0]]
            if self.staff.free[cop, channel] <= 0:
                refused.append(Refused(int(plan.ids[at]), Fault("free", "0", "allowed is a COp with a free slot")))
                continue
            self.staff.take(np.array([cop]), np.array([channel]))
            good.append(at)
        self.leave(plan.ids[np.array(good, np.int64)])
        return tuple(refused)

    def _positions(self, ids: Indices) -> Indices:
        order = np.argsort(self._ids, kind="stable")
        at = np.searchsorted(self._ids[order], ids)
        found = at < self._ids.size
        found[found] = self._ids[order][at[found]] == ids[found]
        if not found.all():
            raise KeyError(f"{ids[~found][0]} does not wait")
        return np.asarray(order[at])


def _nobody() -> ConversationArrays:
    none, nothing, never = np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.bool_)
    start = np.zeros(1, np.int64)
    return ConversationArrays(
        *(start, none, nothing, none, none, none, none, nothing, nothing, never, never, none, start, none)
    )


def _on_grid(c: ConversationArrays) -> ConversationArrays:
    types, probabilities, _ = padded_candidates(c, np.arange(len(c)))
    kept, share = rounded(types, probabilities)
    real = share > 0
    width = real.sum(axis=1)
    start = np.concatenate(([0], np.cumsum(width))).astype(np.int64)
    return replace(c, candidate_start=start, candidate_type=kept[real], candidate_probability=share[real] / GRID)
