"""Characters nobody sees: controls, zero-width and direction marks that hide or reorder text."""

import unicodedata

_INVISIBLE = frozenset({"Cc", "Cf", "Cs"})


def strip_invisible(text: str) -> str:
    """Drop control, format (zero-width, bidirectional, tag) and lone surrogate characters; white space stays."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(char for char in text if char.isspace() or unicodedata.category(char) not in _INVISIBLE)
