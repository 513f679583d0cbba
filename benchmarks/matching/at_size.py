"""One floor of one seed at a given size: ticks and re-plans of the board, beside peers on the same state."""

import resource
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from time import perf_counter, process_time
from typing import Any

import numpy as np

from benchmarks.matching import big_floor, peers
from benchmarks.matching.big_floor import BigFloor
from optimizer.board import Board, BoardPlan
from optimizer.problem import Indices

START_SECONDS = 3600.0
"""The floor's clock when ticks begin."""


@dataclass(frozen=True, slots=True)
class Case:
    """What to measure: `ticks` of a second with `freed` slots each, `replans` of every slot, and which peers."""

    n_waiting: int
    n_cops: int
    freed: int = 31
    ticks: int = 200
    replans: int = 3
    peer_ticks: int = 0
    peer_replan: bool = False
    exact_peers: bool = False


def measure(case: Case, seed: int) -> dict[str, Any]:
    """Everything the case asks for, in milliseconds by the clock and of processor time."""
    rng = np.random.default_rng(seed)
    floor = BigFloor(case.n_waiting, case.n_cops)
    cops, types, facts = big_floor.make_cops(floor, rng), big_floor.make_types(rng), big_floor.make_facts(floor, rng)
    board = Board(cops, types, facts, big_floor.parameters())
    loading = _timed(lambda: [board.arrive(*each, START_SECONDS) for each in big_floor.chunks(floor, rng)])
    result: dict[str, Any] = {"case": asdict(case), "seed": seed, "loading_ms": loading[1]}
    result["after_loading_mb"] = _peak_mb()
    result["replan"] = _replans(board, case)
    _make_busy(board, cops.free)
    result["ticks"] = _ticks(board, floor, case, cops.free, rng)
    result["peak_mb"] = _peak_mb()
    _set_free(board, cops.free)
    result["peers"] = _peers(board, case)
    return result


def _replans(board: Board, case: Case) -> dict[str, Any]:
    if not case.replans:
        return {}
    runs = [_timed(lambda: board.plan(START_SECONDS + 1)) for _ in range(case.replans + 1)][1:]
    return {"times_ms": [each[1] for each in runs], **_facts(runs[0][0])}


def _ticks(board: Board, floor: BigFloor, case: Case, slots: Indices, rng: np.random.Generator) -> dict[str, Any]:
    """Each second slots come free and as many customers arrive; the time runs from the events to the checked plan."""
    times, gaps, fallbacks, assigned = [], 0, 0, 0
    for tick in range(case.ticks + 1):
        now = START_SECONDS + 1 + tick
        who = rng.choice(floor.n_cops, min(case.freed, floor.n_cops), replace=False)
        rows = big_floor.make_rows(floor, case.freed, rng, fresh=True)
        ids = floor.n_waiting + tick * case.freed + np.arange(case.freed)

        def events_in_to_plan_out(
            now: float = now, who: Indices = who, ids: Indices = ids, rows: Any = rows
        ) -> BoardPlan:
            board.set_free(who, np.argmax(slots[who], axis=1), np.ones(who.size, np.int64))
            board.set_load(who, np.zeros(who.size, np.int64))
            board.arrive(ids, rows, now)
            return board.plan(now)

        plan, spent = _timed(events_in_to_plan_out)
        committing = _timed(partial(board.commit, plan))[1]
        times.append([*spent, *committing])
        gaps, fallbacks = max(gaps, abs(plan.gap)), fallbacks + (plan.fallback is not None)
        assigned += len(plan)
    # The first tick loads the solver and is not timed.
    return {"times_ms": times[1:], "largest_gap": gaps, "fallbacks": fallbacks, "assigned": assigned}


def _peers(board: Board, case: Case) -> dict[str, Any]:
    now, found = START_SECONDS + 2 + case.ticks, {}
    if case.peer_replan:
        best, spent = _timed(lambda: board.plan(now))
        found["replan"] = {"ours_ms": spent, "ours": _facts(best), **_top_ten(board, now)}
    if case.exact_peers:
        best, spent = _timed(lambda: board.plan(now))
        problem = board.problem(now)
        found["exact"] = {"ours_ms": spent, "ours": _facts(best), **peers.exact(problem)}
    if case.peer_ticks:
        _make_busy(board, board.staff.free)
        rng = np.random.default_rng(case.freed)
        who = rng.choice(case.n_cops, min(case.freed, case.n_cops), replace=False)
        channel = np.argmax(board.staff.fixed.free[who], axis=1)
        board.set_free(who, channel, np.ones(who.size, np.int64))
        best, spent = _timed(lambda: board.plan(now))
        found["tick"] = {"ours_ms": spent, "ours": _facts(best), **_top_ten(board, now)}
    return found


def _top_ten(board: Board, now: float) -> dict[str, Any]:
    problem = board.problem(now)
    return {"top_ten": peers.top_ten(problem), "peak_mb": _peak_mb()}


def _make_busy(board: Board, free: Indices) -> None:
    _set_free(board, np.zeros_like(free))


def _set_free(board: Board, free: Indices) -> None:
    cop, channel = (each.ravel() for each in np.indices(free.shape))
    board.set_free(cop, channel, free.ravel())
    board.set_load(np.arange(len(free)), np.zeros(len(free), np.int64))


def _facts(plan: BoardPlan) -> dict[str, Any]:
    return {
        "assigned": len(plan),
        "objective": plan.objective,
        "gap": plan.gap,
        "fell_back": plan.fallback is not None,
    }


def _timed(call: Callable[[], Any]) -> tuple[Any, list[float]]:
    """The result, and milliseconds by the clock and of processor time."""
    clock, processor = perf_counter(), process_time()
    result = call()
    return result, [round((perf_counter() - clock) * 1000, 3), round((process_time() - processor) * 1000, 3)]


def _peak_mb() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
