"""IBANs: a country, its length, and the check digits of ISO 7064."""

import re
from collections.abc import Iterator
from functools import cache

from encoders.personal_data.spans import Span, ascii_digits

LENGTHS = {
    country: int(length)
    for length, countries in {
        "15": "NO", "16": "BE", "18": "DK FI FO GL NL SD", "19": "MK SI", "20": "AT BA EE KZ LT LU MN XK",
        "21": "CH HR LI LV", "22": "BG BH CR DE GB GE IE ME RS VA", "23": "AE GI IL IQ OM SO TL",
        "24": "AD CZ ES MD PK RO SA SE SK TN VG", "25": "LY PT ST", "26": "IS TR", "27": "BI DJ FR GR IT MC MR SM",
        "28": "AL AZ BY CY DO GT HU LB NI PL SV", "29": "BR EG PS QA UA", "30": "JO KW MU", "31": "LC MT SC YE",
        "33": "RU",
    }.items()
    for country in countries.split()
}  # fmt: skip
"""Characters of an IBAN by country, from SWIFT's registry (release 97)."""

_START = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}[ \n-]?\d{2}(?=[ \n.\-\u2010-\u2015]{0,2}[A-Za-z\d])")
_CUE = re.compile(r"\biban[^\w\[\]]{0,9}(?:(?:is|number|no|lautet|ist|es|est|:)\b[^\w\[\]]{0,9}){0,2}\Z", re.IGNORECASE)
_SHAPE = re.compile(r"(?:GB|IE)[0-9]{2}[A-Z]{4}[0-9]{14}")
_CUE_WINDOW = 30
_LEAST_DIGITS = 10
"""Fewer are words that happen to pass: "is 4821 and the ..." begins as an Icelandic one does."""


def find_ibans(text: str) -> Iterator[Span]:
    """Those whose check digits hold, those of the British shape, and what is called an IBAN and is as long as one."""
    position = 0
    while start := _START.search(text, position):
        position = start.end()
        end = _end(text, start.start())
        if end is not None:
            yield Span("iban", start.start(), end)
            position = end


def _end(text: str, start: int) -> int | None:
    length = LENGTHS.get(text[start : start + 2].upper())
    body = _body(length).match(text, start) if length else None
    if body is None or text[body.end() : body.end() + 1].isalnum():
        return None
    if sum(char.isdecimal() for char in body.group()) < _LEAST_DIGITS:
        return None
    letters = ascii_digits("".join(char for char in body.group() if char.isalnum())).upper()
    said = _CUE.search(text[max(0, start - _CUE_WINDOW) : start]) is not None
    return body.end() if said or _SHAPE.fullmatch(letters) or check_digits_hold(letters) else None


@cache
def _body(length: int) -> re.Pattern[str]:
    return re.compile(rf"[A-Za-z]{{2}}(?:[ \n.\-\u2010-\u2015]{{0,2}}[A-Za-z\d]){{{length - 2}}}")


def check_digits_hold(letters: str) -> bool:
    """ISO 7064 mod 97-10 over capital letters and digits."""
    if not letters.isascii():
        return False
    return int("".join(str(int(char, 36)) for char in letters[4:] + letters[:4])) % 97 == 1
