"""Which runs of digit groups are a card, a phone number, a sort code or an account number."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

MAX_GROUPS = 10
"""No number worth masking is written in more groups than this; it bounds the work at each position."""

_CURRENCY_BEFORE = re.compile(r"(?:[£$€¥]|\b(?:GBP|EUR|USD))[ \n]?\Z", re.IGNORECASE)
_AMOUNT_AFTER = re.compile(r"[ \n]?(?:[£$€%]|(?:GBP|EUR|USD|pounds?|euros?|quid|dollars?|pence)\b)", re.IGNORECASE)
_FRACTION_AFTER = re.compile(r"[.,:/]\d{1,3}(?!\d)")
_LINK = r"[^\w\[\]]*(?:(?:is|are|was|number|no|nr|num|it|my|and)\b[^\w\[\]]*){0,3}\Z"
_SORT_CODE_CUE = re.compile(r"(?:sort[ \n-]?code|\bs/?c)" + _LINK, re.IGNORECASE)
_ACCOUNT_CUE = re.compile(r"(?:account|acct?|a/c)" + _LINK, re.IGNORECASE)
_PHONE_CUE = re.compile(
    r"(?:phone|mobile|tel|cell|whatsapp|(?:call|ring|text|reach)(?: me)?(?: on| at)?)" + _LINK, re.IGNORECASE
)
_CUE_WINDOW = 40
_PHONE_SIZES, _CARD_SIZES, _SIXTEEN = range(9, 16), range(13, 20), range(16, 17)


@dataclass(frozen=True, slots=True)
class Group:
    """A run of digits: `text[start:end]`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Span:
    """Personal data of one kind at `text[start:end]`."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Candidate:
    """Some groups of a text read as one number."""

    text: str
    groups: Sequence[Group]

    @property
    def start(self) -> int:
        return self.groups[0].start

    @property
    def end(self) -> int:
        return self.groups[-1].end

    @property
    def sizes(self) -> tuple[int, ...]:
        return tuple(group.end - group.start for group in self.groups)

    @property
    def digits(self) -> str:
        written = "".join(self.text[group.start : group.end] for group in self.groups)
        return written if written.isascii() else "".join(str(int(digit)) for digit in written)

    def first(self, count: int) -> "_Candidate":
        return _Candidate(self.text, self.groups[:count])

    def gaps(self) -> set[str]:
        pairs = zip(self.groups, self.groups[1:], strict=False)
        return {self.text[left.end : right.start].replace("\n", " ") for left, right in pairs}

    def follows(self, cue: re.Pattern[str]) -> bool:
        return bool(cue.search(self.text[max(0, self.start - _CUE_WINDOW) : self.start]))


def find_number(text: str, run: Sequence[Group]) -> tuple[list[Span], int]:
    """What the number at the start of the run is: its spans and how many groups it takes (none: it stays)."""
    whole = _Candidate(text, run)
    if _is_amount_or_fraction(whole):
        return [], 1
    for reading in _readings(whole):
        spans, used = reading(whole)
        if used:
            return spans, used
    return [], 1


def _readings(whole: _Candidate) -> Sequence[Callable[[_Candidate], tuple[list[Span], int]]]:
    """A phone number comes first, unless a card number takes more: `4470 ...` begins a card and, bare, a mobile too."""
    marked = whole.text[max(0, whole.start - 1) : whole.start] == "+"
    card_first = not marked and _card(whole)[1] > _phone(whole)[1]
    return (_card, _phone, _sort_code, _account) if card_first else (_phone, _card, _sort_code, _account)


def _is_amount_or_fraction(candidate: _Candidate) -> bool:
    """A currency sign before it, or the tail of a decimal, a date or a time (`]` ends what is already masked)."""
    before = candidate.text[max(0, candidate.start - 5) : candidate.start]
    tail = len(before) > 1 and before[-1] in ".,:/" and (before[-2].isdigit() or before[-2] == "]")
    return tail or bool(_CURRENCY_BEFORE.search(before))


def _stands_alone(candidate: _Candidate) -> bool:
    """Not glued to letters, not followed by a unit of money or by a decimal, date or time tail."""
    text, start, end = candidate.text, candidate.start, candidate.end
    glued = (start > 0 and _is_word(text[start - 1])) or (end < len(text) and _is_word(text[end]))
    return not (glued or _AMOUNT_AFTER.match(text, end) or _FRACTION_AFTER.match(text, end))


def _is_word(char: str) -> bool:
    return char.isalpha() or char == "_"


def _longest(whole: _Candidate, sizes: range, accepts: Callable[[_Candidate], bool]) -> _Candidate | None:
    """The longest reading from the first group on with an allowed number of digits that is accepted."""
    totals = list(accumulate(whole.sizes))
    counts = [count for count, total in enumerate(totals, start=1) if total in sizes]
    candidates = (whole.first(count) for count in reversed(counts))
    return next((candidate for candidate in candidates if accepts(candidate)), None)


def _phone(whole: _Candidate) -> tuple[list[Span], int]:
    found = _longest(whole, _PHONE_SIZES, _is_phone)
    if found is None:
        return [], 0
    return [Span("phone", _phone_start(found), _phone_end(found))], len(found.groups)


def _phone_start(found: _Candidate) -> int:
    """Take in the plus sign and the opening bracket of `+44 ...`, `(+44) ...`, `(020) ...`."""
    start = found.start
    while start > 0 and found.text[start - 1] in "+(" and found.start - start < 2:
        start -= 1
    return start


def _phone_end(found: _Candidate) -> int:
    """Take in the bracket that closes one opened before the number."""
    inside = found.text[_phone_start(found) : found.end]
    closes = found.text[found.end : found.end + 1] == ")" and inside.count("(") > inside.count(")")
    return found.end + closes


def _is_phone(candidate: _Candidate) -> bool:
    digits = candidate.digits
    if not _stands_alone(candidate):
        return False
    if candidate.text[max(0, candidate.start - 1) : candidate.start] == "+":
        return _is_possible("+" + digits)
    if digits.startswith("00"):
        return _is_possible("+" + digits[2:])
    if digits.startswith("0"):
        return candidate.sizes[0] > 1 and (_is_british(digits) or _is_irish(digits))
    if digits.startswith(("447", "3538")) and len(digits) == 12:
        return True
    return len(digits) == 10 and digits.startswith("7") and candidate.follows(_PHONE_CUE)


def _is_possible(international: str) -> bool:
    import phonenumbers

    try:
        return bool(phonenumbers.is_possible_number(phonenumbers.parse(international)))
    except phonenumbers.NumberParseException:
        return False


def _is_british(digits: str) -> bool:
    """Ofcom's plan: 0, then 1, 2, 3, 5, 7, 8 or 9, ten or eleven digits in all; ten only for 01 and 0800."""
    if len(digits) == 10:
        return digits[1] == "1" or digits.startswith("0800")
    return len(digits) == 11 and digits[1] in "1235789"


