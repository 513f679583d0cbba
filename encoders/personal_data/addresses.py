"""Postal addresses, as far as a form tells them: British and Irish postcodes, streets with a house number."""

import re
from collections.abc import Iterator

from encoders.personal_data.spans import Span

_AREAS = (
    "AB|AL|BA|BB|BD|BH|BL|BN|BR|BS|BT|CA|CB|CF|CH|CM|CO|CR|CT|CV|CW|DA|DD|DE|DG|DH|DL|DN|DT|DY|EC|EH|EN|EX|FK|FY|GL|GU|GY|HA|HD"
    "|HG|HP|HR|HS|HU|HX|IG|IM|IP|IV|JE|KA|KT|KW|KY|LA|LD|LE|LL|LN|LS|LU|ME|MK|ML|NE|NG|NN|NP|NR|NW|OL|OX|PA|PE|PH|PL|PO|PR|RG|RH"
    "|RM|SA|SE|SG|SK|SL|SM|SN|SO|SP|SR|SS|ST|SW|SY|TA|TD|TF|TN|TQ|TR|TS|TW|UB|WA|WC|WD|WF|WN|WR|WS|WV|YO|ZE|B|E|G|L|M|N|S|W"
)
_POSTCODE = rf"(?<![A-Za-z0-9])(?i:{_AREAS})\d[A-Za-z\d]?[ \n]?\d(?i:[ABD-HJLNP-UW-Z]{{2}})(?![A-Za-z0-9])"
_EIRCODE = r"(?<![A-Za-z0-9])[ACDEFHKNPRTVWXY]\d[\dW] ?(?=\d{0,3}[AC-FHKNPRTV-Y])[\dAC-FHKNPRTV-Y]{4}(?![A-Za-z0-9])"
_WORD = r"[A-ZÀ-Þ][\w'’.\-]{0,24}+"
_ENGLISH_STREET = (
    r"(?:[Rr]oad|[Rr]d|[Ss]treet|[Ss]t|[Ll]ane|[Ll]n|[Aa]venue|[Aa]ve|[Dd]rive|[Cc]lose|[Cc]ourt|[Cc]rescent|[Tt]errace"
    r"|[Gg]ardens|[Gg]rove|[Ss]quare|Way|Place|Hill|Park|Row|Mews|Quay|Walk|Green|ROAD|STREET|LANE|AVENUE|CLOSE|TERRACE)"
    r"\b\.?"
)
_FREE = r"(?<![\w.,:/£$€])"
_HOUSE = rf"{_FREE}(?:(?i:flat|apartment|apt|unit)\.? ?\d{{1,4}}[A-Za-z]?[,\n ]{{1,2}})?{_FREE}\d{{1,4}}[A-Za-z]?,? "
_TOWNS = rf"(?:[,\n ]{{1,2}}{_WORD}){{0,3}}[,\n ]{{1,2}}(?:{_POSTCODE}|{_EIRCODE})"
_SMALL = (
    r"(?!(?:in|on|the|at|of|my|your|this|that|and|or|by|to|for|minutes|hours|days|people|times|per|more|cards?)\b)"
    r"[a-z]{3,20} (?:road|street|lane|avenue|crescent|terrace|gardens|mews)\b"
)
_ENGLISH = rf"{_HOUSE}(?:(?:{_WORD} ){{1,3}}{_ENGLISH_STREET}|{_SMALL})(?:{_TOWNS})?"
_GERMAN = (
    r"\b(?:[A-ZÄÖÜ][\wß.\-]{0,24}?(?:stra(?:ß|ss)e|str\.|weg|platz|allee|gasse|ring|damm|ufer)"
    r"|(?:Am|Im|An der|Zum|Zur) [A-ZÄÖÜ]\w{2,20}) \d{1,4}[a-z]?\b(?:,? ?\n?\d{5} [A-ZÄÖÜ]\w{1,24})?"
)
_FRENCH = (
    r"(?<![\w.,:/])\d{1,4}(?: ?(?:bis|ter))?,? (?:rue|avenue|boulevard|chemin|impasse|allée|quai)"
    rf"(?: (?:de|du|des|la|le|l')){{0,2}}(?: {_WORD}){{1,3}}(?:,? \d{{5}} {_WORD})?"
)
_SPANISH = (
    r"\b(?:[Cc]alle|C/|[Aa]venida|Avda\.?|[Pp]laza|[Pp]aseo)(?: (?:de|del|la|las|los)){0,2}"
    rf"(?: ?{_WORD}){{1,3}},?(?: n[ºo°]\.?)? ?\d{{1,4}}\b(?:,? \d{{5}} {_WORD})?"
)
_ANY = re.compile("|".join((_ENGLISH, _GERMAN, _FRENCH, _SPANISH, _POSTCODE, _EIRCODE)))


def find_addresses(text: str) -> Iterator[Span]:
    """Streets with a number, with town and code where they follow; British and Irish codes by themselves."""
    return (Span("address", *match.span()) for match in _ANY.finditer(text))
