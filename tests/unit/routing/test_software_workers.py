"""What software may attempt, and what that is expected to cost."""

import pytest
from builders import make_conversation
from hypothesis import given
from hypothesis import strategies as st

from routing.domain.software import Software

BOT = Software({"card_late": 0.8}, handle_time_seconds=20, failure_cost_seconds=100, least_certainty=0.9)
SURE = (("card_late", 1.0),)


def test_it_attempts_what_it_is_allowed_to_and_is_certain_of() -> None:
    assert BOT.may_attempt(make_conversation(candidates=SURE), {"bot"})
    assert BOT.may_attempt(make_conversation(candidates=(("card_late", 0.45), ("card_lost", 0.05))), {"bot"})


@pytest.mark.parametrize(
    "changes",
    [
        {"candidates": (("card_lost", 1.0),)},
        {"candidates": (("card_late", 0.89), ("card_lost", 0.11))},
        {"candidates": ()},
        {"candidates": SURE, "excluded": ("other-bot",)},
        {"candidates": SURE, "last_cop_id": "bot"},
    ],
)
def test_everything_else_goes_to_a_person(changes: dict[str, object]) -> None:
    assert not BOT.may_attempt(make_conversation(**changes), {"bot", "other-bot"})


@given(st.booleans(), st.sets(st.sampled_from(["scam_in_progress", "bereavement", "new_kind"])), st.floats(0, 1))
def test_it_never_attempts_the_fast_lane_or_an_alert(fraud: bool, alerts: set[str], certainty: float) -> None:
    bot = Software({"card_late": 1.0}, 1, 0, least_certainty=max(certainty, 0.01))
    conversation = make_conversation(candidates=SURE, fraud=fraud, vulnerable=not fraud, alerts=tuple(alerts))
    assert not bot.may_attempt(conversation, ())
    alerted = make_conversation(candidates=SURE, alerts=tuple(alerts))
    assert bot.may_attempt(alerted, ()) is not bool(alerts)


def test_an_attempt_costs_its_time_and_its_failures_beyond_the_usual_work() -> None:
    assert BOT.attempt_seconds("card_late", usual_seconds=300) == pytest.approx(20 + 0.2 * 100 - 300)
