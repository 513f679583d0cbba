"""One verdict for near-duplicates: which other undecided items say the same, and deciding those a person leaves in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from routing.domain.errors import Invalid, RoutingError
from routing.domain.market import Markets
from routing.domain.review import UNDECIDED, ReviewId, ReviewItem
from routing.ports import Classifier
from routing.services import review
from routing.services.context import Context
from routing.services.review_views import ReviewView, review_queue

MOST_COMPARED = 500
MOST_AT_ONCE = 50
# Among 2,500 messages of Banking77's training split, by MiniLM: of the pairs from 0.8 on 90 % are of one issue type, of
# those from 0.95 on 98 %. A person looks at each before anything is decided.
LEAST_ALIKE = 0.8
SURELY_ALIKE = 0.95
Step = Callable[[ReviewId], ReviewItem]


@dataclass(frozen=True, slots=True)
class Alike:
    """An item that says nearly the same as another: `similarity` is the cosine, `sure` that it is proposed at once."""

    view: ReviewView
    similarity: float
    sure: bool


def alike(context: Context, classifier: Classifier, view: ReviewView, by: str, within: Markets = None) -> list[Alike]:
    """Undecided items near in meaning to one, nearest first: what one verdict could decide together.

    Blind checks are left out, for each is to be judged by itself, and so is what somebody else holds. `sure` are the
    same words, and those of cosine SURELY_ALIKE or more whose prediction set holds the first guess of the one.
    """
    states = tuple(sorted(UNDECIDED))
    found = review_queue(context, states, None, MOST_COMPARED, within)
    others = [
        each
        for each in found
        if each.item.id != view.item.id and not each.item.blind and each.holder in {None, by} and each.text.strip()
    ]
    near = classifier.similar(view.text, [each.text for each in others], MOST_AT_ONCE - 1)
    close = [(others[at], likeness) for at, likeness in near if likeness >= LEAST_ALIKE]
    return [Alike(each, likeness, _sure(view, each, likeness)) for each, likeness in close]


def _sure(view: ReviewView, other: ReviewView, likeness: float) -> bool:
    if _folded(view.text) == _folded(other.text):
        return True
    if view.triage is None or other.triage is None:
        return False
    return likeness >= SURELY_ALIKE and view.triage.issue_type in other.triage.prediction_set


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of deciding several: the items decided, and (item, why not) of the others."""

    decided: tuple[ReviewId, ...]
    refused: tuple[tuple[ReviewId, str], ...]


def decide_all(context: Context, ids: Sequence[ReviewId], issue_type: str | None, by: str) -> Outcome:
    """The same verdict for several items, a transaction each: one that somebody else decided or holds stays theirs."""
    _require_few(ids)
    if issue_type is not None:
        context.packs.current().taxonomy.get(issue_type)
    return _each(ids, lambda id: review.give_verdict(context, id, issue_type, by))


def undo_all(context: Context, ids: Sequence[ReviewId], by: str) -> Outcome:
    """Take back one's own verdicts on several items, a transaction each; `decided` are those taken back."""
    _require_few(ids)
    return _each(ids, lambda id: review.undo(context, id, by))


def _require_few(ids: Sequence[ReviewId]) -> None:
    if not 0 < len(set(ids)) <= MOST_AT_ONCE:
        raise Invalid("items", f"{len(set(ids))} items", f"1 to {MOST_AT_ONCE}")


def _each(ids: Sequence[ReviewId], step: Step) -> Outcome:
    done, refused = list[ReviewId](), list[tuple[ReviewId, str]]()
    for id in dict.fromkeys(ids):
        try:
            step(id)
            done.append(id)
        except RoutingError as error:
            refused.append((id, str(error)))
    return Outcome(tuple(done), tuple(refused))
