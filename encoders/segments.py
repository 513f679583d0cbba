"""A message in pieces that could each be a need of their own: list items, sentences, and clauses that begin anew."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

MOST_SEGMENTS = 12
"""More than these are not read apart: it bounds what one message can cost."""
LEAST_WORDS = 3
_LONGEST_READ = 8_000
_WRAPPED_AT = 45

_ITEM = re.compile(r"\s*(?:[-*•·–—>]+|\(?(?:\d{1,2}|[a-hA-H])[.):]|#\d{1,2})\s+(?=\S)")
_SENTENCE_END = re.compile(r"(?<=[.!?…;。！？])[\"'”’)\]]*\s+|(?<=[。！？])")
_CONNECTORS = (
    "(?:(?:and|but|oh),? )?(?:also|another (?:thing|question|issue|problem)|one (?:more|other|last) (?:thing|question)"
    "|in addition|additionally|besides|furthermore|moreover|on another note|separately|by the way|btw|plus)"
    "|first(?:ly)?|second(?:ly)?|third(?:ly)?|lastly|finally|p\\.? ?s\\b\\.?"
    "|(?:und )?(?:außerdem|ausserdem|zudem|darüber hinaus|übrigens|noch (?:etwas|eine frage)|zweitens)"
    "|(?:et )?(?:de plus|par ailleurs|en outre|autre chose|au fait|aussi|deuxièmement)"
    "|(?:y )?(?:además|también|por otro lado|otra (?:cosa|pregunta)|por cierto|en segundo lugar)"
    "|(?:e )?(?:inoltre|un['’]altra (?:cosa|domanda)|a proposito|anche|in secondo luogo)"
    "|(?:e )?(?:além disso|também|outra (?:coisa|pergunta)|a propósito)"
    "|(?:en )?(?:daarnaast|bovendien|verder|nog iets|trouwens|ook)"
    "|(?:i )?(?:poza tym|ponadto|oprócz tego|jeszcze jedno|także|a propos)"
)
_BEGINS_ANEW = (
    "(?:and|but|then|so) (?=(?:how|what|when|where|why|which|who|can|could|do|does|did|is|are|will|would|should|may"
    "|i|i'm|i've|i'd|my|we|our|there|please|the|it)\\b)"
    "|und (?=(?:wie|was|wann|wo|warum|welche|kann|können|ich|mein|meine|bitte)\\b)"
    "|et (?=(?:comment|quand|où|pourquoi|quel|quelle|puis-je|est-ce|je|mon|ma|mes)\\b)"
    "|y (?=(?:cómo|qué|cuándo|dónde|por qué|cuál|puedo|mi|mis|yo|quiero|necesito)\\b)"
    "|e (?=(?:come|cosa|quando|dove|perché|posso|il mio|la mia|vorrei|como|onde|qual|meu|minha|quero|preciso)\\b)"
    "|en (?=(?:hoe|wat|wanneer|waar|waarom|kan|ik|mijn)\\b)"
    "|i (?=(?:jak|co|kiedy|gdzie|dlaczego|czy|mój|moja|moje|chcę)\\b)"
)
_CLAUSE_START = re.compile(rf"(?<=[\w\])])(?:\s*[,–—-]\s*|\s+)(?=(?:{_CONNECTORS}|{_BEGINS_ANEW})\b)", re.IGNORECASE)


_ANNOUNCED = re.compile(rf"\W*(?:{_CONNECTORS})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Segment:
    """One piece. `announced`: its writer says that something new begins ("also", "another thing", a list's item)."""

    text: str
    announced: bool = False


def segments(text: str) -> tuple[Segment, ...]:
    """The pieces in their order, each of at least three words; empty where there are fewer than two.

    A piece that is too short goes with the one before it. Reads 8,000 characters; linear time.
    """
    found = _joined(piece for line in _lines(text[:_LONGEST_READ]) for piece in _pieces(line))
    return tuple(found[:MOST_SEGMENTS]) if len(found) > 1 else ()


def _lines(text: str) -> Iterator[str]:
    """Paragraphs and list items; a line that a mail program broke is put together again."""
    open_line = ""
    for line in [*text.splitlines(), ""]:
        if open_line and _goes_on(open_line, line):
            open_line = f"{open_line} {line.strip()}"
            continue
        if open_line:
            yield open_line
        open_line = line.strip()


def _goes_on(before: str, line: str) -> bool:
    if not line.strip() or _ITEM.match(line) or before.endswith((".", "!", "?", ":", ";")):
        return False
    return len(before) >= _WRAPPED_AT or line.strip()[:1].islower()


def _pieces(line: str) -> Iterator[Segment]:
    item = _ITEM.match(line)
    for number, sentence in enumerate(_SENTENCE_END.split(line[item.end() :] if item else line)):
        listed = item is not None and number == 0
        yield from _clauses(sentence, listed)


def _clauses(sentence: str, listed: bool) -> Iterator[Segment]:
    """Words that lead up to a new beginning ("could you | also ...") belong to it."""
    held, announced = "", listed
    for piece in _CLAUSE_START.split(sentence):
        held, announced = f"{held} {piece}", announced or bool(_ANNOUNCED.match(piece))
        if count_words(held) >= LEAST_WORDS:
            yield Segment(held.strip(" ,;–—-"), announced)
            held, announced = "", listed
    yield Segment(held.strip(" ,;–—-"), announced)


def _joined(pieces: Iterator[Segment]) -> list[Segment]:
    found: list[Segment] = []
    for piece in pieces:
        if not piece.text:
            continue
        if found and (count_words(piece.text) < LEAST_WORDS or count_words(found[-1].text) < LEAST_WORDS):
            found[-1] = replace(found[-1], text=f"{found[-1].text} {piece.text}")
        else:
            found.append(piece)
    return found


def count_words(text: str) -> int:
    """Words with a letter in them; a placeholder counts as one."""
    return sum(any(char.isalpha() for char in word) for word in text.split())
