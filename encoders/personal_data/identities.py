"""Numbers that a state gives to a person: by their form and check digits, or because the message says so."""

import re
from collections.abc import Callable, Iterator, Sequence

from encoders.personal_data.spans import Span, ascii_digits

_BEFORE, _AFTER, _GAP = r"(?<![A-Za-z0-9])", r"(?![A-Za-z0-9])", r"[ \n.\-]?"
_INSURANCE = re.compile(
    rf"{_BEFORE}(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z](?:{_GAP}\d\d){{3}}{_GAP}[A-D]{_AFTER}",
    re.IGNORECASE,
)
_LICENCE = re.compile(rf"{_BEFORE}[A-Z9]{{5}}\d{{6}}[A-Z9]{{2}}\d[A-Z]{{2}}{_AFTER}", re.IGNORECASE)
_PPS = re.compile(rf"{_BEFORE}\d{{7}}{_GAP}[A-W][A-IW]?{_AFTER}", re.IGNORECASE)
_DNI = re.compile(
    rf"{_BEFORE}(?:[XYZ]{_GAP}\d{{7}}|\d{{8}}|\d{{2}}\.\d{{3}}\.\d{{3}}){_GAP}[A-Z]{_AFTER}", re.IGNORECASE
)
_NIR = re.compile(rf"{_BEFORE}[12](?:[ ]?\d){{14}}{_AFTER}")
_FISCAL = re.compile(rf"{_BEFORE}[A-Z]{{6}}\d\d[A-EHLMPRST]\d\d[A-Z]\d{{3}}[A-Z]{_AFTER}", re.IGNORECASE)
_TAX_ID = re.compile(rf"{_BEFORE}[1-9]\d[ ]?\d{{3}}[ ]?\d{{3}}[ ]?\d{{3}}{_AFTER}")
_SOCIAL = re.compile(rf"{_BEFORE}\d{{3}}-\d\d-\d{{4}}(?![\d-]){_AFTER}")
_SAID = re.compile(
    r"\b(?:national insurance|ni|nino|passport|driving licen[cs]e|pps|dni|nie|nif|nhs|utr|ssn|social security|tax"
    r"|steuer(?:-?id\w{0,20}+)?|(?:personal)?ausweis|reisepass|pasaporte|passeport|codice fiscale|bsn|pesel"
    r"|sécurité sociale)"
    r"[ -]?(?:number|no|nr|num|id|nummer|numéro|número)?\b[\s:.=#(]{0,3}(?:(?:is|ist|es|est|lautet|:)[\s:]{1,2})?"
    r"((?=[A-Z]{0,5}\d)[A-Z\d](?:[ .-]?[A-Z\d]{1,5}){0,5}?(?<=\d)[A-Z]?)(?![A-Za-z\d]|[ .-]\d)",
    re.IGNORECASE,
)


def find_identities(text: str) -> Iterator[Span]:
    """National insurance numbers, PPS, DNI and NIE, German tax ids, NIR, codice fiscale, and numbers called one."""
    found = [
        match.span() for pattern, holds in _FORMS for match in pattern.finditer(text) if holds(_letters(match.group()))
    ]
    found += [match.span(1) for match in _SAID.finditer(text) if sum(char.isdigit() for char in match.group(1)) >= 5]
    end = 0
    for start, stop in sorted(found, key=lambda span: (span[0], -span[1])):
        if start >= end:
            yield Span("national_id", start, stop)
            end = stop


def _letters(written: str) -> str:
    return ascii_digits("".join(char for char in written if char.isalnum())).upper()


def _pps_holds(number: str) -> bool:
    """Weights 8 to 2, and 9 for a second letter; the rest of 23 gives the first letter."""
    total = sum(int(digit) * weight for digit, weight in zip(number[:7], range(8, 1, -1), strict=True))
    if len(number) == 9 and number[8] != "W":
        total += 9 * (ord(number[8]) - ord("A") + 1)
    return "WABCDEFGHIJKLMNOPQRSTUV"[total % 23] == number[7]


def _dni_holds(number: str) -> bool:
    """The rest of 23 gives the letter; X, Y and Z of foreigners' numbers count as 0, 1 and 2."""
    first = str("XYZ".index(number[0])) if number[0] in "XYZ" else number[0]
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(first + number[1:-1]) % 23] == number[-1]


def _nir_holds(number: str) -> bool:
    return 97 - int(number[:13]) % 97 == int(number[13:])


def _tax_id_holds(number: str) -> bool:
    """ISO 7064 mod 11,10; of the first ten digits one or two stand more than once, at most three times."""
    counts = sorted(number[:10].count(digit) for digit in set(number[:10]))
    if counts[-1] not in (2, 3) or counts[-2] != 1:
        return False
    product = 10
    for digit in number[:10]:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == int(number[10])


def _always(number: str) -> bool:
    return bool(number)


_FORMS: Sequence[tuple[re.Pattern[str], Callable[[str], bool]]] = (
    (_INSURANCE, _always),
    (_LICENCE, _always),
    (_FISCAL, _always),
    (_SOCIAL, _always),
    (_PPS, _pps_holds),
    (_DNI, _dni_holds),
    (_NIR, _nir_holds),
    (_TAX_ID, _tax_id_holds),
)
