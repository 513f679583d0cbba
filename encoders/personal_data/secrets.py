"""What only the customer may know: PINs, passcodes, card security codes, passwords; found by the words before them."""

import re
from collections.abc import Iterator

from encoders.personal_data.spans import Span

_GAP = r"[\s:=\-–\"'(#.,]{0,4}"
_LINK = (
    rf"{_GAP}(?:(?:is|was|are|number|no|code|nr|my|es|ist|war|lautet|est|était|it's|says?|of|for use)\b{_GAP}){{0,3}}"
)
_CODE = (
    r"(?:\bpins?\b|\bp\.i\.n\b|pass ?code|\botp\b|\b(?:cvv|cvc|cvn|csc)2?\b|\bcv2\b|\bm?tan\b|prüfnummer"
    r"|sicherheitscode|bestätigungscode|cryptogramme|\bclave|c[óo]digo de (?:verificaci[óo]n|seguridad)"
    r"|code (?:de v[ée]rification|secret|pin)|(?:security|verification|confirmation|one[- ]time|access|log-?in|sms"
    r"|auth\w{0,12}|activation|unlock|digit)[- ]?code"
    r"|one[- ]time (?:pass)?(?:word|code)"
    r"|(?<!sort )(?<!tax )(?<!post )(?<!postal )(?<!error )(?<!promo )(?<!dial )(?<!area )(?<!branch )(?<!country )"
    r"\bcode(?= (?:is|was)\b|:))"
)
_DIGITS = r"(?:\d{3} ?[ -] ?\d{3}|\d{3,8})(?!\w|[.,:/]\d|[ ]?[£$€%])"
_WORD = r"(?:pass-?(?:word|phrase)|passwort|kennwort|contraseña|mot de passe)"
_WITH_A_DIGIT = r"(?=[^\s\[\]]{0,40}\d)[^\s\[\],;]{4,64}+"
_SAID = re.compile(rf"{_CODE}{_LINK}({_DIGITS})|{_WORD}{_LINK}({_WITH_A_DIGIT})", re.IGNORECASE)


def find_secrets(text: str) -> Iterator[Span]:
    """Three to eight digits behind the word for a code; a word with a digit in it behind the word for a password."""
    for match in _SAID.finditer(text):
        yield Span("secret", *match.span(1 if match.group(1) else 2))
