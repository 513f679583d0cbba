"""Which part of a view is solved: what a search begins with, and what joins it."""

import numpy as np

from optimizer import costs
from optimizer.board import duals, flow, levels
from optimizer.board.easing import NEVER, Guess
from optimizer.board.flow import Part
from optimizer.board.paths import FAR
from optimizer.board.scene import Scene
from optimizer.board.spreading import spread
from optimizer.board.view import Customers, View
from optimizer.decision import Solver
from optimizer.problem import Flags, Indices
from optimizer.runs import foremost_first, position_within

FIRST_ARCS = 6
"""Pairs a COp begins with: the classes worth most to them.

More make a part slower, fewer make more parts.
"""

FEW_SLOTS = 256
"""Up to here it pays to begin with the most urgent, whom few slots will serve, rather than judge who is next."""

WHOLE_FROM = 20_000
"""Up to so many pairs they are all solved at once, where slots are many."""

SPREAD = 4
"""How many times what pairs are worth on average some class's level may lie below its place's."""

CLOSEST = 10
"""Pairs for each free slot that are solved: those that come closest to the best at guessed prices."""

CUT_FROM = 20_000
"""Fewer pairs are solved as fast with all costs as they are."""

LEAST_CUT, NEIGHBOURS = 4, 6
"""Costs are cut off at so many times what pairs are worth on average, but beyond so many neighbours of the last served.

Where few wait, who comes next may be far less urgent, and is not to be taken for somebody who does not matter.
"""

MOST_JOINING = 6
"""Pairs a COp, and a class, that join a part at a time where many could."""

MOST_SETTLED = 400
"""Where no more pairs than these gain, the last plan is nearly the best, and they join alone."""

MOST_JUDGED = 1 << 20
"""Of more pairs some stand for the others where it does not matter much which join."""

RANKS = 1 << 20


def rough_level(scene: Scene, solver: Solver) -> Indices | None:
    """(G,) int64 units: about how urgent one must be to be served at each place, where slots are many."""
    return levels.sampled(scene, solver) if int(scene.staff.free.sum()) > FEW_SLOTS and scene.lane.size else None


def first(view: View, level: Indices | None, solver: Solver) -> tuple[Part, Guess]:
    """For few slots, the pairs worth most with each class's most urgent; for many, with those about to be served.

    `level` is what `rough_level` gives.
    """
    return _first_of_few(view) if level is None else _first_of_many(view, level, solver)


def _first_of_few(view: View) -> tuple[Part, Guess]:
    arcs = view.arcs
    load = costs.load(view.problem.cops.load, view.problem.parameters)
    value = view.head[arcs.cls] + arcs.worth + load[arcs.cop]
    chosen, order, rank = _foremost_by_cop(view, value, FIRST_ARCS)
    touched = np.bincount(arcs.cls[chosen], minlength=len(view.classes)) > 0
    returning = _returning_at_first(view, order[rank == FIRST_ARCS - 1], value)
    favourite = order[rank == 0]
    wanted = np.bincount(arcs.cls[favourite], arcs.free[favourite], len(view.classes)).astype(np.int64)
    part = _of_most_urgent(view, chosen, returning, np.where(touched, wanted + 3, 0))
    return part, Guess(view.head, np.zeros_like(view.problem.cops.free))


