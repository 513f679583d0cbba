"""Within one request the same words are masked once; what comes of it is what the masker itself says."""

from collections.abc import Sequence

from api.masking_once import MaskingOnce
from routing.adapters.classifier import EncodersMasker

CARD = "my card 4111 1111 1111 1111 is gone"


class Counting:
    """The real masker, with the texts that it was given."""

    def __init__(self) -> None:
        self.given: list[str] = []
        self._masker = EncodersMasker()

    def mask(self, text: str) -> str:
        self.given.append(text)
        return self._masker.mask(text)

    def gist(self, messages: Sequence[str]) -> str:
        return self._masker.gist(messages)


def test_the_same_words_are_masked_once_and_others_are_masked_too() -> None:
    behind = Counting()
    masker = MaskingOnce(behind)
    said = [masker.mask(CARD), masker.mask("and my PIN is 1234"), masker.mask(CARD)]
    assert said == [EncodersMasker().mask(text) for text in (CARD, "and my PIN is 1234", CARD)]
    assert "4111" not in said[0]
    assert behind.given == [CARD, "and my PIN is 1234"]


def test_words_that_mask_to_nothing_are_known_too() -> None:
    behind = Counting()
    masker = MaskingOnce(behind)
    assert [masker.mask("\u200b"), masker.mask("\u200b")] == ["", ""]
    assert behind.given == ["\u200b"]


def test_no_word_shows_where_it_is_printed() -> None:
    masker = MaskingOnce(EncodersMasker())
    masker.mask(CARD)
    assert "4111" not in repr(masker)


def test_the_gist_is_that_of_the_masker_behind() -> None:
    messages = ["Hello,\nmy card is gone.\n\nOn Monday you wrote:\n> Dear customer"]
    assert MaskingOnce(EncodersMasker()).gist(messages) == EncodersMasker().gist(messages)
