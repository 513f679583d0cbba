import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from encoders.errors import UnknownLanguage
from encoders.language import LanguageDetector, evaluated_languages
from encoders.text import MAX_CHARACTERS, duplicate_key, normalise, prepare


def test_normalising_gives_one_spelling_and_single_spaces() -> None:
    assert normalise("  ｍｙ\u00a0ﬁrst\r\n\tcard\x00 \u200bis\u202e late ") == "my first card is late"


def test_long_messages_are_clipped() -> None:
    assert len(normalise("word " * 5_000)) <= MAX_CHARACTERS
    assert len(normalise("\ufdfa" * 10_000)) <= MAX_CHARACTERS


@given(st.text(max_size=300))
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@given(st.text(max_size=300))
def test_nothing_invisible_remains(text: str) -> None:
    assert not {unicodedata.category(char) for char in normalise(text)} & {"Cc", "Cf", "Cs"}


@given(st.text(max_size=200))
def test_preparing_twice_changes_nothing(text: str) -> None:
    once = prepare(text)
    assert prepare(once) == once


def test_a_lone_surrogate_does_not_survive() -> None:
    assert normalise("hi \ud800there") == "hi there"


def test_copies_of_a_message_share_a_key() -> None:
    assert duplicate_key("Where is  MY card?") == duplicate_key("where is my card? ")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("I have lost my card and need a new one", "en"),
        ("Ich habe meine Karte verloren und brauche eine neue", "de"),
        ("He perdido mi tarjeta y necesito una nueva", "es"),
    ],
)
def test_the_language_is_told_among_those_configured(text: str, code: str) -> None:
    assert LanguageDetector(["en", "de", "es"]).detect(text).code == code


@pytest.mark.parametrize("text", ["", "??", "1234", "\u200b", "ok"])
def test_a_text_that_does_not_decide_gets_the_first_language_and_no_confidence(text: str) -> None:
    found = LanguageDetector(["de", "en"]).detect(text)
    assert (found.code, found.confidence) == ("de", 0.0)


def test_one_language_needs_no_evidence() -> None:
    found = LanguageDetector(["en"]).detect("Ich habe meine Karte verloren")
    assert (found.code, found.confidence) == ("en", 1.0)


def test_an_unknown_language_is_named_with_those_allowed() -> None:
    with pytest.raises(UnknownLanguage, match=r"'xx'.*de.*en"):
        LanguageDetector(["en", "xx"])


def test_no_language_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        LanguageDetector([])


def test_a_short_text_is_told_too() -> None:
    detector = LanguageDetector(["en", "de", "fr"])
    assert [detector.detect(text).code for text in ("bitte Karte sperren", "carte perdue", "lost phone")] == [
        "de",
        "fr",
        "en",
    ]


def test_clauses_in_another_language_are_told_beside_the_main_one() -> None:
    found = LanguageDetector(["en", "de"]).detect(
        "Hallo, ich habe meine Karte verloren und brauche Hilfe. I also want to know why I was charged a fee."
    )
    assert {found.code, *found.others} == {"de", "en"}


def test_a_greeting_in_another_language_is_no_second_language() -> None:
    found = LanguageDetector(["en", "de"]).detect("Guten Tag! My card was lost on the train and I need another one now")
    assert (found.code, found.others) == ("en", ())


def test_languages_count_as_evaluated_from_enough_held_out_examples_on() -> None:
    english, german = ["where is the card that I ordered"] * 60, ["ich habe meine Karte verloren und brauche eine neue"]
    assert evaluated_languages([*english, *german * 60], ["en", "de", "fr"]) == ("en", "de")
    assert evaluated_languages([*english, *german * 49], ["en", "de", "fr"]) == ("en",)


def test_with_too_few_examples_of_any_language_the_first_one_is_meant() -> None:
    assert evaluated_languages(["wo ist meine Karte"] * 3, ["de", "en"]) == ("de",)


def test_with_one_configured_language_nothing_is_read() -> None:
    unreadable: list[str] = [None]  # type: ignore[list-item]
    assert evaluated_languages(unreadable, ["EN"]) == ("en",)
