"""Which runs of digit groups are a card, a phone number, a sort code or an account number."""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate

from encoders.personal_data.phones import Said, is_phone, phone_span
from encoders.personal_data.spans import LINK, Candidate, Group, Span

MAX_GROUPS = 10
"""No number worth masking is written in more groups than this; it bounds the work at each position."""

_GROUP = re.compile(r"\d+")
# A line's end joins like a space: mail programs break lines inside numbers.
_JOINT = re.compile(r"(?:[ \t\u00a0\n]{1,2}|[ \n]?[-\u2010-\u2015.][ \n]?|[ \n]?[()][ \n]?|\)[ \n]?[-/][ \n]?)\Z")
_SLASH = re.compile(r"[ \n]?/[ \n]?\Z")
_SORT_CODE_CUE = re.compile(r"(?:sort[ \n-]?code|\bs/?c)" + LINK, re.IGNORECASE)
_ACCOUNT_CUE = re.compile(r"(?:account|acct?|a/c|\bkonto(?:nummer)?|\bcuenta|\bcompte)" + LINK, re.IGNORECASE)
_CARD_CUE = re.compile(r"(?:card|karte|kartennummer|tarjeta|carte)" + LINK, re.IGNORECASE)
_REFERENCE_CUE = re.compile(
    r"(?:\bref(?:erence|erencia|erenz|érence)?|order|booking|ticket|case|transaction|invoice|receipt|tracking|parcel|error"
    r"|pedido|factura|bestell(?:ung|nummer)|rechnung(?:snummer)?|vorgang|auftrag|commande|facture|build|version|\bid)"
    + LINK,
    re.IGNORECASE,
)
_PHONE_SIZES, _UNSAID_PHONE_SIZES, _CARD_SIZES = range(7, 16), range(9, 16), range(13, 20)
_DASHES = frozenset("-‐‑‒–—―")
_USUAL_CARDS = frozenset({(4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (8, 8), (16,), (4, 4, 4, 4, 2), (4, 4, 4, 4, 3)})
Reading = tuple[list[Span], int]


def find_numbers(text: str) -> Iterator[Span]:
    """Left to right; each run of groups is read once from each of its groups on, until one is part of a number."""
    groups = [Group(match.start(), match.end()) for match in _GROUP.finditer(text)]
    index, before = 0, None
    while index < len(groups):
        spans, used = _find_number(Candidate(text, _run(text, groups, index), before))
        yield from spans
        index += max(used, 1)
        before = None if spans else groups[index - 1]


def _run(text: str, groups: list[Group], first: int) -> list[Group]:
    """The groups from `first` on that only joints (spaces, dashes, dots, brackets) keep apart."""
    run = [groups[first]]
    for group in groups[first + 1 : first + MAX_GROUPS]:
        gap = text[run[-1].end : group.start]
        if len(gap) > 3 or not (_JOINT.match(gap) or _parts_area_code(text, run, gap)):
            break
        run.append(group)
    return run


def _parts_area_code(text: str, run: Sequence[Group], gap: str) -> bool:
    """`030/123456`: a slash joins only behind an area code, since it parts dates elsewhere."""
    is_area_code = len(run) == 1 and 3 <= run[0].end - run[0].start <= 5 and text[run[0].start] == "0"
    return is_area_code and bool(_SLASH.match(gap))


def _find_number(whole: Candidate) -> Reading:
    """What the number at the start of the run is: its spans and how many groups it takes (none: it stays)."""
    if whole.is_amount_or_fraction():
        return [], 1
    for read in (_card_or_phone, _sort_code, _account):
        spans, used = read(whole)
        if used:
            return spans, used
    return [], 1


def _card_or_phone(whole: Candidate) -> Reading:
    """What takes more: `4470 ...` begins a card and, bare, a mobile too. A plus before it says phone."""
    phone, card = _phone(whole), _card(whole)
    marked = whole.text[max(0, whole.start - 1) : whole.start] == "+"
    return phone if phone[1] and (marked or phone[1] > card[1]) else card


def _longest(whole: Candidate, sizes: range, accepts: Callable[[Candidate], bool]) -> Candidate | None:
    """The longest reading from the first group on with an allowed number of digits that is accepted."""
    totals = list(accumulate(whole.sizes))
    counts = [count for count, total in enumerate(totals, start=1) if total in sizes]
    candidates = (whole.first(count) for count in reversed(counts))
    return next((candidate for candidate in candidates if accepts(candidate)), None)


def _phone(whole: Candidate) -> Reading:
    if sum(whole.sizes) < _PHONE_SIZES.start:
        return [], 0
    said = Said.before(whole, _REFERENCE_CUE)
    sizes = _PHONE_SIZES if said.is_phone else _UNSAID_PHONE_SIZES
    found = _longest(whole, sizes, lambda candidate: is_phone(candidate, said))
    if found is None or _goes_on(whole, found):
        return [], 0
    return [phone_span(found)], len(found.groups)


def _goes_on(whole: Candidate, found: Candidate) -> bool:
    """Groups of four all alike, and one more: `4475-5983-0984-2001` is no mobile with something behind it."""
    longer = whole.first(len(found.groups) + 1)
    return set(longer.sizes) == {4} and len(longer.groups) > len(found.groups) and len(longer.gaps()) == 1


def _card(whole: Candidate) -> Reading:
    found = _longest(whole, _CARD_SIZES, _is_card)
    return ([], 0) if found is None else ([Span("card", found.start, found.end)], len(found.groups))


def _is_card(candidate: Candidate) -> bool:
    digits, usual = candidate.digits, candidate.sizes in _USUAL_CARDS
    if not _has_card_prefix(digits) or not (usual or len(candidate.gaps()) <= 1) or candidate.ends_an_iban():
        return False
    return _luhn(digits) or (usual and len(digits) == 16 and candidate.follows(_CARD_CUE))


def _has_card_prefix(digits: str) -> bool:
    """ISO/IEC 7812 ranges in use."""
    prefixes: dict[int, tuple[str, ...]] = {
        13: ("4",),
        14: ("30", "36", "38", "39"),
        15: ("34", "37", "2131", "1800"),
        16: ("2", "3", "4", "5", "6", "81", "9792"),
        17: ("5", "6"),
        18: ("5", "6"),
        19: ("4", "5", "6"),
    }
    return digits.startswith(prefixes.get(len(digits), ("none",)))


def _luhn(digits: str) -> bool:
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(doubled) + sum(int(digit) for digit in digits[::-2])) % 10 == 0


