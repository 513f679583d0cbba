"""Conversations sent another way, words that tell, and how people decide."""

from typing import Annotated, Self

from pydantic import Field

from api.schemas.base import Given, Key, Shown, Words
from routing.domain.attribution import Attribution
from routing.domain.notes import LONGEST_NOTE
from routing.domain.review_quality import Quality, Share

Note = Annotated[Words, Field(max_length=LONGEST_NOTE, description="why; personal data is masked")]


class RerouteRequest(Given):
    """The issue type it goes by from now on, and why."""

    issue_type: Key = Field(examples=["card_swallowed"])
    note: Note


class SendBackRequest(Given):
    """Why people are asked again what it is."""

    note: Note


class TellingReply(Shown):
    """Characters `start` to `end` of one of the messages, and by how much the first type falls without them."""

    message: int = Field(description="0 is the oldest of the newest five messages of the customer")
    start: int
    end: int
    weight: float = Field(description="-1 to 1; below 0 it speaks for the second type")


class AttributionReply(Shown):
    """Which words speak for the first candidate against the second: each was left out once, the model asked again."""

    first: str | None
    second: str | None
    share: float | None = Field(description="what the first has of the two together, with every word")
    words: list[TellingReply]
    complete: bool = Field(description="false where time ran out before every word was tried")
    model_version: str | None

    @classmethod
    def of(cls, found: Attribution | None) -> Self:
        """What was found; nothing where there is nothing to weigh, or the guess is hidden."""
        if found is None:
            return cls(first=None, second=None, share=None, words=[], complete=True, model_version=None)
        words = [
            TellingReply(message=each.span.message, start=each.span.start, end=each.span.end, weight=each.weight)
            for each in found.weighed
        ]
        return cls(
            first=found.first,
            second=found.second,
            share=found.share,
            words=words,
            complete=found.complete,
            model_version=found.model_version,
        )


class ShareReply(Shown):
    """A share with the interval that holds the true one (95 %); null where there is nothing to count."""

    hits: int
    of: int
    value: float | None
    low: float
    high: float


class QualityReply(Shown):
    """How people decided the items opened in the last days."""

    days: int
    verdicts: int
    agree: ShareReply = Field(description="with the first guess, where it was shown")
    agree_blind: ShareReply = Field(description="with the first guess, where it was hidden")
    rubber: ShareReply = Field(description="first guess within three seconds, of timed verdicts with it in sight")
    median_seconds: float | None = Field(description="from claim to verdict")

    @classmethod
    def of(cls, days: int, quality: Quality) -> Self:
        """The figures altogether."""
        return cls(
            days=days,
            verdicts=quality.verdicts,
            agree=_share(quality.agree),
            agree_blind=_share(quality.agree_blind),
            rubber=_share(quality.rubber),
            median_seconds=quality.seconds,
        )


def _share(share: Share) -> ShareReply:
    return ShareReply.model_validate(share)
