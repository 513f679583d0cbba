"""Cursor pages: an opaque mark of where the next page begins."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from fastapi import Query

from routing.domain.errors import Invalid

T = TypeVar("T")
LONGEST_CURSOR = 512

Limit = Annotated[int, Query(ge=1, le=200, description="how many items a page holds at most")]
Cursor = Annotated[
    str | None, Query(max_length=LONGEST_CURSOR, description="`next_cursor` of the page before; none for the first")
]


@dataclass(frozen=True, slots=True)
class Slice(Generic[T]):
    """One page's items, and the cursor of the next page when there is one."""

    items: list[T]
    next_cursor: str | None


def slice_of(kind: str, found: Sequence[T], limit: int, mark: Callable[[T], str]) -> Slice[T]:
    """Cut a page out of up to `limit` + 1 items: the one too many tells that there is a next page."""
    items = list(found[:limit])
    more = len(found) > limit
    return Slice(items, write_cursor(kind, mark(items[-1])) if more else None)


def write_cursor(kind: str, mark: str) -> str:
    """The opaque form of a mark in one kind of list."""
    return base64.urlsafe_b64encode(json.dumps([kind, mark]).encode()).decode().rstrip("=")


def read_cursor(kind: str, cursor: str | None) -> str | None:
    """The mark in a cursor of this kind of list; Invalid for any other text."""
    if cursor is None:
        return None
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        content = json.loads(raw.decode())
    except (binascii.Error, ValueError, RecursionError) as error:
        raise Invalid("cursor", cursor, "the next_cursor of an earlier page") from error
    mark = content[1] if isinstance(content, list) and len(content) == 2 and content[0] == kind else None
    if not isinstance(mark, str) or not mark.isprintable():
        raise Invalid("cursor", cursor, "the next_cursor of an earlier page of the same list")
    return mark
