"""The optimum over a view, by solving ever larger parts of it until prices prove that the rest cannot matter."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from optimizer import costs
from optimizer.board import duals, easing, flow, parts
from optimizer.board.easing import Eased, Guess
from optimizer.board.flow import Net, Part
from optimizer.board.paths import Residual, Steps
from optimizer.board.scene import Scene
from optimizer.board.view import Customers, View, beside, view_of
from optimizer.decision import Solver
from optimizer.errors import SolverError
from optimizer.problem import Indices

MOST_ROUNDS = 40
"""A part that is not enough by then is followed by the whole."""

MOST_MENDED = 400
"""Where no more pairs than these gain outside the part, prices are mended before a larger part is solved."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Who is served by whom, (P,) places in the view, on which channel; the value in units.

    price: (J, Ch) int64 units, and `part`, what was solved: they prove it.
    """

    who: Customers
    cop: Indices
    channel: Indices
    value: int
    price: Indices
    part: Part


def optimum(scene: Scene, solver: Solver) -> tuple[View, Found]:
    """The plan of greatest value for everyone in the scene, proven.

    Raises `SolverError` where the solver fails or the proof does.
    """
    level = parts.rough_level(scene, solver)
    near = scene.near(level)
    view = view_of(scene, np.flatnonzero(near))
    found = _in_view(view, solver, lambda: parts.first(view, level, solver))
    while True:
        more = _missed(scene, np.flatnonzero(~near), found)
        if more is None:
            return view, found
        near[more.nodes] = True
        view, found = _with_more(view, found, more, solver)


def _with_more(view: View, found: Found, more: View, solver: Solver) -> tuple[View, Found]:
    """The optimum over both views, sought from that over the one."""
    part, both = parts.with_more(found.part, found.price, more), beside(view, more)
    guess = Guess(-duals.best_gains(both, found.price), found.price)
    return both, _in_view(both, solver, lambda: (part, guess))


def _missed(scene: Scene, far: Indices, found: Found) -> View | None:
    """Those of the classes `far` that gain something at the found prices, or that slots left over could serve."""
    left = scene.staff.free.copy()
    np.subtract.at(left, (found.cop, found.channel), 1)
    missed = scene.servable(far, left > 0) if left.any() else far[:0]
    promising = np.union1d(scene.promising(far, found.price), scene.coming_back(far, found.price)) if far.size else far
    if promising.size:
        view = view_of(scene, promising)
        gaining = duals.gaining(view, found.price)
        if 2 * np.count_nonzero(gaining) > gaining.size and not missed.size:
            return view  # a few too many cost less than another look
        missed = np.union1d(missed, promising[gaining])
    return view_of(scene, missed) if missed.size else None


def _in_view(view: View, solver: Solver, start: Callable[[], tuple[Part, Guess]]) -> Found:
    """The optimum in the view, beginning with a part and a guess."""
    if int(view.problem.cops.free.sum()) == 1:
        return _best_pair(view)
    part, guess = start()
    for rounds in range(1, MOST_ROUNDS + 2):
        net = flow.build(view, part)
        eased = easing.eased(net, guess)
        cheapest = solver(eased.network, view.problem.parameters.time_limit_seconds)
        part, price, proof = _priced(view, part, net, eased, cheapest)
        expanded = eased.expanded(cheapest)
        value = flow.gain(net, expanded)
        if proof.proves(value):
            return _found(view, net, expanded, price, part)
        true = eased.is_true(cheapest)
        if true and not proof.is_open():
            raise SolverError(f"the plan is worth {value} units, and the prices prove no less than {proof.total}")
        last = rounds == MOST_ROUNDS
        cut = eased.next_cut(true=true and not last, more=proof.is_open() and not last)
        part = parts.whole(view) if last else parts.next_of(view, part, proof)
        if proof.classes.any():
            proof = duals.bound(view, part, price)  # of those who joined it may be known now that they gain nothing
            if proof.proves(value):
                return _found(view, net, expanded, price, part)
        short = None if last or not true or proof.classes.any() else proof.total - value
        # No plan as good as the last has a pair that falls further short than it does.
        guess = Guess(proof.level, price, cut if short is None else min(cut, short + 1))
    raise SolverError("the prices prove nothing for the whole floor")


def _found(view: View, net: Net, expanded: Indices, price: Indices, part: Part) -> Found:
    who, cop = flow.assignments(view, net, expanded)
    return Found(who, cop, view.channel[who.node], flow.gain(net, expanded), price, part)


def _priced(view: View, part: Part, net: Net, eased: Eased, flow: Indices) -> tuple[Part, Indices, duals.Bound]:
    """The part, the prices that `flow` proves, and what these prove.

    Few pairs outside the part that gain at these prices often change prices alone, not the plan: they join the part and
    the prices are mended, as far as that goes.
    """
    residual = Residual.of(eased.network, flow, net.pair.size)
    distance, joined = residual.distances(), np.zeros(0, np.int64)
    while True:
        price = duals.slot_prices(view, net, eased, flow, distance)
        proof = duals.bound(view, part, price)
        joining = proof.arcs
        if not 0 < joining.size <= MOST_MENDED or proof.classes.any() or proof.returning.any():
            return part, price, proof
        joined = np.concatenate([joined, joining])
        steps = _steps(view, net, eased, joined)
        mended = residual.with_more(distance, steps) if steps is not None else None
        if mended is None:
            return part, price, proof
        part, distance = part.with_arcs(joining), mended


def _steps(view: View, net: Net, eased: Eased, arcs: Indices) -> Steps | None:
    """The view's `arcs` in the network, or None where it lacks one of their ends."""
    number = np.full(len(view.classes), -1, np.int64)
    number[net.cls] = np.arange(net.cls.size)
    cls, cop = view.arcs.cls[arcs], view.arcs.cop[arcs]
    tail, head = number[cls], net.slots.node[cop, view.channel[cls]]
    if (tail < 0).any() or (head < 0).any():
        return None
    return Steps.of(tail, head, eased.potential[head] - eased.potential[tail] - view.arcs.worth[arcs])


def _best_pair(view: View) -> Found:
    """For one free slot: the pair worth most, if it is worth anything."""
    arcs, p = view.arcs, view.problem.parameters
    load = int(costs.load(view.problem.cops.load, p)[0])
    bonus = int(costs.to_units(np.array(p.affinity_bonus_seconds)))
    known, arc = view.returning.who, view.returning.arc
    ordinary, special = view.head[arcs.cls] + arcs.worth, known.urgency + arcs.worth[arc] + bonus
    value = max(int(ordinary.max(initial=0)), int(special.max(initial=0))) + load
    price = np.full(view.problem.cops.free.shape, max(value, 0) - load)
    part = parts.nothing(view)
    nobody = Found(known.at(known.slot[:0]), known.slot[:0], known.slot[:0], 0, price, part)
    if value <= 0:
        return nobody
    if special.size and int(special.max()) + load == value:
        who = known.at(np.argmax(special, keepdims=True))
    else:
        first = np.zeros(len(view.classes), np.int64)
        first[arcs.cls[np.argmax(ordinary)]] = 1
        who = view.most_urgent(first)
    return Found(who, np.zeros(1, np.int64), view.channel[who.node], value, price, part)
