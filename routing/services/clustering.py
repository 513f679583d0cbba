"""New issue types in what nobody has decided: messages strange to the model, grouped by where they lie to it."""

from collections.abc import Sequence
from dataclasses import dataclass

from routing.domain.clusters import Cluster, clusters_of
from routing.domain.issue import Triage
from routing.domain.market import Markets
from routing.domain.review import UNDECIDED
from routing.domain.worth import STRANGER_THAN_MOST
from routing.ports import Classifier
from routing.services.context import Context
from routing.services.review_views import ReviewView, review_queue

MOST_LOOKED_AT = 150
MOST_BACKGROUND = 500
# Chosen on Banking77's training split with MiniLM, six issue types taken for new at a time: of 0.55 to 0.8 by 0.05
# the first at which 95 % of a group's messages, and more, are of one type.
NEAR = 0.7
OUTSIDE = "outside_taxonomy"


@dataclass(frozen=True, slots=True)
class Found:
    """A group of undecided items that may be an issue type of their own; `words` are typical of it."""

    words: tuple[str, ...]
    items: tuple[ReviewView, ...]

    @property
    def name(self) -> str:
        """A name to begin with: its words, the first with a capital."""
        said = " ".join(self.words)
        return said[:1].upper() + said[1:]


@dataclass(frozen=True, slots=True)
class Search:
    """What was found, and among how many strange messages of how many undecided ones it was looked for."""

    found: tuple[Found, ...]
    strange: int
    undecided: int


def search(context: Context, classifier: Classifier, within: Markets = None) -> Search:
    """Group the undecided items that the gate took for new, or that are stranger than most and nobody proposed yet.

    Nearness is the cosine of the live model's embeddings. Words are told from the other undecided messages and from
    the newest that people decided.
    """
    undecided = [
        each
        for each in review_queue(context, tuple(sorted(UNDECIDED)), None, MOST_BACKGROUND, within)
        if not each.item.blind and each.item.proposal_id is None and each.text.strip()
    ]
    strange = [each for each in undecided if _is_strange(each.triage)][:MOST_LOOKED_AT]
    others = [each.text for each in undecided if each not in strange] + _decided(context)
    groups = clusters_of([each.text for each in strange], _near(classifier, strange), others)
    found = tuple(_found(group, strange) for group in groups)
    return Search(found, len(strange), len(undecided))


def _is_strange(triage: Triage | None) -> bool:
    return triage is not None and (OUTSIDE in triage.reasons or triage.novelty >= STRANGER_THAN_MOST)


def _near(classifier: Classifier, views: Sequence[ReviewView]) -> dict[int, list[tuple[int, float]]]:
    texts = [view.text for view in views]
    found = {}
    for at, text in enumerate(texts):
        pairs = classifier.similar(text, texts, len(texts))
        found[at] = [(other, likeness) for other, likeness in pairs if other != at and likeness >= NEAR]
    return found


def _decided(context: Context) -> list[str]:
    with context.store.reading() as uow:
        return [label.text for label in uow.labels.newest(MOST_BACKGROUND)]


def _found(group: Cluster, views: Sequence[ReviewView]) -> Found:
    return Found(group.words, tuple(views[at] for at in group.members))
