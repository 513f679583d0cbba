"""A model's report: one page that people look at, and the same figures for programs."""

from encoders.report.document import ModelReport, Origin, ReviewCost
from encoders.report.files import write_report
from encoders.report.making import report_evaluation, report_training, seen_warning
from encoders.report.page import render

__all__ = [
    "ModelReport",
    "Origin",
    "ReviewCost",
    "render",
    "report_evaluation",
    "report_training",
    "seen_warning",
    "write_report",
]
