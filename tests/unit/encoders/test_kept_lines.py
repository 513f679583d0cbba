"""Messages are stored whole: their lines stay, and what a line's end hides in a number is masked all the same."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from encoders.text import LONGEST_KEPT, mask_personal_data, prepare, tidy


def stored(text: str) -> str:
    return mask_personal_data(tidy(text)).text


def test_lines_and_paragraphs_stay_and_spaces_are_single() -> None:
    assert (
        tidy("Dear  Sir,\r\n\r\n\r\n\r\nmy\u00a0card\u200b is\tlate \n\nBob\x00\n")
        == "Dear Sir,\n\nmy card is late\n\nBob"
    )


def test_a_long_message_is_kept_to_its_end() -> None:
    assert tidy("word " * 10_000 + "last").endswith("last")
    assert len(tidy("\ufdfa" * LONGEST_KEPT)) <= LONGEST_KEPT


@given(st.text(max_size=300))
def test_tidying_twice_changes_nothing(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)


@given(st.text(max_size=300))
def test_nothing_invisible_is_stored_but_line_ends(text: str) -> None:
    assert not {unicodedata.category(char) for char in tidy(text) if char != "\n"} & {"Cc", "Cf", "Cs"}


@pytest.mark.parametrize(
    "text",
    [
        "my card 4111 1111\n1111 1111 was taken",
        "IBAN GB29 NWBK 6016\n1331 9268 19 please",
        "call me on 020 7946\n0958",
        "sort\ncode 12 34 56",
        "account 12345678\nsort code 12-34-56",
    ],
)
def test_a_number_broken_over_lines_is_masked_as_it_would_be_on_one(text: str) -> None:
    assert not any(char.isdigit() for char in stored(text))
    assert stored(text).replace("\n", " ") == prepare(text)


@given(st.text(alphabet="0123456789 \n-.()+£[]ab", max_size=60))
def test_masking_what_is_stored_twice_changes_nothing(text: str) -> None:
    assert stored(stored(text)) == stored(text)
