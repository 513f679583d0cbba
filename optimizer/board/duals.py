"""Prices of free slots, and what they prove: no plan for everyone waiting is worth more than the bound.

For any prices, a plan's value is at most what each customer could gain by paying for their best slot, or 0, plus what
each COp could earn by selling slots, less the load. Where the bound meets the plan's value, the plan is an optimum over
everyone and every pair, not only over those that were in the network.
"""

from dataclasses import dataclass

import numpy as np

from optimizer import costs
from optimizer.board.columns import spans
from optimizer.board.easing import Eased
from optimizer.board.flow import Net, Part
from optimizer.board.paths import FAR
from optimizer.board.view import View
from optimizer.problem import Flags, Indices
from optimizer.runs import foremost_first, position_within


@dataclass(frozen=True, slots=True, eq=False)
class Bound:
    """An upper bound on every plan's value in units, and what stands against it.

    arcs: (G,) int64, ascending, returning: (R,) bool, classes: (C,) bool: pairs, nodes and further members that are not
    in the part, and whose prices leave them something to gain. `total` holds for all where `classes` has none. after:
    (A,) int64, what each pair is worth less the price; least: (C,) int64, what a pair must exceed to gain by joining;
    level: (C,) int64, how urgent a member must be to gain; all in units.
    """

    total: int
    arcs: Indices
    after: Indices
    least: Indices
    level: Indices
    returning: Flags
    classes: Flags

    def is_open(self) -> bool:
        """Is there anything outside the part that could improve the plan?"""
        return bool(self.classes.any() or self.arcs.size or self.returning.any())

    def proves(self, value: int) -> bool:
        """Is no plan worth more than one of this value?"""
        return self.total == value and not self.classes.any()


def slot_prices(view: View, net: Net, eased: Eased, flow: Indices, distance: Indices) -> Indices:
    """(J, C) int64 units: what losing one free slot of the COp on the channel would cost the plan.

    `distance` (V,): shortest paths to the sink in the residual network of `flow`; for a slot in use, the way to make do
    without it.
    """
    distance = eased.potential + distance
    p, cops, slots = view.problem.parameters, view.problem.cops, net.slots
    sold = _sold(net, flow, len(cops))
    spare = -costs.load(cops.load + sold, p)
    busy = slots.cop_node >= 0
    price = np.where(busy, np.minimum(distance[slots.cop_node], spare), spare)[:, None]
    return np.where(slots.node >= 0, distance[slots.node], price)


def _sold(net: Net, flow: Indices, n_cops: int) -> Indices:
    units = net.slots.units
    busy = np.flatnonzero(units)
    holder = np.repeat(busy, units[busy])
    return np.bincount(holder, flow[flow.size - holder.size :], n_cops).astype(np.int64)


def bound(view: View, part: Part, price: Indices) -> Bound:
    """What `price` (J, C) proves, looking at everyone in the view."""
    after = net_worth(view, price)
    best, inside = best_of_classes(view, after), np.flatnonzero(part.arcs)
    best_inside = _best_of_runs(view.arcs.cls[inside], after[inside], best.size)
    who, returning = part.who, view.returning
    gains = np.maximum(who.urgency + best[who.node], 0)
    bonus = int(costs.to_units(np.array(view.problem.parameters.affinity_bonus_seconds)))
    ordinary = np.maximum(returning.who.urgency + best[returning.who.node], 0)
    extra = np.maximum(returning.who.urgency + after[returning.arc] + bonus - ordinary, 0)
    last = np.where(part.n > 0, FAR, view.head)
    last[who.node] = who.urgency  # the last write is the least urgent of each class
    n_inside = np.bincount(who.node, minlength=part.n.size)
    least = np.maximum(best_inside, -view.head)
    return Bound(
        total=int(gains.sum() + extra.sum()) + _earnings(view, price),
        arcs=_exceeding(view, after, least, best),
        after=after,
        least=least,
        level=-best,
        returning=~part.returning & (extra > 0),
        classes=(n_inside < view.n_waiting) & (last + best > 0),
    )


def net_worth(view: View, price: Indices) -> Indices:
    """(A,) int64 units: what each pair is worth less the price (J, Ch) of the slot."""
    cell = view.arcs.cop * price.shape[1]
    cell += of_arcs(view, view.channel)
    return np.asarray(view.arcs.worth - price.ravel()[cell])


def of_arcs(view: View, of_class: Indices) -> Indices:
    """(A,): what each pair's class has of (C,); in order, so several times faster than looking it up."""
    return np.repeat(of_class, np.diff(view.arcs.start))


def _exceeding(view: View, after: Indices, least: Indices, best: Indices) -> Indices:
    """(G,) int64: pairs that exceed the least of their class; most classes have none."""
    some = np.flatnonzero(best > least)
    at, _ = spans(view.arcs.start, some)
    return at[after[at] > least[view.arcs.cls[at]]]


def best_gains(view: View, price: Indices) -> Indices:
    """(C,) int64 units: the most each class could gain at these prices, before urgency."""
    return best_of_classes(view, net_worth(view, price))


def gaining(view: View, price: Indices) -> Flags:
    """(C,) bool: classes of which somebody would gain something at these prices."""
    known, after = view.returning, net_worth(view, price)
    gain = (view.n_waiting > 0) & (best_of_classes(view, after) + view.head > 0)
    bonus = int(costs.to_units(np.array(view.problem.parameters.affinity_bonus_seconds)))
    gain[known.who.node[known.who.urgency + after[known.arc] + bonus > 0]] = True
    return gain


def best_of_classes(view: View, after: Indices) -> Indices:
    """(C,) int64: the most each class could gain, before urgency."""
    best = np.full(len(view.classes), -FAR)
    some = np.flatnonzero(np.diff(view.arcs.start))
    if some.size:
        best[some] = np.maximum.reduceat(after, view.arcs.start[some])
    return best


def _best_of_runs(cls: Indices, after: Indices, n_classes: int) -> Indices:
    """(C,) int64: the same for some of the pairs, by class."""
    best = np.full(n_classes, -FAR)
    if cls.size:
        first = np.flatnonzero(np.concatenate(([True], cls[1:] != cls[:-1])))
        best[cls[first]] = np.maximum.reduceat(after, first)
    return best


def _earnings(view: View, price: Indices) -> int:
    """The most all COps could earn: the dearest slots first, each unit at a higher load."""
    cops = view.problem.cops
    at = np.flatnonzero(cops.free.ravel())
    cell = np.repeat(at, cops.free.ravel()[at])
    cop, paid = cell // cops.free.shape[1], price.ravel()[cell]
    order = foremost_first(cop, paid)
    cop, paid = cop[order], paid[order]
    load = costs.load(cops.load[cop] + position_within(cop), view.problem.parameters)
    return int(np.maximum(paid + load, 0).sum())


def loose_bound(view: View) -> int:
    """No plan is worth more, in units: every slot taken by whoever is worth most there, though nobody can be twice."""
    arcs, returning = view.arcs, view.returning
    price = np.full(view.problem.cops.free.shape, -FAR)
    bonus = int(costs.to_units(np.array(view.problem.parameters.affinity_bonus_seconds)))
    np.maximum.at(price, (arcs.cop, view.channel[arcs.cls]), view.head[arcs.cls] + arcs.worth)
    known = returning.who.urgency + arcs.worth[returning.arc] + bonus
    np.maximum.at(price, (arcs.cop[returning.arc], view.channel[returning.who.node]), known)
    return _earnings(view, price)
