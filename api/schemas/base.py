"""What every schema shares: no unknown fields, bounded texts, clean ids."""

import re
from typing import Annotated, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from routing.domain.issue import Taxonomy

T = TypeVar("T")
LONGEST_MESSAGE = 100_000
NO_CONTROLS = r"^[^\x00-\x1f\x7f]*$"
STORABLE = r"^[^\x00]*$"
"""What PostgreSQL can compare with: any text without NUL."""
_HALF_PAIR = re.compile("[\ud800-\udfff]")


class Given(BaseModel):
    """A request body: an unknown field is an error, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Shown(BaseModel):
    """A part of a reply, read off the domain's own values."""

    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True)


class Page(Shown, Generic[T]):
    """One page of a list; `next_cursor` asks for the next, null on the last."""

    items: list[T]
    next_cursor: str | None = Field(description="send it as `cursor` to get the next page; null on the last")


def _storable(value: object) -> object:
    # PostgreSQL stores no NUL, and UTF-8 has no half of a surrogate pair; neither can be read by anybody.
    return _HALF_PAIR.sub("\ufffd", value.replace("\x00", "")) if isinstance(value, str) else value


def _visible(value: str) -> str:
    if not value.strip():
        raise ValueError("at least one visible character")
    return value


Storable = Annotated[str, BeforeValidator(_storable)]
Words = Annotated[Storable, AfterValidator(_visible)]
MessageText = Annotated[
    Words, Field(max_length=LONGEST_MESSAGE, examples=["My card was swallowed by the cash machine"])
]
Reason = Annotated[Words, Field(max_length=200)]
Key = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9._:-]+$")]
"""An id or key of the caller's choice: letters, digits, and . _ : - (so never an e-mail address)."""


def name_of(taxonomy: Taxonomy, key: str | None) -> str | None:
    """What people call an issue type; None for one the live taxonomy does not have."""
    known = taxonomy.issue_types.get(key or "")
    return known.name if known else None
