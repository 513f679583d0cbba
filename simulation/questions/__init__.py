"""What-if questions of managers, answered on a simulated floor in a process of its own."""

from simulation.questions.process import FloorSimulator
from simulation.questions.reading import Files

__all__ = ["Files", "FloorSimulator"]
