"""Fitting and measuring a classifier; nothing here is needed to serve one."""

from encoders.modes import Mode
from encoders.progress import Progress
from encoders.training.described import TypeDescription
from encoders.training.describing import read_descriptions
from encoders.training.evaluation import Confusion, NoveltyReport, Report, evaluate
from encoders.training.examples import Example
from encoders.training.fitting import train
from encoders.training.reading import ReadResult, Reject, read_examples

__all__ = [
    "Confusion",
    "Example",
    "Mode",
    "NoveltyReport",
    "Progress",
    "ReadResult",
    "Reject",
    "Report",
    "TypeDescription",
    "evaluate",
    "read_descriptions",
    "read_examples",
    "train",
]