def _first_of_many(view: View, level: Indices, solver: Solver) -> tuple[Part, Guess]:
    scene, arcs = view.scene, view.arcs
    place = scene.place_of(view.nodes)
    scale = int(np.abs(arcs.worth).sum() // max(arcs.worth.size, 1)) + 1
    lowest = np.minimum(level[place] - SPREAD * scale, view.head)
    n, who = view.above(lowest, _most(view))
    by_place, by_cop = levels.weighed(scene, place[who.node], who.urgency, solver)
    who = _and_the_next(who, who.urgency >= (by_place - SPREAD * scale)[place[who.node]])
    n = np.bincount(who.node, minlength=n.size)
    price = np.repeat(by_cop[:, None], view.problem.cops.free.shape[1], axis=1)
    if arcs.cls.size <= WHOLE_FROM:
        return _all_pairs(view, n, who, Guess(by_place[place], price, NEVER))
    price = spread(view, who, price, _worth_most(view, by_place[place], scale), scale)
    return _close(view, n, who, price, scale)


def _and_the_next(who: Customers, wanted: Flags) -> Customers:
    """Those `wanted` (R,), the most urgent of their classes, and of each class whoever comes next."""
    new = np.ones(len(who), np.bool_)
    new[1:] = who.node[1:] != who.node[:-1]
    new[1:] |= wanted[:-1]
    return who.at(wanted | new)


def _worth_most(view: View, level: Indices, scale: int) -> Indices:
    """Pairs that fall short of the COp's best by no more than `scale`, were classes worth their `level` (C,)."""
    arcs = view.arcs
    value = np.minimum(level, view.head)[arcs.cls] + arcs.worth
    best = np.full(len(view.problem.cops), -FAR)
    np.maximum.at(best, arcs.cop, value)
    return np.flatnonzero(value >= best[arcs.cop] - scale)


def _close(view: View, n: Indices, who: Customers, price: Indices, scale: int) -> tuple[Part, Guess]:
    """The pairs that come close to the best of their class and of their COp at the place, at a guessed `price`."""
    arcs, known, place = view.arcs, view.returning, view.scene.place_of(view.nodes)
    after = duals.net_worth(view, price)
    best = duals.best_of_classes(view, after)
    slack = duals.of_arcs(view, np.maximum(best, -view.head)) - after
    # A price may be too high for everybody, and the places' levels may be off against each other.
    seat = arcs.cop * (int(place.max()) + 1) + duals.of_arcs(view, place)
    too_dear = np.full(int(seat.max()) + 1, FAR)
    np.minimum.at(too_dear, seat, slack)
    short = slack - too_dear[seat]
    n_pairs = CLOSEST * int(view.problem.cops.free.sum())
    near = int(np.partition(short, n_pairs)[n_pairs]) if n_pairs < short.size else int(short.max())
    bonus = int(costs.to_units(np.array(view.problem.parameters.affinity_bonus_seconds)))
    ordinary = np.maximum(known.who.urgency + best[known.who.node], 0)
    returning = known.who.urgency + after[known.arc] + bonus - ordinary > -near
    part = Part(_and_few(view, short <= near, short, n), returning, n, who)
    if n_pairs < CUT_FROM:
        return part, Guess(-best, price, NEVER)
    cut = max(LEAST_CUT * scale, _neighbourhood(place[who.node], np.abs(who.urgency + best[who.node])))
    return part, Guess(-best, price, cut)


def _and_few(view: View, near: Flags, short: Indices, n: Indices) -> Flags:
    """The pairs `near`, (A,) bool, and the next of COps, and of classes with several members, that have few of them.

    Prices show what others would pay: where nearly nobody else could take a slot, it would seem to cost nothing.
    """
    chosen, wanted = near.copy(), np.full(len(view.problem.cops), MOST_JOINING)
    for group, least in ((view.arcs.cop, wanted), (view.arcs.cls, np.minimum(n, MOST_JOINING))):
        few = np.bincount(group[near], minlength=least.size) < least
        chosen[_foremost(group, -short, np.flatnonzero(few[group]))] = True
    return chosen


def _neighbourhood(place: Indices, distance: Indices) -> int:
    """The largest distance (R,) among the `NEIGHBOURS` least of each place (R,)."""
    order = foremost_first(place, -distance)
    return int(distance[order[position_within(place[order]) < NEIGHBOURS]].max(initial=0))


def _all_pairs(view: View, n: Indices, who: Customers, guess: Guess) -> tuple[Part, Guess]:
    """All that could be worth anything: nothing can be missing, so no cost is cut off."""
    load = costs.load(view.problem.cops.load, view.problem.parameters)
    chosen = view.head[view.arcs.cls] + view.arcs.worth + load[view.arcs.cop] > 0
    return Part(chosen, np.ones(len(view.returning.who), np.bool_), n, who), guess


def _foremost_by_cop(view: View, value: Indices, n: int) -> tuple[Flags, Indices, Indices]:
    """(A,) bool: each COp's `n` arcs of most value, where they could be worth anything; and all arcs in that order."""
    arcs = view.arcs
    load = costs.load(view.problem.cops.load, view.problem.parameters)
    order = _ranked(arcs.cop, value)
    rank = position_within(arcs.cop[order])
    chosen = np.zeros(arcs.cls.size, np.bool_)
    chosen[order[rank < n]] = True
    chosen &= view.head[arcs.cls] + arcs.worth + load[arcs.cop] > 0
    return chosen, order, rank


def _returning_at_first(view: View, last: Indices, value: Indices) -> Flags:
    """Those worth more to their last COp than the least of the classes the COp begins with, at `last` in the arcs."""
    who, arc = view.returning.who, view.returning.arc
    least = np.zeros(len(view.problem.cops), np.int64)
    least[view.arcs.cop[last]] = np.maximum(value[last], 0)
    bonus = int(costs.to_units(np.array(view.problem.parameters.affinity_bonus_seconds)))
    load = costs.load(view.problem.cops.load, view.problem.parameters)
    cop = view.arcs.cop[arc]
    return np.asarray(who.urgency + view.arcs.worth[arc] + bonus + load[cop] > least[cop])


def _ranked(group: Indices, value: Indices) -> Indices:
    """(A,) int64: positions by group, the highest value first, nearly: to a millionth of the values' range.

    One sort of one number each, several times faster than sorting by two.
    """
    n = group.size
    if not n:
        return group
    below = (value.max() - value) * (RANKS / max(float(value.max() - value.min()), 1.0))
    key = (group * (RANKS + 1) + below.astype(np.int64)) * n + np.arange(n)
    return np.asarray(np.sort(key) % n)


def with_more(part: Part, price: Indices, more: View) -> Part:
    """A part that proved `price` for a view, and what `more` classes, after its own, add to it at the same prices."""
    gain = more.arcs.worth - price[more.arcs.cop, more.channel[more.arcs.cls]] + more.head[more.arcs.cls]
    joining = np.zeros(gain.size, np.bool_)
    joining[_most_gaining(more, gain, np.flatnonzero(gain > 0))] = True
    n, who = more.above(-duals.best_gains(more, price), _most(more))
    return Part(
        arcs=np.concatenate([part.arcs, joining]),
        returning=np.concatenate([part.returning, np.ones(len(more.returning.who), np.bool_)]),
        n=np.concatenate([part.n, n]),
        who=flow.joined(part.who, Customers(who.slot, who.node + part.n.size, who.urgency)),
    )


def next_of(view: View, part: Part, proof: duals.Bound) -> Part:
    """The part, and what gains at the prices of `proof` or, where many do, nearly does."""
    gain = proof.after - duals.of_arcs(view, proof.least)
    arcs = part.arcs.copy()
    arcs[_most_gaining(view, gain, proof.arcs)] = True
    if proof.arcs.size > MOST_SETTLED:
        out = ~part.arcs
        out[proof.arcs] = False
        arcs[_next_in_line(view, gain, out)] = True  # a round costs more than they do
    return _with_arcs(view, part, proof, arcs)


def _next_in_line(view: View, gain: Indices, out: Flags) -> Indices:
    """About two a COp of the arcs that are `out`, (A,) bool, those that gain most; judged from some where many are."""
    every = max(gain.size // MOST_JUDGED, 1)
    some = gain[::every][out[::every]]
    room = 2 * len(view.problem.cops) // every
    least = np.partition(some, some.size - room)[some.size - room] if some.size > room > 0 else -FAR
    return np.flatnonzero((gain >= least) & out)


def _with_arcs(view: View, part: Part, proof: duals.Bound, arcs: Flags) -> Part:
    """The part with these arcs, (A,) bool, and whoever of their classes could gain."""
    touched = np.bincount(view.arcs.cls[arcs & ~part.arcs], minlength=part.n.size) > 0
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
    order = among[_ranked(group[among], gain[among])]
    return np.asarray(order[position_within(group[order]) < MOST_JOINING])


def whole(view: View) -> Part:
    """Every pair, and as many of each class as could be served."""
    every = np.ones(view.arcs.cls.size, np.bool_)
    return _of_most_urgent(view, every, np.ones(len(view.returning.who), np.bool_), view.n_waiting)


def nothing(view: View) -> Part:
    """Nobody and no pair."""
    none = np.zeros(len(view.returning.who), np.bool_)
    return _of_most_urgent(view, np.zeros(view.arcs.cls.size, np.bool_), none, view.n_waiting * 0)


def _of_most_urgent(view: View, arcs: Flags, returning: Flags, n: Indices) -> Part:
    n = np.minimum(n, _most(view))
    return Part(arcs, returning, n, view.most_urgent(n))


def _most(view: View) -> Indices:
    """(C,) int64: a class never fills more slots than its COps have free, so one member more than that is enough."""
    slots = np.bincount(view.arcs.cls, view.arcs.free, len(view.classes)).astype(np.int64)
    return np.minimum(view.n_waiting, slots + 1)
