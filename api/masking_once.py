"""Masking once a request: its words are read for the key's digest, for what is stored, and again by a retry."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from routing.ports import Masker
from routing.services.context import Context


@dataclass(frozen=True, slots=True, eq=False)
class MaskingOnce:
    """ports.Masker for as long as one request takes: what it has masked it does not mask again."""

    masker: Masker
    _known: dict[str, str] = field(default_factory=dict, repr=False)

    def mask(self, text: str) -> str:
        """As the masker behind it."""
        words = self._known.get(text)
        if words is None:
            words = self._known[text] = self.masker.mask(text)
        return words

    def gist(self, messages: Sequence[str]) -> str:
        """As the masker behind it."""
        return self.masker.gist(messages)


def masking_once(context: Context) -> Context:
    """The same context for one request; nobody may keep it longer, for it holds the words as they were written."""
    return replace(context, masker=MaskingOnce(context.masker))
