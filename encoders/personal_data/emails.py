"""E-mail addresses, also those written so that machines may not see them."""

import re
from collections.abc import Iterator

from encoders.personal_data.spans import Span

_LOCAL = r"[\w.%+'’&=-]"
# The look-behind lets a match start only at the start of a run: without it a long run costs quadratic time.
_START = r"(?<![\w.%+'’&=-])"
_END = (
    r"(?:com|net|org|info|biz|edu|gov|eu|io|me|co|uk|ie|es|de|fr|it|pt|nl|pl|be|at|ch|lu|se|dk|no|fi|cz|sk|hu|ro|gr|us|ca|au"
    r"|email|online|cloud|bank)\b"
)
_PLAIN = re.compile(_START + _LOCAL + r"++@[\w-]++(?:\.[\w-]++)++")
_SPACED = re.compile(
    rf"{_START}{_LOCAL}{{1,64}}+[ \n]?@[ \n]?(?:[\w-]{{1,63}}+(?:\.| \. )){{1,4}}{_END}", re.IGNORECASE
)
_DOT = r"(?:[ \n](?:dot|punto|punkt|point)[ \n]|[ \n]?[(\[{][ ]?(?:dot|punto|punkt|point|\.)[ ]?[)\]}][ \n]?)"
_AT = r"(?:[ \n](?:at|arroba|arobase|ät)[ \n]|[ \n]?[(\[{][ ]?(?:at|ät|arroba|arobase|@)[ ]?[)\]}][ \n]?)"
_BRACKETED_AT = r"[ \n]?[(\[{][ ]?(?:at|ät|arroba|arobase|@)[ ]?[)\]}][ \n]?"
_WORDS = re.compile(
    rf"{_START}(?:{_LOCAL}{{1,64}}+{_DOT}){{0,3}}{_LOCAL}{{1,64}}+"
    rf"(?:{_AT}(?:[\w-]{{1,63}}+{_DOT}){{1,4}}|{_BRACKETED_AT}(?:[\w-]{{1,63}}+\.){{1,4}}){_END}",
    re.IGNORECASE,
)


def find_emails(text: str) -> Iterator[Span]:
    """`a@b.com`; `a @ b.com`, `a at b dot com`, `a (at) b (dot) com` where the end is one that addresses have."""
    patterns = [_PLAIN, _SPACED] if "@" in text else []
    found = [match.span() for pattern in patterns for match in pattern.finditer(text)]
    found += [match.span() for match in _WORDS.finditer(text)] if _may_be_spelled(text) else []
    end = 0
    for start, stop in sorted(found, key=lambda span: (span[0], -span[1])):
        if start >= end:
            yield Span("email", start, stop)
            end = stop


def _may_be_spelled(text: str) -> bool:
    lower = text.lower()
    return any(
        word in lower for word in ("dot", "punto", "punkt", "point", "(at", "[at", "{at", "( at", "[ at", "(@", "[@")
    )
