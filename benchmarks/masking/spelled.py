"""Cards and phone numbers in words, reported apart."""

from collections.abc import Iterator
from random import Random

from benchmarks.masking.corpus import Item, Utterance
from benchmarks.masking.numbers import digits, luhn_digit

_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_SENTENCES = ("my card is {} thanks", "call me on {} please", "It is {}.", "the number, {}, does not work")


def spelled(count: int, random: Random) -> Iterator[Utterance]:
    """So many messages with one number each, in English words, some with "oh" and "double"."""
    for _ in range(count):
        kind = random.choice(("card", "phone"))
        body = "4" + digits(random, 14) if kind == "card" else "07" + digits(random, 9)
        said = _said(body + luhn_digit(body) if kind == "card" else body, random)
        before, after = random.choice(_SENTENCES).split("{}")
        item = Item(kind, "spelled", len(before), len(before) + len(said))
        yield Utterance(before + said + after, (item,), (), "en")


def _said(number: str, random: Random) -> str:
    words, at = [], 0
    doubles = random.random() < 0.4
    zero = random.choice(("zero", "oh"))
    while at < len(number):
        word = zero if number[at] == "0" else _WORDS[int(number[at])]
        twice = doubles and number[at : at + 1] == number[at + 1 : at + 2]
        words.append(f"double {word}" if twice else word)
        at += 1 + twice
    return random.choice((" ", " ", ", ", "-")).join(words)
