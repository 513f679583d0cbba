"""A preview of changed issue types in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from encoders.training.taxonomy_preview import BeforeAfter, NewTypeEvidence, Preview, SliceChange

_SLICES = 8
_ROWS = 20


def preview_lines(found: Preview) -> Iterator[str]:
    """What a person needs in order to say yes or no."""
    before, after = found.issue_types
    yield f"{found.what} {', '.join(found.keys)}: {before} issue types become {after}"
    yield f"  {found.rows_affected} lessons affected: {found.rows_added} new, {found.rows_dropped} dropped"
    if found.unsure:
        rows = ", ".join(map(str, found.unsure_rows[:_ROWS]))
        more = f" and {found.unsure - _ROWS} more" if found.unsure > _ROWS else ""
        yield f"  {found.unsure} lessons could not be told apart: rows {rows}{more}"
    yield from _answers(found)
    for made in found.made:
        yield f"  {_evidence(made)}"
    for change in found.slices[:_SLICES]:
        yield f"  {_slice(change)}"
    for note in (*found.notes, f"gate: {found.gate_note}"):
        yield f"  {note}"
    if found.seconds is not None:
        yield f"  took {found.seconds:g} seconds"


def _answers(found: Preview) -> Iterator[str]:
    if found.answers_changed is None:
        yield "  no held-out message to compare answers on"
    else:
        yield f"  {found.answers_changed:.2%} of {found.compared} held-out messages are answered otherwise"
        yield from (f"    {flow.rows:5d}  {flow.before} -> {flow.after}" for flow in found.flows)
        yield f"  accuracy on types not named: {_both(found.untouched)}"
        yield f"  decided automatically: {_both(found.automatic)}"
    if found.left_without_type:
        share = found.left_without_type_automatic or 0.0
        yield f"  messages left without a type: {share:.1%} would be decided automatically; the likeliest answers"
        yield from (f"    {flow.rows:5d}  {flow.before} -> {flow.after}" for flow in found.left_without_type)


def _both(found: BeforeAfter) -> str:
    if found.before is None or found.after is None:
        return "not measured"
    return f"{found.before:.2%} before, {found.after:.2%} after ({found.rows} messages)"


def _evidence(made: NewTypeEvidence) -> str:
    if not made.rows:
        return f"{made.issue_type}: {made.lessons} lessons, no message labelled by people to judge it by; no guarantee"
    held_out = f"{made.found} of {made.rows} held-out messages found"
    return f"{made.issue_type}: {made.lessons} lessons, {held_out}; prediction sets by {made.set_source} rows"


def _slice(change: SliceChange) -> str:
    standing = " -> ".join(one or "not judged" for one in change.standing)
    return f"{change.dimension} {change.name}: {change.answers_changed:.1%} answered otherwise, gate {standing}"
