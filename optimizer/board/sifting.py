"""The optimum over a view, by solving ever larger parts of it until prices prove that the rest cannot matter."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from optimizer import costs
from optimizer.board import duals, easing, flow, parts
from optimizer.board.easing import Guess
from optimizer.board.flow import Part
from optimizer.board.scene import Scene
from optimizer.board.view import Customers, View, beside, view_of
from optimizer.decision import Solver
from optimizer.errors import SolverError
from optimizer.problem import Indices

MOST_ROUNDS = 40
"""A part that is not enough by then is followed by the whole."""


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
    guess = Guess(-duals.best_gains(both, found.price), found.price, refined=True)
    return both, _in_view(both, solver, lambda: (part, guess))


def _missed(scene: Scene, far: Indices, found: Found) -> View | None:
    """Those of the classes `far` that gain something at the found prices, or that slots left over could serve."""
    left = scene.staff.free.copy()
    np.subtract.at(left, (found.cop, found.channel), 1)
    missed = scene.servable(far, left > 0) if left.any() else far[:0]
    promising = scene.promising(far, found.price) if far.size else far
    if promising.size:
        view = view_of(scene, promising)
        gaining = (view.n_waiting > 0) & (duals.best_gains(view, found.price) + view.head > 0)
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
        price = duals.slot_prices(view, net, eased, cheapest)
        proof = duals.bound(view, part, price)
        expanded = eased.expanded(cheapest)
        value = flow.gain(net, expanded)
        if not proof.classes.any() and proof.total == value:
            who, cop = flow.assignments(view, net, expanded)
            return Found(who, cop, view.channel[who.node], value, price, part)
        true = eased.is_true(cheapest)
        if true and not proof.is_open():
            raise SolverError(f"the plan is worth {value} units, and the prices prove no less than {proof.total}")
        last, rough = rounds == MOST_ROUNDS, not guess.refined
        guess = Guess(proof.level, price, eased.next_cut(true=true, more=proof.is_open() and not last), refined=True)
        part = parts.whole(view) if last else parts.next_of(view, part, proof, rough=rough)
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
