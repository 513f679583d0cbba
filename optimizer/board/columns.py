"""Choosing and joining rows of conversation arrays."""

from collections.abc import Sequence
from dataclasses import fields

import numpy as np

from optimizer.problem import ConversationArrays, Indices

ROW_COLUMNS = (
    *("market", "language", "channel", "priority", "waiting_seconds"),
    *("target_seconds", "vulnerable", "fraud", "last_cop"),
)
"""The columns of `ConversationArrays` with one value a conversation."""


def spans(start: Indices, rows: Indices) -> tuple[Indices, Indices]:
    """Where the elements of `rows` lie in an array cut at `start`, row after row, and the new row starts."""
    width = start[rows + 1] - start[rows]
    new = np.concatenate(([0], np.cumsum(width))).astype(np.int64)
    at = np.repeat(start[rows] - new[:-1], width) + np.arange(int(new[-1]))
    return at, new


def chosen(c: ConversationArrays, rows: Indices) -> ConversationArrays:
    """The conversations at `rows` (R,), in that order."""
    candidates, candidate_start = spans(c.candidate_start, rows)
    exclusions, exclusion_start = spans(c.exclusion_start, rows)
    return ConversationArrays(
        candidate_start=candidate_start,
        candidate_type=c.candidate_type[candidates],
        candidate_probability=c.candidate_probability[candidates],
        exclusion_start=exclusion_start,
        excluded_cop=c.excluded_cop[exclusions],
        **{name: getattr(c, name)[rows] for name in ROW_COLUMNS},
    )


def joined(parts: Sequence[ConversationArrays]) -> ConversationArrays:
    """The conversations of all `parts`, one after the other."""
    columns = {each.name: np.concatenate([getattr(c, each.name) for c in parts]) for each in fields(parts[0])}
    for name in ("candidate_start", "exclusion_start"):
        widths = np.concatenate([np.diff(getattr(c, name)) for c in parts])
        columns[name] = np.concatenate(([0], np.cumsum(widths))).astype(np.int64)
    return ConversationArrays(**columns)
