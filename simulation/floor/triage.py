"""What the simulated classifier says: errors as a confusion matrix has them, beliefs that are honest about them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.domain.errors import Invalid
from simulation.floor.people import Kinds
from simulation.floor.scenario import Triage

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
MOST_CANDIDATES = 4
LEAST_SHARE = 0.05
"""Candidates less probable than this are left out of a belief."""

_FILE = "a JSON file with `labels` and a square `matrix` of counts (rows are the truth), or `pointsman evaluate --json`"


@dataclass(frozen=True, slots=True, eq=False)
class TriageModel:
    """Beliefs 0 to T - 1 are certain of that issue type; T + p is what is known once the classifier said p.

    confusion: (T, T) float64, rows are the truth and sum to 1; types, shares: per belief, ascending types and their
    probabilities; likeliest: (2T,) int64, the most probable issue type of each belief.
    """

    confusion: Floats
    types: tuple[Indices, ...]
    shares: tuple[Floats, ...]
    likeliest: Indices

    @property
    def cumulative(self) -> Floats:
        """(T, T) float64: shares up to each prediction, for drawing one."""
        return np.asarray(np.cumsum(self.confusion, axis=1))


def model_of(triage: Triage, kinds: Kinds) -> TriageModel:
    """The classifier of a scenario; raises Invalid for a confusion file that cannot be used."""
    confusion = _from_file(Path(triage.confusion), len(kinds)) if triage.confusion else _from_rates(triage, kinds)
    joint = confusion * kinds.share[:, None]
    certain = [(np.array([t]), np.ones(1)) for t in range(len(kinds))]
    beliefs = certain + [_belief(joint[:, said], said) for said in range(len(kinds))]
    types, shares = zip(*beliefs, strict=True)
    likeliest = np.array([t[int(np.argmax(p))] for t, p in beliefs])
    return TriageModel(confusion, tuple(types), tuple(shares), likeliest)


def _belief(joint: Floats, said: int) -> tuple[Indices, Floats]:
    """Bayes: what it may be, given what the classifier said."""
    if joint.sum() <= 0:
        return np.array([said]), np.ones(1)
    share = joint / joint.sum()
    likely = np.argsort(-share, kind="stable")[:MOST_CANDIDATES]
    kept = np.sort(likely[(share[likely] >= LEAST_SHARE) | (likely == likely[0])])
    return kept, share[kept] / share[kept].sum()


def _from_rates(triage: Triage, kinds: Kinds) -> Floats:
    n = len(kinds)
    same = kinds.family[:, None] == kinds.family[None, :]
    other = ~np.eye(n, dtype=np.bool_)
    near, far = _rows(same & other), _rows(~same)
    has_near, has_far = near.any(axis=1, keepdims=True), far.any(axis=1, keepdims=True)
    inside = np.where(has_far, np.where(has_near, triage.error_in_family, 0.0), 1.0)
    wrong = inside * near + (1 - inside) * far
    error = (1 - triage.accuracy) * (has_near | has_far)
    return np.asarray(error * wrong + np.eye(n) * (1 - error))


def _rows(mask: NDArray[np.bool_]) -> Floats:
    return np.asarray(mask / np.maximum(mask.sum(axis=1, keepdims=True), 1))


def _from_file(path: Path, n: int) -> Floats:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise Invalid("triage.confusion", f"{path.name}: {error}", _FILE) from error
    if not isinstance(document, dict):
        raise Invalid("triage.confusion", type(document).__name__, _FILE)
    counts = _matrix(document) if "matrix" in document else _report(document)
    return _fitted(counts, n)


def _matrix(document: dict[str, Any]) -> Floats:
    try:
        counts = np.array(document["matrix"], dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise Invalid("triage.confusion.matrix", str(error), _FILE) from error
    square = counts.ndim == 2 and counts.shape[0] == counts.shape[1] == len(document.get("labels", ()))
    if not square or not np.isfinite(counts).all() or (counts < 0).any() or not (counts.sum(axis=1) > 0).all():
        raise Invalid("triage.confusion.matrix", f"shape {counts.shape}", f"{_FILE}, no row empty or negative")
    return counts


def _report(document: dict[str, Any]) -> Floats:
    """An evaluation names each type's recall and the commonest confusions; other errors are spread evenly."""
    try:
        rows = [row for row in document["classes"] if row["rows"]]
        place = {str(row["issue_type"]): at for at, row in enumerate(rows)}
        hits = np.array([float(row["recall"] or 0.0) * float(row["rows"]) for row in rows])
        total = np.array([float(row["rows"]) for row in rows])
        named = [
            (place.get(c["issue_type"]), place.get(c["taken_for"]), float(c["count"])) for c in document["confusions"]
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise Invalid("triage.confusion", f"{type(error).__name__}: {error}", _FILE) from error
    if not rows:
        raise Invalid("triage.confusion.classes", 0, "at least one issue type with messages")
    counts = np.diag(hits)
    for truth, taken, count in named:
        if truth is not None and taken is not None:
            counts[truth, taken] += count
    rest = np.maximum(total - counts.sum(axis=1), 0.0)
    return np.asarray(counts + rest[:, None] * _rows(~np.eye(len(rows), dtype=np.bool_)))


def _fitted(counts: Floats, n: int) -> Floats:
    """The matrix for `n` simulated types: repeated block by block where there are more, its first `n` where fewer."""
    size = len(counts)
    block, place = np.divmod(np.arange(n), size)
    whole = counts[place[:, None], place[None, :]] * (block[:, None] == block[None, :])
    empty = whole.sum(axis=1) <= 0
    whole[empty, np.flatnonzero(empty)] = 1.0
    return np.asarray(whole / whole.sum(axis=1, keepdims=True))
