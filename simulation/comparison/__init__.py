"""Policies and changed floors side by side: the same customers for all, means and paired differences with intervals."""

from simulation.comparison.catalogue import find_scenario, shipped
from simulation.comparison.changes import WhatIf, merged, parse_changes, read_what_if
from simulation.comparison.contenders import Contender, contenders_of, read_policy_choice
from simulation.comparison.figures import FIGURES, Figure
from simulation.comparison.outcome import Comparison, Line, compare
from simulation.comparison.trials import perform

__all__ = [
    "FIGURES",
    "Comparison",
    "Contender",
    "Figure",
    "Line",
    "WhatIf",
    "compare",
    "contenders_of",
    "find_scenario",
    "merged",
    "parse_changes",
    "perform",
    "read_policy_choice",
    "read_what_if",
    "shipped",
]
