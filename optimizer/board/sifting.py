"""The optimum over a view, by solving ever larger parts of it until prices prove that the rest cannot matter."""

from dataclasses import dataclass

import numpy as np

from optimizer import costs
from optimizer.board import duals, flow
from optimizer.board.flow import Part
from optimizer.board.scene import Scene
from optimizer.board.view import Customers, View, beside, view_of
from optimizer.decision import Solver
from optimizer.errors import SolverError
from optimizer.problem import Flags, Indices
from optimizer.runs import position_within

FIRST_ARCS = 6
"""Pairs a COp begins with, twice as many where slots are many: the classes worth most to them.

More make a part slower, fewer make more parts.
"""

FEW_SLOTS = 256
"""Up to here it pays to begin with the most urgent, whom few slots will serve, rather than judge who is next."""

WHOLE_FROM = 60_000
"""Up to so many pairs they are all solved at once, where slots are many."""

MOST_JOINING = 6
"""Pairs a COp, and a class, that join a part at a time where many could."""

RANKS = 1 << 20

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
    near = scene.near()
    view = view_of(scene, np.flatnonzero(near))
    found = _in_view(view, solver, None)
    while True:
        missed = _missed(scene, np.flatnonzero(~near), found)
        if not missed.size:
            return view, found
        near[missed] = True
        more = view_of(scene, missed)
        part = _with_more(view, found, more)
        view = beside(view, more)
        found = _in_view(view, solver, part)


def _with_more(view: View, found: Found, more: View) -> Part:
    """The part that proved an optimum for `view`, and what `more` adds to it at the same prices."""
    after = more.arcs.worth - found.price[more.arcs.cop, more.channel[more.arcs.cls]]
    gain = after + more.head[more.arcs.cls]
    joining = np.zeros(gain.size, np.bool_)
    joining[_most_gaining(more, gain, np.flatnonzero(gain > 0))] = True
    n, who = more.above(-duals.best_gains(more, found.price), _most(more))
    n_before = len(view.classes)
    return Part(
        arcs=np.concatenate([found.part.arcs, joining]),
        returning=np.concatenate([found.part.returning, np.ones(len(more.returning.who), np.bool_)]),
        n=np.concatenate([found.part.n, n]),
        who=flow.joined(found.part.who, Customers(who.slot, who.node + n_before, who.urgency)),
    )


def _missed(scene: Scene, far: Indices, found: Found) -> Indices:
    """Those of the classes `far` that gain something at the found prices, or that slots left over could serve."""
    if not far.size:
        return far
    promising = scene.promising(far, found.price)
    if promising.size:
        view = view_of(scene, promising)
        promising = promising[(view.n_waiting > 0) & (duals.best_gains(view, found.price) + view.head > 0)]
    left = scene.staff.free.copy()
    np.subtract.at(left, (found.cop, found.channel), 1)
    return np.union1d(promising, scene.servable(far, left > 0)) if left.any() else promising


def _in_view(view: View, solver: Solver, part: Part | None) -> Found:
    """The optimum in the view, beginning with `part` where there is one."""
    if int(view.problem.cops.free.sum()) == 1:
        return _best_pair(view)
    part = part or _first_part(view)
    for rounds in range(1, MOST_ROUNDS + 2):
        net = flow.build(view, part)
        found = solver(net.network, view.problem.parameters.time_limit_seconds)
        price = duals.slot_prices(view, net, found)
        proof = duals.bound(view, part, price)
        value = flow.gain(net, found)
        if not proof.classes.any() and proof.total == value:
            who, cop = flow.assignments(view, net, found)
            return Found(who, cop, view.channel[who.node], value, price, part)
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
    part = _part(view, np.zeros(arcs.cls.size, np.bool_), np.zeros(len(known), np.bool_), view.n_waiting * 0)
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


