"""What makes a message unsure: its words left out in turn, and the live classifier asked again, within a budget."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic

from routing.domain.attribution import Attribution, Span, Weighed, share_of, spans_of, without
from routing.domain.issue import Triage
from routing.ports import Classifier, Utterance
from routing.services.context import Context
from routing.services.review_views import ReviewView

AT_ONCE = 8
MOST_KEPT = 500
BUDGET_SECONDS = 0.25
NEWEST_MESSAGES = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """One message as the classifier reads it, and the two issue types that are weighed against each other."""

    messages: tuple[str, ...]
    languages: tuple[str, ...]
    market: str | None
    pair: tuple[str, str]


class Attributions:
    """Answers that were worked out, kept by model, words and pair; the words themselves are not kept."""

    def __init__(
        self, classifier: Classifier, budget_seconds: float = BUDGET_SECONDS, clock: Callable[[], float] = monotonic
    ) -> None:
        self._classifier, self._budget, self._clock = classifier, budget_seconds, clock
        self._kept: OrderedDict[str, Attribution] = OrderedDict()
        self._lock = threading.Lock()

    def known(self, context: Context, view: ReviewView) -> Attribution | None:
        """What was worked out before; None where nothing was, or nothing may be told."""
        asked = _asked(context, view)
        return self._kept.get(self._key(asked)) if asked else None

    def of(self, context: Context, view: ReviewView) -> Attribution | None:
        """The attribution of an item; None where its guess is hidden, or there are no two types to weigh.

        It says what the model does with these words, not why: words that only count together may each show nothing.
        """
        asked = _asked(context, view)
        if asked is None:
            return None
        key = self._key(asked)
        found = self._kept.get(key)
        if found is None:
            found = self._worked_out(context, asked)
            with self._lock:
                self._kept[key] = found
                while len(self._kept) > MOST_KEPT:
                    self._kept.popitem(last=False)
        return found

    def _key(self, asked: Asked) -> str:
        parts = (self._classifier.version, *asked.pair, *asked.messages)
        return hashlib.sha256("\x00".join(parts).encode("utf-8", "surrogatepass")).hexdigest()

    def _worked_out(self, context: Context, asked: Asked) -> Attribution:
        ends = self._clock() + self._budget
        version = self._classifier.version
        [share] = self._shares(context, asked, [asked.messages])
        spans, weighed = spans_of(asked.messages), list[Weighed]()
        for start in range(0, len(spans), AT_ONCE):
            if start and self._clock() >= ends:
                break
            some = spans[start : start + AT_ONCE]
            weighed += self._weighed(context, asked, some, share)
        return Attribution(*asked.pair, share, tuple(weighed), len(weighed) == len(spans), version)

    def _weighed(self, context: Context, asked: Asked, spans: Sequence[Span], share: float) -> list[Weighed]:
        readings = [without(asked.messages, span) for span in spans]
        # Without its only word a message has nothing that could be read.
        left = [any(part.strip() for part in reading) for reading in readings]
        shares = iter(self._shares(context, asked, [r for r, some in zip(readings, left, strict=True) if some]))
        return [
            Weighed(span, share - next(shares) if some else share - 0.5) for span, some in zip(spans, left, strict=True)
        ]

    def _shares(self, context: Context, asked: Asked, readings: Sequence[tuple[str, ...]]) -> list[float]:
        if not readings:
            return []
        gist = context.masker.gist
        said = [tuple(part for part in reading if part.strip()) for reading in readings]
        utterances = [Utterance(gist(each), asked.languages, None, each, asked.market) for each in said]
        triages = self._classifier.classify(utterances, context.packs.current().taxonomy, context.clock.now())
        return [share_of(dict(triage.distribution), *asked.pair) for triage in triages]


def _asked(context: Context, view: ReviewView) -> Asked | None:
    pair = _pair(view.triage)
    if view.item.hides_guess or pair is None or not view.messages:
        return None
    pack = context.packs.current()
    market = pack.markets.get(view.conversation.market)
    languages = market.languages if market else pack.languages
    return Asked(view.messages[-NEWEST_MESSAGES:], languages, view.conversation.market, pair)


def _pair(triage: Triage | None) -> tuple[str, str] | None:
    if triage is None or len(triage.distribution) < 2 or triage.distribution[1][1] <= 0:
        return None
    if triage.distribution[0][1] == triage.distribution[1][1] == triage.distribution[-1][1]:
        return None  # even odds on everything: nothing was understood
    return triage.distribution[0][0], triage.distribution[1][0]
