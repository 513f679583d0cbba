"""What the writer of an e-mail wrote themselves: without quoted threads, signatures, greetings and disclaimers."""

from collections.abc import Callable, Sequence
from itertools import pairwise

from encoders.email_phrases import (
    ATTRIBUTION,
    ATTRIBUTION_START,
    BANNER,
    CLOSING,
    DISCLAIMER,
    FORWARDED,
    GREETING,
    HEADER_FROM,
    HEADER_OTHER,
    ORIGINAL,
    POSTSCRIPT,
    RULE,
    SENT_FROM,
    is_name,
    is_of_a_signature,
)
from encoders.html import looks_like_html, plain_text

LONGEST_READ = 100_000
_LONGEST_LINE_OF_ITS_KIND = 300
_LINES_OF_HEADERS = 6
_LONGEST_SIGNATURE = 20
_LONGEST_CLOSING = 100
_LONGEST_GREETING = 80
_FEW_WORDS = 4


def own_words(text: str) -> str:
    """What the sender wrote; where nothing of it would remain, the quoted words, and at worst the text as it is.

    Time is linear in the text's length, of which the first 100,000 characters are read. Lines are what tells the
    parts of an e-mail apart: a text of one line is returned as it is.
    """
    text = text[:LONGEST_READ].strip()
    plain = plain_text(text) if looks_like_html(text) else text
    if "\n" not in plain:
        return plain or text
    own, thread, forwarded = _split(plain.splitlines())
    body = _body(own)
    if forwarded and _words(body) < _FEW_WORDS:
        # "See below": what is meant was written by somebody else.
        return "\n".join(part for part in (body, _body(_unquoted(thread))) if part) or plain
    return _first_that_says_something((body, "\n".join(own).strip(), _body(_unquoted(thread)), plain))


def _first_that_says_something(readings: Sequence[str]) -> str:
    return next((reading for reading in readings if _words(reading)), readings[-1])


def _words(text: str) -> int:
    return sum(any(char.isalnum() for char in word) for word in text.split())


def _split(lines: Sequence[str]) -> tuple[list[str], list[str], bool]:
    """(own lines, the thread's lines, whether the thread was forwarded)."""
    own: list[str] = []
    thread: list[str] = []
    at = 0
    while at < len(lines):
        kind = _thread_begins(lines, at)
        if kind:
            return _without_rule(own), [*thread, *lines[at:]], kind == "forwarded"
        quoted = _attribution_lines(lines, at)
        if quoted or lines[at].lstrip().startswith(">"):
            thread += lines[at : at + max(quoted, 1)]
            at += max(quoted, 1)
        else:
            own.append(lines[at])
            at += 1
    return own, thread, False


def _thread_begins(lines: Sequence[str], at: int) -> str:
    """ "forwarded", "reply", or "" where the writer still has the word."""
    line = lines[at]
    if len(line) > _LONGEST_LINE_OF_ITS_KIND:
        return ""
    if FORWARDED.fullmatch(line):
        return "forwarded"
    if ORIGINAL.fullmatch(line) or _is_header_block(lines, at):
        return "reply"
    unquoted = _attribution_lines(lines, at)
    return "reply" if unquoted and not _is_quoted_next(lines, at + unquoted) else ""


def _is_header_block(lines: Sequence[str], at: int) -> bool:
    if not HEADER_FROM.fullmatch(lines[at]):
        return False
    others = [line for line in lines[at + 1 : at + 1 + _LINES_OF_HEADERS] if len(line) <= _LONGEST_LINE_OF_ITS_KIND]
    return sum(bool(HEADER_OTHER.fullmatch(line)) for line in others) >= 2


def _attribution_lines(lines: Sequence[str], at: int) -> int:
    """How many lines "On ... wrote:" takes from here, 0 for none; mail programs break it into up to three."""
    if len(lines[at]) > _LONGEST_LINE_OF_ITS_KIND or not ATTRIBUTION_START.match(lines[at]):
        return 0
    for count in (1, 2, 3):
        joined = " ".join(lines[at : at + count])[:_LONGEST_LINE_OF_ITS_KIND]
        if ATTRIBUTION.fullmatch(joined) and any(char.isdigit() or char in "@[" for char in joined):
            return count
    return 0


def _is_quoted_next(lines: Sequence[str], at: int) -> bool:
    following = next((line for line in lines[at : at + 3] if line.strip()), "")
    return following.lstrip().startswith(">")


