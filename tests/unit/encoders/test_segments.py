"""A message in pieces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from encoders.segments import LEAST_WORDS, MOST_SEGMENTS, count_words, segments


def pieces(text: str) -> list[str]:
    return [segment.text for segment in segments(text)]


def announced(text: str) -> list[bool]:
    return [segment.announced for segment in segments(text)]


def test_one_sentence_has_no_pieces() -> None:
    assert segments("where is my card") == ()
    assert segments("") == ()


def test_sentences_and_clauses_that_begin_anew_are_pieces() -> None:
    assert pieces("My card is lost and I need a new PIN. What does it cost?") == [
        "My card is lost",
        "and I need a new PIN.",
        "What does it cost?",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "my card is lost, also how do I top up?",
        "my card is lost. Another thing: how do I top up?",
        "my card is lost and by the way where can I top up?",
        "Meine Karte ist weg. Außerdem wie lade ich auf?",
        "Ma carte est perdue. Par ailleurs comment recharger mon compte?",
        "Perdí mi tarjeta. Además quiero recargar mi cuenta",
        "Ho perso la carta. Inoltre vorrei ricaricare il conto",
        "Perdi o meu cartão. Além disso quero carregar a conta",
        "Mijn kaart is kwijt. Daarnaast wil ik geld opladen",
        "Zgubiłem moją kartę. Poza tym chcę doładować konto",
    ],
)
def test_a_writer_says_that_something_new_begins(text: str) -> None:
    assert announced(text) == [False, True]


def test_words_that_lead_up_to_a_new_beginning_belong_to_it() -> None:
    text = "My top up was reverted this morning. I'd also like to change my surname"
    assert pieces(text) == ["My top up was reverted this morning.", "I'd also like to change my surname"]
    assert announced(text) == [False, True]


def test_items_of_a_list_are_announced() -> None:
    assert pieces("Two questions please:\n1. where is my card\n2) how do I top up") == [
        "Two questions please:",
        "where is my card",
        "how do I top up",
    ]
    assert announced("- where is my card\n- how do I top up") == [True, True]


def test_a_line_that_a_mail_program_broke_is_one() -> None:
    broken = "I have been waiting for the card that I ordered in\nMay and it never came. Where is it then?"
    assert pieces(broken)[0] == "I have been waiting for the card that I ordered in May"


def test_a_piece_too_short_goes_with_the_one_before() -> None:
    assert pieces("Hi! My card is lost. Please help. What can I do now?") == [
        "Hi! My card is lost. Please help.",
        "What can I do now?",
    ]


@given(st.text(max_size=300))
def test_pieces_are_few_long_enough_and_made_of_the_text(text: str) -> None:
    found = segments(text)
    assert len(found) <= MOST_SEGMENTS
    assert len(found) != 1
    assert all(set(segment.text) - {" "} <= set(text) for segment in found)


def test_a_piece_has_at_least_three_words() -> None:
    assert all(count_words(piece) >= LEAST_WORDS for piece in pieces("a b c. d e. f g h i. j k l m n. o"))
