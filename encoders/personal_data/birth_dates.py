"""Dates that the message says somebody was born on."""

import re
from collections.abc import Iterator

from encoders.personal_data.spans import Span

_CUE = (
    r"\b(?:born|date of birth|birth ?date|birthday|d\.?o\.?b|fecha de nacimiento|nacid[oa]|nac[ií]|cumpleaños"
    r"|geboren|geburtsdatum|geburtstag|geb|n[ée]e?|date de naissance|naissance)(?!\w)"
)
_LINK = r"[\s.:,=(\-–]{0,4}(?:(?:is|was|are|on|the|in|it's|es|el|día|ist|am|den|est|le)\b[\s.:,]{0,3}){0,3}"
_MONTH = (
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|ene|abr|ago|dic|mär|mai|okt|dez|fév|avr|juin|juil|aoû|déc)"
    r"[a-zéäû]{0,9}\.?"
)
_YEAR = r"(?:\d{4}|'?\d\d)"
_DATE = (
    r"(?:\d{1,4}[ ]?[/.\-][ ]?\d{1,2}[ ]?[/.\-][ ]?\d{1,4}"
    rf"|\d{{1,2}}(?:st|nd|rd|th|\.)?(?: of| de)?[ -]?{_MONTH},?(?: de| del)?[ -]?{_YEAR}"
    rf"|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? {_YEAR}"
    r"|\d{8}|\d{6}|\d{1,2} \d{1,2} \d{2,4})(?![\d])"
)
_SAID = re.compile(rf"{_CUE}{_LINK}({_DATE})", re.IGNORECASE)


def find_birth_dates(text: str) -> Iterator[Span]:
    """The dates behind "born on", "DOB", "geboren am", ..."""
    return (Span("birth_date", *match.span(1)) for match in _SAID.finditer(text))
