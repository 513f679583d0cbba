"""What one verdict for near-duplicates would decide."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.console import wording
from api.console.names import snippet
from api.console.views_candidates import Candidate, candidates_of
from api.console.views_queue import Reader, guess_of
from routing.domain.pack import Pack
from routing.services.deciding_alike import Alike
from routing.services.review_views import ReviewView


@dataclass(frozen=True, slots=True)
class AlikeRow:
    """One item that would be decided; `ticked` until a person takes it out, or from when they put it in."""

    id: str
    snippet: str
    guess: str
    percent: str
    ticked: bool


@dataclass(frozen=True, slots=True)
class AlikePreview:
    """The item itself, those near it, and the types to choose from."""

    id: str
    snippet: str
    rows: tuple[AlikeRow, ...]
    candidates: tuple[Candidate, ...]


def preview(view: ReviewView, found: Sequence[Alike], pack: Pack, reader: Reader) -> AlikePreview:
    """The preview as a reader sees it, nearest first."""
    rows = tuple(
        AlikeRow(
            each.view.item.id,
            snippet(each.view.text),
            guess_of(each.view, pack.taxonomy),
            wording.percent(each.similarity),
            each.sure and reader.name not in each.view.item.skipped_by,
        )
        for each in found
    )
    triage = None if view.item.hides_guess else view.triage
    return AlikePreview(view.item.id, snippet(view.text), rows, candidates_of(triage, pack.taxonomy))
