"""The promotion gate: what counts as worse, in which slice, and what is put down to chance."""

from collections.abc import Sequence

import pytest
from builders import make_issue_type, make_taxonomy

from routing.domain.comparison import (
    AUTOMATIC,
    FRAUD,
    NEWLY_AUTOMATIC,
    OVERALL,
    URGENT,
    VULNERABLE,
    Answer,
    Assessment,
    Contest,
    GateRules,
    Judged,
    assess,
)
from routing.domain.errors import Invalid

TAXONOMY = make_taxonomy(
    (
        make_issue_type("card_lost"),
        make_issue_type("limit_raise", family="limits"),
        make_issue_type("fraud_seen", fraud=True, family="fraud"),
        make_issue_type("bereavement", vulnerable=True, family="life"),
    )
)


def judged(count: int, issue_type: str = "card_lost", **known: str) -> list[Judged]:
    return [Judged(f"{issue_type} {number} {known}", issue_type, **known) for number in range(count)]


def answers(
    messages: Sequence[Judged], wrong: int = 0, automatic: bool = False, as_type: str = "other"
) -> list[Answer]:
    """Right, except on the first `wrong`."""
    return [Answer(as_type if row < wrong else one.issue_type, automatic) for row, one in enumerate(messages)]


def verdict(messages: Sequence[Judged], before: Sequence[Answer], now: Sequence[Answer]) -> Assessment:
    return assess("new", "old", Contest(messages, before, now), TAXONOMY, GateRules())


def worse(found: Assessment) -> set[str]:
    return {each.name for each in found.slices if each.worse}


def test_equal_answers_pass():
    messages = judged(40)
    found = verdict(messages, answers(messages), answers(messages))
    assert found.passed
    assert found.reasons == ("no slice is worse beyond chance (2 slices, level 0.05)",)
    assert (found.accuracy, found.accuracy_before) == (1.0, 1.0)


@pytest.mark.parametrize(("lost", "passed"), [(4, True), (5, False)])
def test_losses_are_put_down_to_chance_until_they_cannot_be(lost: int, passed: bool):
    messages = judged(100)
    found = verdict(messages, answers(messages), answers(messages, wrong=lost))
    assert found.passed is passed
    assert (OVERALL in worse(found)) is not passed


def test_the_reason_names_the_slice_and_its_counts():
    messages = judged(100)
    found = verdict(messages, answers(messages), answers(messages, wrong=8))
    assert "all messages: 100 right before, 92 now, of 100 (8 lost, 0 won; chance 0.0039)" in found.reasons


@pytest.mark.parametrize(
    ("known", "name"),
    [
        ({"market": "fr"}, "market fr"),
        ({"language": "fr"}, "language fr"),
        ({"issue_type": "limit_raise"}, "family limits"),
        ({"issue_type": "fraud_seen"}, FRAUD),
        ({"issue_type": "bereavement"}, VULNERABLE),
    ],
)
def test_a_slice_that_got_worse_is_no_price_for_a_gain_elsewhere(known: dict[str, str], name: str):
    slice_, rest = judged(30, **known), judged(200, market="uk", language="en")  # type: ignore[arg-type]
    before = [*answers(slice_), *answers(rest, wrong=60)]
    now = [*answers(slice_, wrong=12), *answers(rest)]
    found = verdict([*slice_, *rest], before, now)
    assert not found.passed
    assert name in worse(found)
    assert OVERALL not in worse(found)


def test_fraud_taken_for_another_urgent_type_is_still_seen_as_urgent():
    messages = judged(20, "fraud_seen")
    found = verdict(messages, answers(messages), answers(messages, wrong=12, as_type="bereavement"))
    assert FRAUD in worse(found)
    assert URGENT not in worse(found)


def test_more_wrong_decisions_without_a_person_are_worse_although_accuracy_is_the_same():
    messages = judged(100)
    careful, bold = answers(messages, wrong=20), answers(messages, wrong=20, automatic=True)
    assert NEWLY_AUTOMATIC in worse(verdict(messages, careful, bold))
    assert verdict(messages, bold, careful).passed


def test_deciding_more_without_a_person_is_no_worse_where_it_is_seldom_wrong():
    messages = judged(100)
    careful, bold = answers(messages, wrong=6), answers(messages, wrong=6, automatic=True)
    assert verdict(messages, careful, bold).passed


def test_what_both_decide_without_a_person_is_compared():
    messages = judged(100)
    before, now = answers(messages, automatic=True), answers(messages, wrong=8, automatic=True)
    assert AUTOMATIC in worse(verdict(messages, before, now))


def test_one_of_many_slices_must_be_further_from_chance_than_one_alone():
    # Five losses in a market of its own would be 1 in 32: among forty markets that is nothing.
    messages = [one for number in range(40) for one in judged(5, market=f"m{number}")]
    before = [*answers(messages[:5]), *answers(messages[5:], wrong=5)]
    now = [*answers(messages[:5], wrong=5), *answers(messages[5:])]
    found = verdict(messages, before, now)
    assert found.passed
    assert next(each for each in found.slices if each.name == "market m0").lost == 5


def test_without_held_out_messages_nothing_passes():
    found = verdict([], [], [])
    assert not found.passed
    assert found.reasons == ("nothing is held out to judge by",)


def test_a_message_of_a_type_that_left_the_taxonomy_belongs_to_no_family():
    messages = judged(3, "retired_type")
    assert [each.name for each in verdict(messages, answers(messages), answers(messages)).slices] == [OVERALL]


@pytest.mark.parametrize("alpha", [0.0, 0.5, -1.0])
def test_a_level_that_is_none_is_refused(alpha: float):
    with pytest.raises(Invalid, match="alpha"):
        GateRules(alpha)
