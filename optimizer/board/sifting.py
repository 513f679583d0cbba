"""The optimum over a view, by solving ever larger parts of it until prices prove that the rest cannot matter."""

from dataclasses import dataclass

import numpy as np

from optimizer import costs
from optimizer.board import duals, flow
from optimizer.board.flow import Part
from optimizer.board.scene import Scene
from optimizer.board.view import Customers, View, view_of
from optimizer.decision import Solver
from optimizer.errors import SolverError
from optimizer.problem import Flags, Indices
from optimizer.runs import position_within

FIRST_ARCS = 6
"""Pairs a COp begins with: the classes worth most to them. More make a part slower, fewer make more parts."""

MOST_ROUNDS = 40
"""A part that is not enough by then is followed by the whole."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Who is served by whom, (P,) places in the view, on which channel; the value in units, and the prices (J, Ch)."""

    who: Customers
    cop: Indices
    channel: Indices
    value: int
    price: Indices


def optimum(scene: Scene, solver: Solver) -> tuple[View, Found]:
    """The plan of greatest value for everyone in the scene, proven.

    Raises `SolverError` where the solver fails or the proof does.
    """
    near = scene.near()
    everyone = scene.reached()
    while True:
        view = view_of(scene, np.flatnonzero(near))
        found = _in_view(view, solver)
        far = np.flatnonzero(everyone & ~near)
        if not far.size:
            return view, found
        missed = _missed(scene, far, found)
        if not missed.size:
            return view, found
        near = near.copy()
        near[missed] = True


def _missed(scene: Scene, far: Indices, found: Found) -> Indices:
    """Those of the classes `far` that gain something at the found prices, or that slots left over could serve."""
    promising = scene.promising(far, found.price)
    if promising.size:
        view = view_of(scene, promising)
        promising = promising[(view.n_waiting > 0) & (duals.best_gains(view, found.price) + view.head > 0)]
    left = scene.staff.free.copy()
    np.subtract.at(left, (found.cop, found.channel), 1)
    return np.union1d(promising, scene.servable(far, left > 0)) if left.any() else promising


def _in_view(view: View, solver: Solver) -> Found:
    if int(view.problem.cops.free.sum()) == 1:
        return _best_pair(view)
    part = _first_part(view)
    for rounds in range(1, MOST_ROUNDS + 2):
        net = flow.build(view, part)
        found = solver(net.network, view.problem.parameters.time_limit_seconds)
        price = duals.slot_prices(view, net, found)
        proof = duals.bound(view, part, price)
        value = flow.gain(net, found)
        if not proof.classes.any() and proof.total == value:
            who, cop = flow.assignments(view, net, found)
            return Found(who, cop, view.channel[who.node], value, price)
        if not proof.is_open():
            raise SolverError(f"the plan is worth {value} units, and the prices prove no less than {proof.total}")
        part = _grown(view, part, proof) if rounds < MOST_ROUNDS else _whole(view)
    raise SolverError("the prices prove nothing for the whole floor")


def _best_pair(view: View) -> Found:
    """For one free slot: the pair worth most, if it is worth anything."""
    arcs, p = view.arcs, view.problem.parameters
    load = int(costs.load(view.problem.cops.load, p)[0])
    bonus = int(costs.to_units(np.array(p.affinity_bonus_seconds)))
    known, arc = view.returning.who, view.returning.arc
    ordinary, special = view.head[arcs.cls] + arcs.worth, known.urgency + arcs.worth[arc] + bonus
    value = max(int(ordinary.max(initial=0)), int(special.max(initial=0))) + load
    price = np.full(view.problem.cops.free.shape, max(value, 0) - load)
    nobody = Found(known.at(known.slot[:0]), known.slot[:0], known.slot[:0], 0, price)
    if value <= 0:
        return nobody
    if special.size and int(special.max()) + load == value:
        who = known.at(np.argmax(special, keepdims=True))
    else:
        first = np.zeros(len(view.classes), np.int64)
        first[arcs.cls[np.argmax(ordinary)]] = 1
        who = view.most_urgent(first)
    return Found(who, np.zeros(1, np.int64), view.channel[who.node], value, price)


def _first_part(view: View) -> Part:
    cops, arcs = view.problem.cops, view.arcs
    load = costs.load(cops.load, view.problem.parameters)
    value = view.head[arcs.cls] + arcs.worth + load[arcs.cop]
    order = np.lexsort((-value, arcs.cop))
    rank = position_within(arcs.cop[order])
    chosen = np.zeros(arcs.cls.size, np.bool_)
    chosen[order[(rank < FIRST_ARCS) & (value[order] > 0)]] = True
    favourite = order[rank == 0]
    wanted = np.bincount(arcs.cls[favourite], arcs.free[favourite], len(view.classes)).astype(np.int64)
    touched = np.bincount(arcs.cls[chosen], minlength=len(view.classes)) > 0
    returning = _returning_at_first(view, order, rank, value)
    return _part(view, chosen, returning, np.where(touched, wanted + 1, 0))


def _returning_at_first(view: View, order: Indices, rank: Indices, value: Indices) -> Flags:
    """Those worth more to their last COp than the least of the classes the COp begins with."""
    who, arc = view.returning.who, view.returning.arc
    least = np.zeros(len(view.problem.cops), np.int64)
    last = order[rank == FIRST_ARCS - 1]
    least[view.arcs.cop[last]] = np.maximum(value[last], 0)
    bonus = int(costs.to_units(np.array(view.problem.parameters.affinity_bonus_seconds)))
    load = costs.load(view.problem.cops.load, view.problem.parameters)
    cop = view.arcs.cop[arc]
    return np.asarray(who.urgency + view.arcs.worth[arc] + bonus + load[cop] > least[cop])


def _grown(view: View, part: Part, proof: duals.Bound) -> Part:
    arcs = part.arcs | proof.arcs
    touched = np.bincount(view.arcs.cls[proof.arcs], minlength=part.n.size) > 0
    n = np.where(proof.classes, 2 * part.n + 2, np.where(touched, np.maximum(part.n, 2), part.n))
    return _part(view, arcs, part.returning | proof.returning, n)


def _whole(view: View) -> Part:
    every = np.ones(view.arcs.cls.size, np.bool_)
    return _part(view, every, np.ones(len(view.returning.who), np.bool_), view.n_waiting)


def _part(view: View, arcs: Flags, returning: Flags, n: Indices) -> Part:
    """A class never fills more slots than its COps have free, so one member more than that is enough."""
    slots = np.bincount(view.arcs.cls, view.arcs.free, n.size).astype(np.int64)
    n = np.minimum(n, np.minimum(view.n_waiting, slots + 1))
    return Part(arcs, returning, n, view.most_urgent(n))
