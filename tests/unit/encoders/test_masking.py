import string
from datetime import date
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from masking_work import steps_of_masking

from encoders.text import mask_personal_data

CARDS = ["4111 1111 1111 1111", "4111-1111-1111-1111", "5555555555554444", "378282246310005", "3782 822463 10005"]
IBANS = [
    "GB29 NWBK 6016 1331 9268 19",
    "IE64IRCE92050112345678",
    "DE89 3704 0044 0532 0130 00",
    "gb29nwbk60161331926819",
]
PHONES = [
    "07700 900123",
    "020 7946 0958",
    "(020) 7946 0958",
    "+44 7700 900123",
    "+353 87 123 4567",
    "0044 20 7946 0958",
]
HARMLESS = [
    "£1,250.00", "1250.50", "£12345678", "12345678 pounds", "GBP 12345678", "€ 1.250.000,00", "100000 quid", "12.5%",
    "12/03/2024", "2024-03-12", "12-03-24", "20240312", "12.03.2024", "31/12", "10:30", "10:30:45", "2024", "24/7",
    "2024-03-12 10:30:45", "20240312103045", "3 cards", "0.12345678", "chapter 11", "iPhone 15", "A12345678B", "999",
]  # fmt: skip


def luhn_complete(body: str) -> str:
    total = sum(sum(divmod(int(d) * (2 if at % 2 == 0 else 1), 10)) for at, d in enumerate(reversed(body)))
    return body + str(-total % 10)


@st.composite
def cards(draw: st.DrawFn) -> str:
    number = luhn_complete(draw(st.sampled_from("2456")) + draw(st.text("0123456789", min_size=14, max_size=14)))
    gap = draw(st.sampled_from(["", " ", "-"]))
    return gap.join(number[at : at + 4] for at in range(0, 16, 4))


@pytest.mark.parametrize(
    ("text", "placeholder"),
    [
        *((card, "[CARD]") for card in CARDS),
        *((iban, "[IBAN]") for iban in IBANS),
        *((phone, "[PHONE]") for phone in PHONES),
        ("55779911", "[ACCOUNT]"),
        ("12-34-56", "[SORT_CODE]"),
        ("a.name+tag@bank.co.uk", "[EMAIL]"),
    ],
)
def test_each_kind_of_personal_data_becomes_its_placeholder(text: str, placeholder: str) -> None:
    assert mask_personal_data(f"hello, {text}. thanks").text == f"hello, {placeholder}. thanks"


@pytest.mark.parametrize("text", HARMLESS)
def test_amounts_dates_and_times_stay(text: str) -> None:
    assert mask_personal_data(f"it was {text} I think").text == f"it was {text} I think"


@pytest.mark.parametrize("text", HARMLESS)
def test_amounts_dates_and_times_stay_when_they_end_the_message(text: str) -> None:
    assert mask_personal_data(text).text == text


def test_words_before_a_number_say_what_it_is() -> None:
    assert mask_personal_data("sort code is 20 00 00").text == "sort code is [SORT_CODE]"
    assert mask_personal_data("my sort code: 123456").text == "my sort code: [SORT_CODE]"
    assert mask_personal_data("account number 1234 5678").text == "account number [ACCOUNT]"
    assert mask_personal_data("my account no is 12032024").text == "my account no is [ACCOUNT]"
    assert mask_personal_data("ring me on 7700900123").text == "ring me on [PHONE]"


def test_a_sort_code_and_the_account_number_after_it_are_both_masked() -> None:
    masked = mask_personal_data("it is 04-00-04 12345678 ok")
    assert masked.text == "it is [SORT_CODE] [ACCOUNT] ok"
    assert dict(masked.found) == {"sort_code": 1, "account": 1}


def test_a_number_that_fails_the_check_digit_is_no_card() -> None:
    assert mask_personal_data("reference 4111 1111 1111 1112").text == "reference 4111 1111 1111 1112"


def test_invisible_characters_do_not_hide_a_card() -> None:
    assert mask_personal_data("4111\u200b1111\u20601111\u202e1111").text == "[CARD]"


def test_digits_of_another_script_are_digits() -> None:
    arabic = "4111111111111111".translate({ord(str(n)): chr(0x660 + n) for n in range(10)})
    assert mask_personal_data(arabic).text == "[CARD]"


@given(cards(), st.sampled_from(["my card {} was declined", "{}", "card:{}!", "({})", "no.{} exp 12/26"]))
def test_every_card_number_is_masked_wherever_it_stands(card: str, sentence: str) -> None:
    assert mask_personal_data(sentence.format(card)).found.get("card") == 1


@given(
    st.integers(0, 99_999_999), st.sampled_from(["acc {:08d} please", "account number is {:08d}", "acct no. {:08d}"])
)
def test_every_account_number_is_masked_after_the_word(number: int, sentence: str) -> None:
    assert "[ACCOUNT]" in mask_personal_data(sentence.format(number)).text


@given(
    st.dates(date(1900, 1, 1), date(2099, 12, 31)),
    st.sampled_from(["%d/%m/%Y", "%Y-%m-%d", "%d.%m.%Y", "%d/%m/%y", "%d %b %Y"]),
)
def test_no_date_is_masked(day: date, form: str) -> None:
    text = f"on {day:{form}} at 10:30"
    assert mask_personal_data(text).text == text


@given(st.integers(0, 10**9), st.integers(0, 99), st.sampled_from(["£{:,}.{:02d}", "£{}.{:02d}", "{:,}.{:02d} pounds"]))
def test_no_amount_is_masked(pounds: int, pence: int, form: str) -> None:
    text = f"charged {form.format(pounds, pence)} twice"
    assert mask_personal_data(text).text == text


PIECES = [
    *CARDS,
    *IBANS,
    *PHONES,
    *HARMLESS,
    "12-34-56",
    "55779911",
    "a@b.co",
    "sort code",
    "account",
    "+",
    "(",
    ")",
    "[",
    "]",
    ".",
]


@given(st.lists(st.sampled_from(PIECES), max_size=12), st.sampled_from([" ", "", "-", ".", ", ", "  "]))
def test_masking_twice_changes_nothing(pieces: list[str], joint: str) -> None:
    once = mask_personal_data(joint.join(pieces)).text
    assert mask_personal_data(once).text == once


@given(st.text(alphabet="0123456789 -.+()[]@aG£,:/", max_size=80))
def test_masking_twice_changes_nothing_in_noise(text: str) -> None:
    once = mask_personal_data(text).text
    assert mask_personal_data(once).text == once


@given(st.text(max_size=200))
def test_any_text_can_be_masked(text: str) -> None:
    assert isinstance(mask_personal_data(text).text, str)


@pytest.mark.parametrize("unit", ["1 ", "12-", "GB12 ", "a@", "a.b@c.", "+44 ", "(0", "4111 "])
def test_work_grows_no_faster_than_the_message(unit: str) -> None:
    assert steps_of_masking(unit * 400) < 2.6 * steps_of_masking(unit * 200)


def test_mixed_messages_keep_every_other_word() -> None:
    random = Random(4)
    words = ["".join(random.choices(string.ascii_lowercase, k=5)) for _ in range(20)]
    text = " 4111 1111 1111 1111 ".join(words)
    assert [word for word in mask_personal_data(text).text.split() if word != "[CARD]"] == words
