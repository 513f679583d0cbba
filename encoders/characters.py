"""Characters nobody sees: controls, zero-width and direction marks that hide or reorder text."""

import re
import unicodedata

_INVISIBLE = frozenset({"Cc", "Cf", "Cs"})
# Letters and marks by their category that nothing shows: fillers, the grapheme joiner, variation selectors.
_FILLERS = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
# A digit struck out, underlined or on a key cap is still read as that digit.
_OVER_DIGITS = re.compile("(?<=[0-9])[\u0300-\u036f\u0483-\u0489\u20d0-\u20f0]+")


def strip_invisible(text: str) -> str:
    """Drop control, format (zero-width, bidirectional, tag) and lone surrogate characters; white space stays."""
    if text.isascii() and text.isprintable():
        return text
    kept = "".join(char for char in text if char.isspace() or unicodedata.category(char) not in _INVISIBLE)
    return kept if kept.isascii() else _OVER_DIGITS.sub("", _FILLERS.sub("", kept))