def _first_part(view: View) -> Part:
    """For few slots, the pairs worth most with each class's most urgent; for many, with those about to be served."""
    cops, arcs = view.problem.cops, view.arcs
    load = costs.load(cops.load, view.problem.parameters)
    many = int(cops.free.sum()) > FEW_SLOTS
    level = np.minimum(view.scene.level()[view.nodes], view.head) if many else view.head
    value = level[arcs.cls] + arcs.worth + load[arcs.cop]
    order = ranked(arcs.cop, value)
    rank = position_within(arcs.cop[order])
    chosen = np.zeros(arcs.cls.size, np.bool_)
    n_first = 2 * FIRST_ARCS if many else FIRST_ARCS
    chosen[order[rank < (n_first if arcs.cls.size > WHOLE_FROM or not many else arcs.cls.size)]] = True
    chosen &= view.head[arcs.cls] + arcs.worth + load[arcs.cop] > 0
    touched = np.bincount(arcs.cls[chosen], minlength=len(view.classes)) > 0
    returning = _returning_at_first(view, order[rank == n_first - 1], value)
    if many:
        return Part(chosen, returning, *view.above(level, np.where(touched, _most(view), 0)))
    favourite = order[rank == 0]
    wanted = np.bincount(arcs.cls[favourite], arcs.free[favourite], len(view.classes)).astype(np.int64)
    return _part(view, chosen, returning, np.where(touched, wanted + 3, 0))


def _returning_at_first(view: View, last: Indices, value: Indices) -> Flags:
    """Those worth more to their last COp than the least of the classes the COp begins with, at `last` in the arcs."""
    who, arc = view.returning.who, view.returning.arc
    least = np.zeros(len(view.problem.cops), np.int64)
    least[view.arcs.cop[last]] = np.maximum(value[last], 0)
    bonus = int(costs.to_units(np.array(view.problem.parameters.affinity_bonus_seconds)))
    load = costs.load(view.problem.cops.load, view.problem.parameters)
    cop = view.arcs.cop[arc]
    return np.asarray(who.urgency + view.arcs.worth[arc] + bonus + load[cop] > least[cop])


def ranked(group: Indices, value: Indices) -> Indices:
    """(A,) int64: positions by group, the highest value first, nearly: to a millionth of the values' range.

    One sort of one number each, several times faster than sorting by two.
    """
    n = group.size
    if not n:
        return group
    below = (value.max() - value) * (RANKS / max(float(value.max() - value.min()), 1.0))
    key = (group * (RANKS + 1) + below.astype(np.int64)) * n + np.arange(n)
    return np.asarray(np.sort(key) % n)


def _grown(view: View, part: Part, proof: duals.Bound) -> Part:
    joining = _most_gaining(view, proof.gain, np.flatnonzero(proof.arcs))
    near_miss = np.flatnonzero(~part.arcs & ~proof.arcs)
    room = 2 * len(view.problem.cops)  # those next in line join too: a round costs more than they do
    if near_miss.size > room:
        near_miss = near_miss[np.argpartition(-proof.gain[near_miss], room)[:room]]
    joining = np.concatenate([joining, near_miss])
    arcs = part.arcs.copy()
    arcs[joining] = True
    touched = np.bincount(view.arcs.cls[joining], minlength=part.n.size) > 0
    short = (proof.classes | (touched & (part.n == 0))) & (view.n_waiting > 0)
    # Prices of a part that is much too small are too low, and would let in everybody.
    n, who = view.above(proof.level, np.where(short, np.minimum(2 * part.n + 6, _most(view)), 0))
    who = flow.joined(part.who.at(~short[part.who.node]), who)
    who = who.at(np.argsort(who.node, kind="stable"))
    return Part(arcs, part.returning | proof.returning, np.where(short, n, part.n), who)


def _most_gaining(view: View, gain: Indices, among: Indices) -> Indices:
    """Of the arcs `among`, those that gain most for each COp and for each class, where there are many."""
    if among.size <= MOST_JOINING * len(view.problem.cops):
        return among
    by_cop, by_class = (_foremost(group, gain, among) for group in (view.arcs.cop, view.arcs.cls))
    return np.union1d(by_cop, by_class)


def _foremost(group: Indices, gain: Indices, among: Indices) -> Indices:
    """Of the arcs `among`, those that gain most for each of their group."""
    order = among[ranked(group[among], gain[among])]
    return np.asarray(order[position_within(group[order]) < MOST_JOINING])


def _whole(view: View) -> Part:
    every = np.ones(view.arcs.cls.size, np.bool_)
    return _part(view, every, np.ones(len(view.returning.who), np.bool_), view.n_waiting)


def _part(view: View, arcs: Flags, returning: Flags, n: Indices) -> Part:
    n = np.minimum(n, _most(view))
    return Part(arcs, returning, n, view.most_urgent(n))


def _most(view: View) -> Indices:
    """(C,) int64: a class never fills more slots than its COps have free, so one member more than that is enough."""
    slots = np.bincount(view.arcs.cls, view.arcs.free, len(view.classes)).astype(np.int64)
    return np.minimum(view.n_waiting, slots + 1)
