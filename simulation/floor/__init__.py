"""A seeded model of a whole floor, for comparing ways of matching: the production code decides, everything else is simulated."""

from simulation.floor.result import FloorResult
from simulation.floor.run import POLICIES, simulate
from simulation.floor.scenario import FloorScenario, read_scenario

__all__ = ["POLICIES", "FloorResult", "FloorScenario", "read_scenario", "simulate"]
