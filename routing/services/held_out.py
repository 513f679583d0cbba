"""What models learn from and are judged by: the pack and what people taught, with a fixed tenth never taught."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from routing.domain.comparison import Judged
from routing.domain.conversation import Conversation, ConversationId
from routing.domain.fingerprint import fingerprint
from routing.domain.label import Label
from routing.domain.pack import LabelledMessage
from routing.services.context import Context

HELD_OUT_ONE_IN = 10


@dataclass(frozen=True, slots=True)
class Material:
    """`taught` and `judged` share no message; `labels` is how many people gave, `label_ids` every one that was read."""

    taught: tuple[Judged, ...]
    judged: tuple[Judged, ...]
    outside: tuple[str, ...]
    labels: int
    label_ids: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """A digest of everything a model learns of it and is judged by."""
        pairs = sorted({one.pair for one in (*self.taught, *self.judged)})
        return fingerprint(*(part for pair in pairs for part in pair), *sorted(set(self.outside)))


def material(context: Context, extra: Iterable[LabelledMessage] = (), feedback: bool = True) -> Material:
    """From the pack, `extra` messages and (with feedback) every label.

    Judged by are the pack's own held-out messages and a tenth of the labels and extra messages, chosen by their text,
    so that the same message is held out every time and never taught.
    """
    pack = context.packs.current()
    labels, places, ids = _labels(context) if feedback else ([], {}, ())
    known = [_judged(label, key, places) for label in labels if (key := label.issue_type) in pack.taxonomy.keys and key]
    given = [*known, *(Judged(text, key) for text, key in extra)]
    held_out = [Judged(text, key) for text, key in pack.held_out_examples]
    judged = {one.pair: one for one in reversed([*(one for one in given if is_held_out(one.text)), *held_out])}
    shown = {_same_words(text) for text, _ in judged}
    own = (Judged(text, key) for text, key in pack.training_examples)
    taught = {one.pair: one for one in (*own, *given) if _same_words(one.text) not in shown}
    outside = (*pack.outside_calibration, *(label.text for label in labels if label.issue_type is None))
    return Material(tuple(taught.values()), tuple(reversed(judged.values())), outside, len(labels), ids)


def is_held_out(text: str) -> bool:
    """Whether a labelled message belongs to the tenth that is never taught; the same answer every time."""
    return hashlib.sha256(_same_words(text).encode()).digest()[0] % HELD_OUT_ONE_IN == 0


def _same_words(text: str) -> str:
    """Equal for messages that differ in case and spacing alone."""
    return " ".join(text.casefold().split())


def _labels(context: Context) -> tuple[list[Label], dict[ConversationId, Conversation], tuple[str, ...]]:
    """One label a message, and the conversations they come from: of several labels, who spoke last is right.

    Also the ids of all that were read: whoever wrote the same words as another is in the model too.
    """
    with context.store.reading() as uow:
        every = uow.labels.all()
        labels: Sequence[Label] = list({_same_words(label.text): label for label in every}.values())
        ids = {ConversationId(label.conversation_id) for label in labels}
        return list(labels), uow.conversations.get_many(ids), tuple(label.id for label in every)


def _judged(label: Label, key: str, places: dict[ConversationId, Conversation]) -> Judged:
    conversation = places.get(ConversationId(label.conversation_id))
    if conversation is None:
        return Judged(label.text, key)
    return Judged(label.text, key, conversation.market, conversation.language)
