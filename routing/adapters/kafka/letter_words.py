"""What a dead letter keeps of a record's value: its words masked as intake masks them, its ids as they came."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from routing.adapters.kafka.wire import Unreadable, parse_json

Mask = Callable[[str], str]
_ENVELOPE = {"specversion", "id", "source", "type", "subject", "time", "dataschema", "datacontenttype", "sequence"}
_OF_OURS = {"conversation_id", "customer_id", "cop_id", "market", "channel", "presence", "by"}
KEPT_FIELDS = frozenset(_ENVELOPE | _OF_OURS)
"""Names, never words: what the envelope and our events use to say whose and what it is."""
LONGEST_WORDS = 100_000


class Masking(StrEnum):
    """What was done to the value; the names are part of the published contract."""

    NOTHING = ""
    WORDS = "words"
    RAW = "raw"
    WITHHELD = "withheld"


@dataclass(frozen=True, slots=True)
class Kept:
    """The value as it is kept; only one that lost no more than personal data can be sent again."""

    value: bytes
    masking: Masking = Masking.NOTHING


def kept_of(value: bytes, mask: Mask) -> Kept:
    """JSON with its strings masked, or the whole value read as text; nothing at all where the masking itself fails."""
    try:
        return _kept(value, mask)
    except Exception:
        # The very words may be what failed; without this the record would never leave the partition.
        return Kept(b"", Masking.WITHHELD)


def _kept(value: bytes, mask: Mask) -> Kept:
    try:
        content = parse_json(value)
    except Unreadable:
        return _raw(value, mask)
    masked = _masked(content, mask)
    if masked == content:
        return Kept(value)
    masking = Masking.WORDS if len(value) <= LONGEST_WORDS else Masking.RAW
    return Kept(json.dumps(masked, ensure_ascii=False).encode(), masking)


def _raw(value: bytes, mask: Mask) -> Kept:
    text = value.decode("utf-8", errors="replace")
    masked = mask(text)
    return Kept(value) if _says_the_same(text, masked) else Kept(masked.encode(), Masking.RAW)


def _masked(content: Any, mask: Mask) -> Any:
    match content:
        case dict():
            return {key: value if key in KEPT_FIELDS else _masked(value, mask) for key, value in content.items()}
        case list():
            return [_masked(value, mask) for value in content]
        case bool() | None:
            return content
        case str() | int() | float():
            masked = mask(str(content))
            return content if _says_the_same(str(content), masked) else masked
    return content


def _says_the_same(before: str, after: str) -> bool:
    """But for white space, which masking also tidies."""
    return "".join(before.split()) == "".join(after.split())
