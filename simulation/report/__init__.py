"""A comparison as one HTML page that needs nothing else."""

from simulation.report.page import render, write_page

__all__ = ["render", "write_page"]
