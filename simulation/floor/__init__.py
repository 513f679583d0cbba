"""A seeded model of a whole floor for comparing policies: the production matching decides, the rest is simulated."""

from simulation.floor.policies.registry import Tuning
from simulation.floor.result import FloorResult
from simulation.floor.run import POLICIES, simulate
from simulation.floor.scenario import FloorScenario, read_scenario

__all__ = ["POLICIES", "FloorResult", "FloorScenario", "Tuning", "read_scenario", "simulate"]
