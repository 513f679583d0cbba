"""What of a conversation is read: the customer's own words, the newest of them most."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from encoders.classifier import Decision, Prediction
from encoders.email import own_words
from encoders.email_phrases import GREETING
from encoders.gate import Gate
from encoders.segments import LEAST_WORDS, MOST_SEGMENTS, Segment, count_words, segments
from encoders.text import MAX_CHARACTERS

NEWEST_MESSAGES = 5
READ_TOGETHER = 1_000
"""Characters. Sentence encoders read about 250 word pieces and drop what comes behind them: the newest message, were
the older ones let in without a limit."""
NEWEST_WEIGHT = 0.7
_NOWHERE: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Reading:
    """The texts that are classified of one conversation.

    `whole`: its newest messages together. `newest`: the last that says something, where there is more than one message.
    `parts`: the pieces that could be needs of their own; empty where there are fewer than two.
    """

    whole: str
    newest: str | None = None
    parts: tuple[Segment, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """The whole, then the newest if any, then the parts."""
        return (self.whole, *(() if self.newest is None else (self.newest,)), *(part.text for part in self.parts))


def gist(messages: Sequence[str]) -> str:
    """The customer's own words in their newest messages, oldest first, at most 4,000 characters.

    The newest message is there up to that; older ones only while all together stay under 1,000.
    """
    return "\n".join(_chosen(messages))


def read(messages: Sequence[str]) -> Reading:
    """What to classify of a conversation's messages (masked, oldest first)."""
    chosen = _chosen(messages)
    parts = tuple(part for message in chosen for part in (segments(message) or (Segment(message),)))
    parts = tuple(part for part in parts if count_words(part.text) >= LEAST_WORDS)[-MOST_SEGMENTS:]
    return Reading("\n".join(chosen), _newest(chosen), parts if len(parts) > 1 else ())


def pooled(whole: Prediction, newest: Prediction, gate: Gate, slices: Mapping[str, str] = _NOWHERE) -> Prediction:
    """Both readings of a conversation as one: the newest message weighs seven parts in ten.

    `slices`: where the gate finds it, by dimension, as in `Gate.decide`.

    A newest message that means nothing by itself ("it still has not come") leaves the word to the whole. Where the two
    name different types, either the customer went on to something else or the newest message is half a sentence: people
    decide, unless both turn out to be needs of their own (`encoders.needs`).
    """
    if newest.novelty > gate.novelty_threshold:
        return whole
    distribution = _mixture(whole, newest)
    top, confidence = distribution[0]
    leading = newest if newest.issue_type == top else whole
    agreed = whole.issue_type == newest.issue_type and Decision.AUTO in {whole.decision, newest.decision}
    decision = gate.decide(confidence, leading.novelty, slices) if agreed else Decision.REVIEW
    possible = {top, *whole.prediction_set, *newest.prediction_set}
    return replace(
        leading,
        issue_type=top,
        confidence=confidence,
        decision=decision,
        prediction_set=tuple(key for key, _ in distribution if key in possible),
        distribution=distribution,
    )


def _mixture(whole: Prediction, newest: Prediction) -> tuple[tuple[str, float], ...]:
    older, newer = dict(whole.distribution), dict(newest.distribution)
    mixed = {
        key: NEWEST_WEIGHT * newer.get(key, 0.0) + (1 - NEWEST_WEIGHT) * older.get(key, 0.0) for key in older | newer
    }
    return tuple(sorted(mixed.items(), key=lambda pair: (-pair[1], pair[0])))


def _chosen(messages: Sequence[str]) -> list[str]:
    own = [own_words(message) for message in messages[-NEWEST_MESSAGES:]]
    own = [message for message in own if not _only_greets(message)] or own[-1:]
    if not own:
        return []
    kept = [own[-1][:MAX_CHARACTERS]]
    for message in reversed(own[:-1]):
        if sum(map(len, kept)) + len(message) > READ_TOGETHER:
            break
        kept.insert(0, message)
    return kept


def _only_greets(message: str) -> bool:
    found = GREETING.fullmatch(message) if len(message) <= 40 else None
    return not message.strip() or (found is not None and count_words(found["rest"]) == 0)


def _newest(chosen: Sequence[str]) -> str | None:
    if len(chosen) < 2:
        return None
    return next((message for message in reversed(chosen) if count_words(message) >= LEAST_WORDS), None)
