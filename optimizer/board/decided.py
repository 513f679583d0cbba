"""A view's decision: solved, completed with those who must not be held back, valued and checked."""

from dataclasses import dataclass, replace

import numpy as np

from optimizer import array_checks, greedy, rules, valuation
from optimizer.board import duals, sifting
from optimizer.board.flow import joined
from optimizer.board.scene import Scene
from optimizer.board.view import Customers, View, view_of
from optimizer.classes import Classes
from optimizer.decision import Solver
from optimizer.errors import PlanRejected
from optimizer.plan import SolverName
from optimizer.prepared import Prepared
from optimizer.problem import Flags, Indices, Problem
from optimizer.release import release


@dataclass(frozen=True, slots=True, eq=False)
class Decided:
    """P assignments: slot (P,) in the waiting store, cop (P,) in the view, and the columns of a `BoardPlan`."""

    slot: Indices
    cop: Indices
    held: Indices
    released: Flags
    value: Indices
    gap: int
    solver: SolverName

    @property
    def objective(self) -> int:
        """The sum of the values, in units."""
        return int(self.value.sum())


def solved(scene: Scene, solver: Solver) -> Decided:
    """The optimum, proven and checked; raises `SolverError` or `PlanRejected`."""
    if not scene.lane.size:
        return _nothing()
    view, found = sifting.optimum(scene, solver)
    decided = _decided(view, found.who, found.cop, SolverName.MIN_COST_FLOW)
    if decided.objective != found.value:
        raise PlanRejected(f"the plan claims a value of {found.value} units; it is {decided.objective}")
    return decided


def _nothing() -> Decided:
    """Nobody waits whom anybody free could serve."""
    none = np.zeros(0, np.int64)
    return Decided(none, none, none, np.zeros(0, np.bool_), none, 0, SolverName.MIN_COST_FLOW)


def greedily(scene: Scene) -> Decided:
    """The greedy plan, and a bound on how much more any other could be worth."""
    view = view_of(scene, np.arange(scene.head.size))
    slots = np.bincount(view.arcs.cls, view.arcs.free, len(view.classes)).astype(np.int64)
    who = view.most_urgent(np.minimum(slots, view.n_waiting))
    cop_of = greedy.assign(_prepared(view, who))
    served = np.flatnonzero(cop_of >= 0)
    decided = _decided(view, who.at(served), cop_of[served], SolverName.GREEDY)
    return replace(decided, gap=duals.loose_bound(view) - decided.objective)


def _decided(view: View, who: Customers, cop: Indices, solver: SolverName) -> Decided:
    late = _late(view, who, cop)
    everyone = joined(who, late)
    prepared = _prepared(view, everyone)
    cop_of = np.concatenate([cop, np.full(len(late), -1, np.int64)])
    if len(late):
        cop_of = release(prepared, cop_of)
    rows = np.flatnonzero(cop_of >= 0)
    _check(prepared, rows, cop_of[rows])
    released = rows >= len(who)
    held, value = _valued(prepared, rows, cop_of[rows], released)
    return Decided(everyone.slot[rows], cop_of[rows], held, released, value, 0, solver)


def _valued(prepared: Prepared, rows: Indices, cops: Indices, released: Flags) -> tuple[Indices, Indices]:
    """(P,) int64: units held before, and value, of each pair, term by term."""
    problem = prepared.problem
    held = valuation.units_held(problem, rows, cops, prepared.urgency, released)
    quantities = valuation.pair_quantities(problem, prepared.tables, rows, cops)
    terms = valuation.pair_terms(problem, quantities, valuation.Pairs(rows, cops, held, released))
    return held, valuation.total(terms, rows.size)


def _late(view: View, who: Customers, cop: Indices) -> Customers:
    """Those past the longest hold who still wait while a COp who could serve them has a slot left."""
    arcs, left = view.arcs, view.problem.cops.free.copy()
    np.subtract.at(left, (cop, view.channel[who.node]), 1)
    spare = left[arcs.cop, view.channel[arcs.cls]]
    slots = np.bincount(arcs.cls, np.minimum(spare, view.arcs.free), len(view.classes)).astype(np.int64)
    if not slots.any():
        return who.at(who.slot[:0])
    taken = np.bincount(who.node, minlength=len(view.classes))
    return _not_served(view, who, np.where(slots > 0, slots + taken, 0))


def _not_served(view: View, who: Customers, n: Indices) -> Customers:
    lanes, x = view.scene.waiting.lanes.lanes, view.scene.waiting
    lane = view.lane[n[view.lane_node] > 0]
    node = view.lane_node[n[view.lane_node] > 0]
    owner, slot = x.rings.heads(lane, n[node])
    waited = np.maximum(view.scene.now - x.slots["arrival"][slot], 0.0)
    at = lane[owner]
    late = rules.is_past_hold(waited, lanes["vulnerable"][at], lanes["fraud"][at], view.problem.parameters)
    late &= ~np.isin(slot, who.slot)
    return Customers(slot[late], node[owner[late]], view.urgency(slot[late]))


def _prepared(view: View, who: Customers) -> Prepared:
    p = view.problem
    problem = Problem(view.rows(who.slot), p.cops, p.issue_types, p.handle_times, p.parameters, p.steering)
    c = view.classes
    first = np.zeros(len(c), np.int64)
    first[who.node] = np.arange(len(who))
    classes = Classes(who.node, first, c.width, c.candidate_type, c.candidate_probability)
    return Prepared(problem, view.tables, classes, view.arcs, who.urgency, 0.0)


def _check(prepared: Prepared, rows: Indices, cops: Indices) -> None:
    """Refuse a plan that breaks a rule of the live state; raises `PlanRejected`."""
    facts = array_checks.rule_facts(prepared.problem, rows, cops)
    verdicts = rules.verdicts(facts, prepared.problem.parameters)
    broken = [rule for rule, kept in verdicts.items() if not kept.all()]
    given = np.zeros_like(prepared.problem.cops.free)
    np.add.at(given, (cops, prepared.problem.conversations.channel[rows]), 1)
    if broken or (given > prepared.problem.cops.free).any() or np.unique(rows).size < rows.size:
        raise PlanRejected(f"the plan breaks {', '.join(broken) or 'the COps free slots'}")
