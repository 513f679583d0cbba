"""Fitting and measuring a classifier; nothing here is needed to serve one."""

from encoders.progress import Progress
from encoders.training.evaluation import Confusion, NoveltyReport, Report, evaluate
from encoders.training.examples import Example
from encoders.training.fitting import train
from encoders.training.reading import ReadResult, Reject, read_examples

__all__ = [
    "Confusion",
    "Example",
    "NoveltyReport",
    "Progress",
    "ReadResult",
    "Reject",
    "Report",
    "evaluate",
    "read_examples",
    "train",
]
