"""Each kind of personal data in its forms, what only looks like it, and the work that hostile text can cause."""

import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from masking_work import steps_of_masking

from encoders.masking import find_personal_data
from encoders.text import mask_personal_data, tidy

MODULES = (
    "addresses",
    "birth_dates",
    "emails",
    "ibans",
    "identities",
    "names",
    "numbers",
    "phones",
    "secrets",
    "spans",
)
NATIONAL_IDS = [
    "AB 12 34 56 C",
    "ab123456c",
    "1234567FA",
    "12345678Z",
    "12345678-Z",
    "X1234567L",
    "86095742719",
    "86 095 742 719",
    "1 85 05 78 006 084 91",
    "RSSMRA85T10A562S",
    "MORGA657054SM9IJ",
    "078-05-1120",
]
PHONES = [
    "06 12 34 56 78",
    "06.12.34.56.78",
    "612 34 56 78",
    "612 345 678",
    "0151 23456789",
    "0151/23456789",
    "(01) 529 5382",
    "030/2345678",
    "+48 601 234 567",
    "+1 (415) 555-0199",
    "(+44) 7700 900123",
    "00353 87 234 5678",
]
EMAILS = [
    "maria at mail dot com",
    "maria.o'brien (at) mail (dot) co (dot) uk",
    "maria [at] mail [dot] ie",
    "maria @ mail.com",
    "maria@\nmail.com",
    "MARIA_2@MAIL.EXAMPLE.ORG",
    "maria arroba correo punto es",
]
SAID = {
    "my date of birth is {}": ("12/03/1985", "12 March 1985", "March 12th, 1985", "1985-03-12", "12031985"),
    "geboren am {}": ("12.03.1985", "12. März 1985"),
    "my pin is {}": ("4821",),
    "CVV: {}": ("482",),
    "the one-time passcode is {}": ("482913", "482 913"),
    "my password is {}": ("Sunny-Day42!",),
    "my name is {} and I wait": ("Maria García", "maria smith", "Jan van Dijk", "Siobhán O'Brien"),
    "Please help.\n\nKind regards,\n{}": ("Maria Walsh", "maria walsh"),
    "Dear {}, I wait": ("Mr Smith", "Siobhán"),
    "I asked {} twice": ("Mrs O'Brien", "Frau Müller"),
    "I live at {} now": (
        "12 Kestrel Road, Leeds LS6 2AB",
        "Flat 4, 27 Mill Lane",
        "Lindenstraße 12, 50667 Köln",
        "12 rue de la Paix",
        "Calle Mayor, 5",
    ),
}
HARMLESS = [
    "my order 55779911 is late",
    "reference 4109 2940 3001 2234",
    "tracking 9400 1741 3426 0683 5991 58",
    "UUID 0342-2239",
    "code is wrong",
    "my pin is not accepted",
    "error code is 4011",
    "I was born tired",
    "my name is spelled wrongly",
    "my name is not on the card",
    "I am Irish",
    "this is Great",
    "Hello Team, help",
    "Thanks\nplease hurry",
    "on 01-02-2024 03-02-2024",
    "look at bank.com",
    "talk to @bank now",
    "5 days in the street",
    "20 people on the road",
    "room 12 is at the dot",
    "S3 storage",
    "it is 7583 and the machine refuses it again",
    "DE12 3333 1387 4651 0233 92",
    "XQ6066903524825380",
    "passport is 3 years old",
    "612 000 000 pounds",
    "password is 8 characters",
    "i waited 45 minutes",
    "born is 2 rule",
    "ab 12 cd 34",
    "my tax code is 1257L W1",
    "Solicitor here: we write",
    "Dear Sirs, I wish",
    "the account holder is dead.",
]


def stored(text: str) -> str:
    return mask_personal_data(tidy(text)).text


@pytest.mark.parametrize("number", NATIONAL_IDS)
def test_numbers_of_a_state_are_masked_by_form_and_check_digits(number: str) -> None:
    assert stored(f"mine is {number}, thanks") == "mine is [NATIONAL_ID], thanks"


@pytest.mark.parametrize("number", ["12345678A", "X1234567A", "1234567A", "86095742718", "1 85 05 78 006 084 92"])
def test_a_wrong_check_digit_makes_it_no_number_of_a_state(number: str) -> None:
    assert "NATIONAL_ID" not in stored(f"mine is {number}, thanks")


@pytest.mark.parametrize(
    "said", ["passport number 533380006", "passport no: AB1234567", "NHS number 943 476 5919", "my UTR is 1234567890"]
)
def test_a_number_that_is_called_one_of_a_state_is_masked(said: str) -> None:
    assert not any(char.isdigit() for char in stored(said))


@pytest.mark.parametrize("number", PHONES)
def test_phone_numbers_of_five_countries_are_masked(number: str) -> None:
    assert stored(f"mine, {number}, rings") == "mine, [PHONE], rings"