def _without_rule(own: list[str]) -> list[str]:
    """Outlook draws a line before the thread."""
    last = next((at for at in range(len(own) - 1, -1, -1) if own[at].strip()), -1)
    return own[:last] if last >= 0 and RULE.fullmatch(own[last]) else own


def _unquoted(thread: Sequence[str]) -> list[str]:
    """The thread's own words: no marks of quoting, no headers."""
    bare = [line.lstrip("> \t") for line in thread]
    markers: tuple[Callable[[str], object], ...] = (
        ORIGINAL.fullmatch,
        FORWARDED.fullmatch,
        HEADER_FROM.fullmatch,
        HEADER_OTHER.fullmatch,
        ATTRIBUTION.fullmatch,
        RULE.fullmatch,
    )
    short = [line[:_LONGEST_LINE_OF_ITS_KIND] for line in bare]
    return [line for line, start in zip(bare, short, strict=True) if not any(marker(start) for marker in markers)]


def _body(lines: Sequence[str]) -> str:
    """Without greeting, signature, "sent from" and disclaimers."""
    kept = [line for line in lines if not (len(line) <= _LONGEST_CLOSING and SENT_FROM.fullmatch(line))]
    kept = _without_disclaimers(kept)
    kept = _without_signature(kept)
    return "\n".join(_without_greeting(kept)).strip()


def _without_disclaimers(lines: Sequence[str]) -> list[str]:
    """Paragraphs that speak about the mail itself; the first one only where it is a mail gateway's warning."""
    kept: list[str] = []
    for number, paragraph in enumerate(_paragraphs(lines)):
        start = " ".join(paragraph)[:_LONGEST_LINE_OF_ITS_KIND]
        if BANNER.match(start) or (number and DISCLAIMER.match(start)):
            continue
        kept += [*paragraph, ""]
    return kept


def _paragraphs(lines: Sequence[str]) -> list[list[str]]:
    found: list[list[str]] = [[]]
    for before, line in pairwise(["", *lines]):
        if not before.strip() and line.strip() and found[-1]:
            found.append([])
        if line.strip():
            found[-1].append(line)
    return [paragraph for paragraph in found if paragraph]


def _without_signature(lines: Sequence[str]) -> list[str]:
    said = False
    for at, line in enumerate(lines):
        if said and line.strip() in {"--", "—", "__"}:
            return [*lines[:at], *_postscript(lines[at:])]
        if said and _is_closing(lines, at):
            return [*lines[:at], *_postscript(lines[at + 1 :])]
        said = said or _says_something(line)
    return list(lines)


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not _is_greeting(line)


def _is_closing(lines: Sequence[str], at: int) -> bool:
    """ "Kind regards" with nothing but a signature behind it."""
    line = lines[at]
    if len(line) > _LONGEST_CLOSING:
        return False
    found = CLOSING.fullmatch(line)
    return found is not None and is_name(found["rest"].strip(" ,.!-–\t")) and _is_signature(lines, at + 1)


def _is_signature(lines: Sequence[str], at: int) -> bool:
    """Whether all from here on, up to a postscript, could be a signature; looks ahead a bounded way."""
    ahead = lines[at : at + _LONGEST_SIGNATURE]
    end = _postscript_at(ahead)
    if end == len(ahead) and len(lines) > at + _LONGEST_SIGNATURE:
        return False
    block = [line for line in ahead[:end] if line.strip()]
    return all(is_of_a_signature(line) for line in block) or (len(block) == 1 and len(block[0].split()) <= 2)


def _postscript(lines: Sequence[str]) -> Sequence[str]:
    """What was thought of last is often a need of its own."""
    return lines[_postscript_at(lines) :]


def _postscript_at(lines: Sequence[str]) -> int:
    return next((at for at, line in enumerate(lines) if POSTSCRIPT.match(line)), len(lines))


def _without_greeting(lines: Sequence[str]) -> list[str]:
    first = next((at for at, line in enumerate(lines) if line.strip()), None)
    return list(lines[first + 1 :]) if first is not None and _is_greeting(lines[first]) else list(lines)


def _is_greeting(line: str) -> bool:
    found = GREETING.fullmatch(line.strip()) if len(line) <= _LONGEST_GREETING else None
    if found is None:
        return False
    rest = found["rest"].strip()
    named = rest.rstrip(" ,.!:;-–—")
    if len(named.split()) > 5 or rest.endswith("?"):
        return False
    return is_name(named) or rest.endswith((",", "!", ":"))
