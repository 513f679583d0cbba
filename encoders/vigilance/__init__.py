"""Vulnerable customers and fraud in progress, found beside the classifier: a model over meaning, words and cues."""

from encoders.vigilance.detector import Alert, Detector
from encoders.vigilance.fitting import fit_detector
from encoders.vigilance.kinds import FRAUD, Kind

__all__ = ["FRAUD", "Alert", "Detector", "Kind", "fit_detector"]
