"""A long message in pieces of a few sentences, so that each is judged by itself."""

import re

LONG, PIECE, MOST = 50, 25, 24
"""Words above which a text is long: up to there pieces found one more of 140 circumstances among the lessons, where the
model had not seen them. Words to a piece; pieces of one text, the last ones when there are more."""
_SENTENCE = re.compile(r"[^.!?;\n]+[.!?;\n]*")


def pieces_of(text: str) -> list[str]:
    """Whole sentences, short neighbours together; nothing for a text of ordinary length."""
    if len(text.split()) <= LONG:
        return []
    pieces: list[list[str]] = []
    for words in _runs(text):
        if pieces and len(pieces[-1]) + len(words) <= PIECE:
            pieces[-1] += words
        else:
            pieces.append(list(words))
    return [" ".join(piece) for piece in pieces][-MOST:]


def _runs(text: str) -> list[list[str]]:
    """Sentences as words; one that never ends is cut."""
    sentences = [match.group().split() for match in _SENTENCE.finditer(text)]
    return [words[at : at + PIECE] for words in sentences for at in range(0, len(words), PIECE)]