def _is_irish(digits: str) -> bool:
    import phonenumbers

    return len(digits) in (9, 10) and bool(phonenumbers.is_valid_number(phonenumbers.parse(digits, "IE")))


def _card(whole: _Candidate) -> tuple[list[Span], int]:
    found = _longest(whole, _SIXTEEN, _is_card) or _longest(whole, _CARD_SIZES, _is_card)
    if found is None:
        return [], 0
    return [Span("card", found.start, found.end)], len(found.groups)


def _is_card(candidate: _Candidate) -> bool:
    digits = candidate.digits
    return _has_card_prefix(digits) and len(candidate.gaps()) <= 1 and _luhn(digits)


def _has_card_prefix(digits: str) -> bool:
    """ISO/IEC 7812 ranges in use; sixteen digits may start with any but zero."""
    prefixes: dict[int, tuple[str, ...]] = {
        13: ("4",),
        14: ("30", "36", "38", "39"),
        15: ("34", "37", "2131", "1800"),
        16: tuple("123456789"),
        17: ("5", "6"),
        18: ("5", "6"),
        19: ("4", "5", "6"),
    }
    return digits.startswith(prefixes.get(len(digits), ("none",)))


def _luhn(digits: str) -> bool:
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(doubled) + sum(int(digit) for digit in digits[::-2])) % 10 == 0


def _sort_code(whole: _Candidate) -> tuple[list[Span], int]:
    """`12-34-56`, or any six digits after the words; the account number that follows goes with it."""
    for count in (3, 1):
        code = whole.first(count)
        if len(code.groups) == count and len(code.digits) == 6:
            account = _account_after(whole, count)
            if _is_sort_code(code, bool(account)):
                return [Span("sort_code", code.start, code.end), *account], count + bool(account)
    return [], 0


def _is_sort_code(code: _Candidate, account_follows: bool) -> bool:
    if code.sizes not in ((2, 2, 2), (6,)) or not _stands_alone(code):
        return False
    if code.follows(_SORT_CODE_CUE):
        return True
    return code.sizes == (2, 2, 2) and (account_follows or (code.gaps() <= _DASHES and not _is_short_date(code)))


_DASHES = frozenset("-‐‑‒–—―")


def _account_after(whole: _Candidate, count: int) -> list[Span]:
    rest = whole.groups[count : count + 1]
    if not rest or rest[0].end - rest[0].start != 8 or not _stands_alone(_Candidate(whole.text, rest)):
        return []
    return [Span("account", rest[0].start, rest[0].end)]


def _is_short_date(code: _Candidate) -> bool:
    """`12-03-24`: a day and a month in either order, then a year near now."""
    one, two, year = (int(code.digits[at : at + 2]) for at in (0, 2, 4))
    return _is_day_and_month(one, two) and 15 <= year <= 35


def _is_day_and_month(one: int, two: int) -> bool:
    return 1 <= min(one, two) <= 12 and 1 <= max(one, two) <= 31


def _account(whole: _Candidate) -> tuple[list[Span], int]:
    """Eight digits that are no date; after the word also six to ten digits, or eight in two groups."""
    for count in (2, 1):
        number = whole.first(count)
        if len(number.groups) == count and _is_account(number):
            return [Span("account", number.start, number.end)], count
    return [], 0


def _is_account(number: _Candidate) -> bool:
    size = len(number.digits)
    if not 6 <= size <= 10 or not _stands_alone(number):
        return False
    if number.follows(_ACCOUNT_CUE):
        return len(number.groups) == 1 or number.sizes == (4, 4)
    return number.sizes == (8,) and not _is_long_date(number.digits)


def _is_long_date(digits: str) -> bool:
    """`20240312` or `12032024`."""
    parts = [int(digits[at : at + 2]) for at in range(0, 8, 2)]
    year_first = parts[0] in (19, 20) and _is_day_and_month(parts[2], parts[3])
    return year_first or (parts[2] in (19, 20) and _is_day_and_month(parts[0], parts[1]))