def _sort_code(whole: Candidate) -> Reading:
    """`12-34-56`, or any six digits after the words; the account number that follows goes with it."""
    for count in (3, 1):
        code = whole.first(count)
        if len(code.groups) == count and len(code.digits) == 6:
            account = _account_after(whole, count)
            if _is_sort_code(code, bool(account)):
                return [Span("sort_code", code.start, code.end), *account], count + bool(account)
    return [], 0


def _is_sort_code(code: Candidate, account_follows: bool) -> bool:
    if code.sizes not in ((2, 2, 2), (6,)) or not code.stands_alone():
        return False
    if code.follows(_SORT_CODE_CUE):
        return True
    return code.sizes == (2, 2, 2) and (account_follows or (code.gaps() <= _DASHES and not _is_short_date(code)))


def _account_after(whole: Candidate, count: int) -> list[Span]:
    rest = whole.groups[count : count + 1]
    if not rest or rest[0].end - rest[0].start != 8 or not Candidate(whole.text, rest).stands_alone():
        return []
    return [Span("account", rest[0].start, rest[0].end)]


def _is_short_date(code: Candidate) -> bool:
    """`12-03-24`: a day and a month in either order, then a year near now."""
    one, two, year = (int(code.digits[at : at + 2]) for at in (0, 2, 4))
    return _is_day_and_month(one, two) and 15 <= year <= 35


def _is_day_and_month(one: int, two: int) -> bool:
    return 1 <= min(one, two) <= 12 and 1 <= max(one, two) <= 31


def _account(whole: Candidate) -> Reading:
    """Eight digits that are no date; after the word also six to ten digits, or eight in two groups."""
    for count in (2, 1):
        number = whole.first(count)
        if len(number.groups) == count and _is_account(number):
            return [Span("account", number.start, number.end)], count
    return [], 0


def _is_account(number: Candidate) -> bool:
    size = len(number.digits)
    if not 6 <= size <= 10 or not number.stands_alone():
        return False
    if number.follows(_ACCOUNT_CUE):
        return len(number.groups) == 1 or number.sizes == (4, 4)
    return number.sizes == (8,) and not _is_long_date(number.digits) and not number.follows(_REFERENCE_CUE)


def _is_long_date(digits: str) -> bool:
    """`20240312` or `12032024`."""
    parts = [int(digits[at : at + 2]) for at in range(0, 8, 2)]
    year_first = parts[0] in (19, 20) and _is_day_and_month(parts[2], parts[3])
    return year_first or (parts[2] in (19, 20) and _is_day_and_month(parts[0], parts[1]))