@pytest.mark.parametrize("address", EMAILS)
def test_addresses_hidden_from_machines_are_masked(address: str) -> None:
    assert stored(f"write <{address}> now") == "write <[EMAIL]> now"


@pytest.mark.parametrize(
    ("sentence", "value"), [(sentence, value) for sentence, values in SAID.items() for value in values]
)
def test_what_the_words_around_it_say_is_masked_whole(sentence: str, value: str) -> None:
    masked = stored(sentence.format(value))
    before, after = sentence.split("{}")
    assert re.fullmatch(re.escape(before) + r"\[[A-Z_]+\]" + re.escape(after), masked), masked


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert stored(text) == text


def test_a_mistyped_number_is_masked_where_it_is_called_by_its_name() -> None:
    assert stored("card number 4111 1111 1111 1112") == "card number [CARD]"
    assert stored("IBAN: DE89 3704 0044 0532 0130 01") == "IBAN: [IBAN]"


@pytest.mark.parametrize("between", ["\ufe0f\u20e3", "\u0336", "\u034f", "\u3164", "\u200b", "\u2060"])
def test_nothing_that_nobody_sees_hides_a_card(between: str) -> None:
    assert stored("my card " + "".join(digit + between for digit in "4111111111111111")) == "my card [CARD]"


def test_places_are_those_of_the_text_that_was_given() -> None:
    text = "Dear Mr Smith, card 4111 1111 1111 1111, mail a@b.com, born on 12/03/1985, call +44 7700 900123"
    found = {span.kind: text[span.start : span.end] for span in find_personal_data(text)}
    assert found == {
        "name": "Mr Smith",
        "card": "4111 1111 1111 1111",
        "email": "a@b.com",
        "birth_date": "12/03/1985",
        "phone": "+44 7700 900123",
    }


PIECES = [
    *NATIONAL_IDS,
    *PHONES,
    *EMAILS,
    *HARMLESS,
    *(sentence.format(values[0]) for sentence, values in SAID.items()),
    "GB29",
    "4111 1111 1111 1111",
    "GB29 NWBK 6016 1331 9268 19",
    "born",
    "pin",
    "password",
    "is",
    "Dear",
    "\n",
    "my name is",
    "Mr",
    "Ann",
    "[",
    "]",
    ".",
    ",",
    "@",
    "0",
    "12",
    "1985",
    "dot com",
]


@settings(max_examples=150)
@given(st.lists(st.sampled_from(PIECES), max_size=10), st.sampled_from([" ", "", "-", ".", ", ", "\n", ": "]))
def test_masking_twice_changes_nothing(pieces: list[str], joint: str) -> None:
    once = stored(joint.join(pieces))
    assert stored(once) == once


@settings(max_examples=40)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=4), st.sampled_from([" ", "", "-", "\n"]))
def test_steps_grow_no_faster_than_the_message(pieces: list[str], joint: str) -> None:
    unit = joint.join([*pieces, ""])
    assert steps_of_masking(unit * 40) < 2.7 * steps_of_masking(unit * 20) + 200


def _patterns() -> Iterator[Any]:
    for name in MODULES:
        for label, value in vars(import_module(f"encoders.personal_data.{name}")).items():
            found = value if isinstance(value, tuple) else (value,)
            for entry in found:
                pattern = entry[0] if isinstance(entry, tuple) else entry
                if isinstance(pattern, re.Pattern):
                    yield pytest.param(pattern, id=f"{name}.{label}")


def _repeats(parsed: Any, depth: int = 0) -> Iterator[tuple[str, int, int]]:
    """Every repetition in a parsed pattern: its kind, its most, and in how many repetitions it stands."""
    for code, argument in parsed:
        name = str(code)
        if "REPEAT" in name:
            yield name, int(argument[1]), depth
            inner = depth + (int(argument[1]) > 1 and name != "POSSESSIVE_REPEAT")
            yield from _repeats(argument[2], inner)
        else:
            yield from _inside(argument, depth)


def _inside(argument: Any, depth: int) -> Iterator[tuple[str, int, int]]:
    parts = argument if isinstance(argument, (tuple, list)) else (argument,)
    for part in parts:
        if hasattr(part, "getwidth"):
            yield from _repeats(part, depth)
        elif isinstance(part, (tuple, list)):
            yield from _inside(part, depth)


@pytest.mark.parametrize("pattern", list(_patterns()))
def test_no_pattern_can_try_again_without_end(pattern: "re.Pattern[str]") -> None:
    """What repeats without a bound never gives back; so each place of a message costs a bounded number of tries."""
    parsed = import_module("re._parser").parse(pattern.pattern, pattern.flags & ~re.DEBUG)
    for name, most, depth in _repeats(parsed):
        assert name == "POSSESSIVE_REPEAT" or most <= 64 or (most > 10**6 and depth == 0 and pattern.pattern == r"\d+")
        assert depth <= 2
