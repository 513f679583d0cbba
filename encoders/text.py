"""A message made fit for use: one spelling of every character, and personal data masked."""

import unicodedata

from encoders.characters import strip_invisible
from encoders.masking import Masked, mask_personal_data

__all__ = ["MAX_CHARACTERS", "Masked", "duplicate_key", "mask_personal_data", "normalise", "prepare", "tidy"]

MAX_CHARACTERS = 4_000
LONGEST_KEPT = 100_000


def normalise(text: str) -> str:
    """NFKC, no invisible characters, single spaces, at most `MAX_CHARACTERS`; normalising twice changes nothing."""
    visible = strip_invisible(text[: 2 * MAX_CHARACTERS])
    composed = strip_invisible(unicodedata.normalize("NFKC", visible))
    return " ".join(composed.split())[:MAX_CHARACTERS].rstrip()


def tidy(text: str) -> str:
    """A message fit to be stored whole: NFKC, no invisible characters, lines and paragraphs kept; tidying twice changes
    nothing. At most `LONGEST_KEPT` characters.
    """
    composed = strip_invisible(unicodedata.normalize("NFKC", strip_invisible(text[:LONGEST_KEPT])))[:LONGEST_KEPT]
    lines = [" ".join(line.split()) for line in composed.splitlines()]
    paragraph_ends = ("", *lines)
    return "\n".join(line for line, before in zip(lines, paragraph_ends, strict=False) if line or before).strip()


def prepare(text: str) -> str:
    """The form that training and serving both read: normalised, then masked."""
    return mask_personal_data(normalise(text)).text


def duplicate_key(text: str) -> str:
    """Two messages with one key are the same message: equal after normalising and case folding."""
    return normalise(text).casefold()
