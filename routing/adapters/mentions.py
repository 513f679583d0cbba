"""Whether something kept as bytes or JSON names somebody."""

import json
import zlib
from collections.abc import Sequence


def quoted(ids: Sequence[str]) -> list[str]:
    """The ids as they stand in JSON, written with and without escapes."""
    return list(dict.fromkeys(form for id in ids for form in (json.dumps(id), json.dumps(id, ensure_ascii=False))))


def in_snapshot(kept: bytes, ids: Sequence[str]) -> bool:
    """Whether what a tick was made from names one of these; what cannot be read might, and counts."""
    try:
        document = zlib.decompress(kept).decode()
    except (zlib.error, UnicodeDecodeError):
        return True
    return any(form in document for form in quoted(ids))
