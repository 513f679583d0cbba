"""Messages with personal data planted in them, and where exactly it stands; the same for the same seed."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from benchmarks.masking import numbers, people, reaching
from benchmarks.masking.harmless import HARMLESS
from benchmarks.masking.template import Template
from benchmarks.masking.written import Written

PERSONAL: Mapping[str, Callable[[str, Random], Written]] = {
    "card": numbers.card,
    "iban": numbers.iban,
    "phone": reaching.phone,
    "email": reaching.email,
    "account": numbers.account,
    "sort_code": numbers.sort_code,
    "national_id": numbers.national_id,
    "birth_date": people.birth_date,
    "pin": people.pin,
    "cvv": people.cvv,
    "otp": people.otp,
    "password": people.password,
    "address": people.address,
    "name": people.name,
}
_SLOT = re.compile(r"\{(\w+)\}")
_TYPO_RATE = 0.15
_CASES: Sequence[tuple[Callable[[str], str], int]] = ((str, 80), (str.lower, 17), (str.upper, 3))


@dataclass(frozen=True, slots=True)
class Item:
    """Personal data of one kind at `text[start:end]` of an utterance; `form` names the way it is written."""

    kind: str
    form: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Utterance:
    """What a customer writes, what of it is personal, and the kinds of harmless look-alikes in it."""

    text: str
    items: tuple[Item, ...]
    harmless: tuple[str, ...]
    language: str


def utterances(templates: Sequence[Template], count: int, seed: int) -> list[Utterance]:
    """`count` messages; each template comes up as often as every other, give or take one."""
    random = Random(f"masking {seed}")
    order = [templates[at % len(templates)] for at in range(count)]
    random.shuffle(order)
    return [_filled(template, random) for template in order]


def _filled(template: Template, random: Random) -> Utterance:
    [case] = random.choices([case for case, _ in _CASES], [weight for _, weight in _CASES])
    slots, literals = _SLOT.split(template.text)[1::2], _SLOT.split(template.text)[::2]
    literals = [case(literal) for literal in _mistyped(literals, random)]
    text, items = literals[0], []
    for slot, literal in zip(slots, literals[1:], strict=True):
        if slot in PERSONAL:
            written = PERSONAL[slot](template.language, random)
            items.append(Item(written.kind, written.form, len(text), len(text) + len(written.text)))
            text += written.text + literal
        else:
            text += HARMLESS[slot](template.language, random) + literal
    return Utterance(text, tuple(items), tuple(slot for slot in slots if slot in HARMLESS), template.language)


def _mistyped(literals: Sequence[str], random: Random) -> list[str]:
    """Two letters of one word change places in one message of seven."""
    kept = list(literals)
    if random.random() < _TYPO_RATE:
        at = random.randrange(len(kept))
        places = [match.start() for match in re.finditer(r"(?<=[a-z])[a-z]{2}(?=[a-z])", kept[at])]
        if places:
            place = random.choice(places)
            kept[at] = kept[at][:place] + kept[at][place + 1] + kept[at][place] + kept[at][place + 2 :]
    return kept
