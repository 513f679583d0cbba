"""What every method of matching starts from: classes, eligible pairs, their worth, and urgencies."""

from dataclasses import dataclass
from time import perf_counter

from optimizer import classes, tables, valuation
from optimizer.arcs import Arcs, eligible_arcs
from optimizer.classes import Classes
from optimizer.problem import Indices, Problem
from optimizer.tables import Tables


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A problem and what follows from it; urgency: (N,) int64, units, the worth of answering each now."""

    problem: Problem
    tables: Tables
    classes: Classes
    arcs: Arcs
    urgency: Indices
    build_ms: float


def prepare(problem: Problem) -> Prepared:
    """Classes, eligible pairs and their worth."""
    began = perf_counter()
    table = tables.tabulate(problem)
    grouped = classes.aggregate(problem)
    pairs = eligible_arcs(problem, grouped, table)
    urgency = valuation.conversation_urgency(problem)
    return Prepared(problem, table, grouped, pairs, urgency, milliseconds_since(began))


def milliseconds_since(began: float) -> float:
    """Milliseconds since the `perf_counter` reading `began`."""
    return (perf_counter() - began) * 1000
