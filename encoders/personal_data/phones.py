"""Which groups of digits are a phone number: international, as at home in five countries, or said to be one."""

import re
from dataclasses import dataclass

from encoders.personal_data.spans import LINK, Candidate, Span

_CUE = re.compile(
    r"(?:phone|mobile|\btel|\bcell|\bhandy|whatsapp|\bmovil|móvil|rufnummer|téléphone|teléfono|portable"
    r"|(?:\bcall|\bring|\btext|reach)(?: me)?|ll[aá]m[ae]\w{0,6}(?: al)?|appele[zr](?:[ -]moi)?(?: au)?"
    r"|joignable(?: au)?)" + LINK,
    re.IGNORECASE,
)
_SPANISH_SIZES = frozenset({(3, 3, 3), (3, 2, 2, 2), (2, 3, 2, 2)})
_WITHOUT_PLUS = re.compile(r"447\d{9}|3538\d{8}")


@dataclass(frozen=True, slots=True)
class Said:
    """What the words before a run of digits say: that it is a phone number, or an order, a case and the like."""

    is_phone: bool
    is_reference: bool

    @classmethod
    def before(cls, whole: Candidate, reference: re.Pattern[str]) -> "Said":
        return cls(whole.follows(_CUE), whole.follows(reference))


def is_phone(candidate: Candidate, said: Said) -> bool:
    """Behind the word for a reference only one with a plus counts, behind the word for a phone almost any number."""
    if not candidate.stands_alone():
        return False
    if is_international(candidate, said):
        digits = candidate.digits
        return _is_possible("+" + (digits[2:] if digits.startswith("00") else digits))
    if said.is_phone:
        return not _looks_like_a_date(candidate)
    return not said.is_reference and sum(candidate.sizes) > 8 and _looks_like_a_phone(candidate)


def _looks_like_a_phone(candidate: Candidate) -> bool:
    """Told by its form alone."""
    if candidate.ends_an_iban() or candidate.continues():
        return False
    if candidate.digits.startswith("0"):
        return _is_national(candidate)
    return bool(_WITHOUT_PLUS.fullmatch(candidate.digits)) or _is_spanish(candidate)


def is_international(candidate: Candidate, said: Said) -> bool:
    """A plus before it, or 00 and a country."""
    before = candidate.text[max(0, candidate.start - 2) : candidate.start]
    if before.endswith(("+", "+ ")):
        return True
    if sum(candidate.sizes) < 10 or said.is_reference or not candidate.digits.startswith("00"):
        return False
    return before[-1:] not in ("-", ".") and not candidate.continues()


def _looks_like_a_date(candidate: Candidate) -> bool:
    return candidate.sizes in ((2, 2, 4), (4, 2, 2), (1, 2, 4), (2, 1, 4)) and candidate.gaps() <= {"-", "."}


def _is_national(candidate: Candidate) -> bool:
    digits, sizes = candidate.digits, candidate.sizes
    if len(sizes) == 3 and digits.startswith("01") and sizes[0] == 2:
        return _is_irish(digits)
    if (
        len(sizes) > 1
        and sizes[0] in (3, 4, 5, 6)
        and (_is_british(digits) or _is_irish(digits) or _is_german(candidate))
    ):
        return True
    if len(sizes) == 1:
        return _is_british(digits) or _is_irish(digits) or _is_french_mobile(digits) or _is_german_mobile(digits)
    return sizes == (2, 2, 2, 2, 2) and len(candidate.gaps()) == 1 and digits[1] != "0"


def _is_british(digits: str) -> bool:
    """Ofcom's plan: 0, then 1, 2, 3, 5, 7, 8 or 9, ten or eleven digits in all; ten only for 01 and 0800."""
    if len(digits) == 10:
        return digits[1] == "1" or digits.startswith("0800")
    return len(digits) == 11 and digits[1] in "1235789"


def _is_irish(digits: str) -> bool:
    return len(digits) in (9, 10) and _is_valid(digits, "IE")


def _is_french_mobile(digits: str) -> bool:
    return len(digits) == 10 and digits[1] in "67"


def _is_german_mobile(digits: str) -> bool:
    return len(digits) in (11, 12) and digits.startswith(("015", "016", "017"))


def _is_german(candidate: Candidate) -> bool:
    plain = {gap.strip(" ()") for gap in candidate.gaps()} - {""}
    return len(plain) <= 1 and 9 <= len(candidate.digits) <= 13 and _is_valid(candidate.digits, "DE")


def _is_spanish(candidate: Candidate) -> bool:
    """Nine digits in the usual groups; a last group of noughts ends an amount."""
    digits = candidate.digits
    usual = candidate.sizes in _SPANISH_SIZES and len(candidate.gaps()) == 1
    return usual and digits[0] in "6789" and not digits.endswith("000") and _is_valid(digits, "ES")


def _is_possible(international: str) -> bool:
    import phonenumbers

    try:
        return bool(phonenumbers.is_possible_number(phonenumbers.parse(international)))
    except phonenumbers.NumberParseException:
        return False


def _is_valid(digits: str, country: str) -> bool:
    import phonenumbers

    try:
        return bool(phonenumbers.is_valid_number(phonenumbers.parse(digits, country)))
    except phonenumbers.NumberParseException:
        return False


def phone_span(found: Candidate) -> Span:
    """With the plus sign and the brackets of `+44 ...`, `(+44) ...`, `(020) ...`."""
    start, end, text = found.start, found.end, found.text
    if text[max(0, start - 2) : start] == "+ ":
        start -= 2
    while start > 0 and text[start - 1] in "+(" and found.start - start < 2:
        start -= 1
    inside = text[start:end]
    closes = text[end : end + 1] == ")" and inside.count("(") > inside.count(")")
    return Span("phone", start, end + closes)
