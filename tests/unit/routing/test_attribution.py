"""Which words tell: each is left out once, within a budget, and what was worked out is remembered."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import count
from pathlib import Path

from builders import NOON, make_context, make_conversation, make_review, make_triage

from api.console.views_words import Part, parts_of
from api.console.wording import MASKED
from routing.adapters.memory import MemoryStore
from routing.domain.attribution import Span, share_of, spans_of, without
from routing.domain.issue import Taxonomy, Triage
from routing.ports import Utterance
from routing.services.attributing import Attributions
from routing.services.review_views import ReviewView


class Weighing:
    """Every `lost` speaks for card_lost, every `late` for card_late; counts what it was asked."""

    version = "weighing-1"

    def __init__(self) -> None:
        self.asked = 0

    def classify(self, utterances: Sequence[Utterance], taxonomy: Taxonomy, at: datetime) -> list[Triage]:
        self.asked += len(utterances)
        return [self._triage(" ".join(each.messages), at) for each in utterances]

    def similar(self, text: str, cases: Sequence[str], most: int) -> list[tuple[int, float]]:
        return []

    def _triage(self, text: str, at: datetime) -> Triage:
        lost, late = 1 + 2 * text.count("lost"), 1 + text.count("late")
        share = lost / (lost + late)
        return replace(make_triage(at=at), distribution=(("card_lost", share), ("card_late", 1 - share)))


def view(*messages: str, **changes: object) -> ReviewView:
    triage = replace(make_triage(at=NOON), distribution=(("card_lost", 0.6), ("card_late", 0.4)))
    item = make_review(**changes)
    return ReviewView(item, make_conversation(), "\n".join(messages), triage, None, messages)


def test_the_word_without_which_the_first_falls_speaks_for_it() -> None:
    found = Attributions(Weighing()).of(make_context(MemoryStore()), view("my card is lost", "or late?"))
    assert found is not None
    assert [(each.span, each.weight > 0) for each in found.telling] == [
        (Span(0, 11, 15), True),
        (Span(1, 3, 7), False),
    ]
    assert (found.share, found.complete) == (0.6, True)


def test_what_was_worked_out_is_not_asked_again_and_words_are_not_kept() -> None:
    classifier, context = Weighing(), make_context(MemoryStore())
    words = Attributions(classifier)
    assert words.known(context, view("lost or late")) is None
    first = words.of(context, view("lost or late"))
    asked = classifier.asked
    assert words.of(context, view("lost or late")) is first is words.known(context, view("lost or late"))
    assert classifier.asked == asked == 4
    assert "lost or late" not in repr(vars(words))


def test_it_ends_in_time_and_says_so() -> None:
    ticks = count()
    slow = Attributions(Weighing(), budget_seconds=1, clock=lambda: float(next(ticks)))
    found = slow.of(make_context(MemoryStore()), view(" ".join(f"word{n}" for n in range(24))))
    assert found is not None
    assert (len(found.weighed), found.complete) == (8, False)


def test_a_blind_check_tells_nothing() -> None:
    words, context = Attributions(Weighing()), make_context(MemoryStore())
    assert words.of(context, view("lost", blind=True)) is None


def test_even_odds_on_everything_are_not_weighed() -> None:
    shown = view("lost")
    even = replace(make_triage(at=NOON), distribution=(("card_late", 0.5), ("card_lost", 0.5)))
    assert Attributions(Weighing()).of(make_context(MemoryStore()), replace(shown, triage=even)) is None


def test_a_message_of_one_word_is_weighed_against_nothing_known() -> None:
    found = Attributions(Weighing()).of(make_context(MemoryStore()), view("lost"))
    assert found is not None
    assert [each.weight for each in found.weighed] == [0.25]


def test_a_long_message_costs_no_more_than_a_short_one() -> None:
    spans = spans_of([" ".join(f"word{n}" for n in range(100)), "and more"])
    assert len(spans) <= 25
    assert without(["one two three"], Span(0, 4, 7)) == ("one   three",)
    assert share_of({}, "a", "b") == 0.5


def test_masked_and_telling_words_are_marked_and_everything_else_stays() -> None:
    found = Attributions(Weighing()).of(make_context(MemoryStore()), view("[CARD] lost", "<b>late"))
    text = "[CARD] lost\n<b>late"
    parts = parts_of(text, ("[CARD] lost", "<b>late"), found)
    assert "".join(part.text for part in parts) == text
    assert [(part.text, part.kind) for part in parts if part.kind] == [
        ("[CARD]", "masked"),
        ("lost", "first"),
        ("late", "second"),
    ]
    assert parts_of("[NOTHING] here") == (Part("[NOTHING] here"),)
    assert "".join(part.text for part in parts_of("[CARD] lo", ("[CARD] lost", "<b>late"), found)) == "[CARD] lo"


def test_every_placeholder_of_the_masker_is_known_to_the_console() -> None:
    import encoders.personal_data

    folder = Path(str(encoders.personal_data.__file__)).parent
    kinds = {kind for file in folder.glob("*.py") for kind in re.findall(r'Span\("(\w+)"', file.read_text())}
    assert len(kinds) > 8
    assert {kind.upper() for kind in kinds} <= set(MASKED)
