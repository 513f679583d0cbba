"""A round of matching: every group has its turn, whatever becomes of the others."""

import logging
import time
from collections.abc import Callable

import pytest
from builders import FixedPacks, make_context, make_conversation, make_cop, make_pack
from doubles import ScriptedMatcher
from seeds import committed, read

from routing.adapters.memory import MemoryStore
from routing.domain.conversation import ConversationState
from routing.domain.cop import Presence
from routing.ports import Matcher, MatchingPlan, MatchingProblem
from routing.services import matching, presence
from routing.services.context import Context
from routing.services.rounds import LEAST_REST_SECONDS, LONGEST_BACKOFF_SECONDS, Rounds


@pytest.fixture
def context() -> Context:
    """One customer and one COp in each of the groups `france` and `main`, which have their turns in this order."""
    cops = [make_cop("ada", markets=frozenset({"uk"})), make_cop("zoe", markets=frozenset({"fr"}))]
    context = make_context(MemoryStore(), packs=FixedPacks(make_pack(cops)))
    for cop, market in zip(cops, ("uk", "fr"), strict=True):
        presence.set_presence(context, presence.PresenceChange(cop.id, Presence.AVAILABLE, "test"))
        facts = {"issue_type": "card_late", "candidates": (("card_late", 1.0),), "market": market, "language": "en"}
        waiting = make_conversation(f"c-{market}", state=ConversationState.WAITING, **facts)
        committed(context.store, lambda uow, c=waiting: uow.conversations.add(c))
    return context


def offered(context: Context) -> dict[str, str]:
    return {each.conversation_id: each.cop_id for each in read(context.store, lambda uow: uow.offers.pending())}


class Hands:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def hands() -> Hands:
    return Hands()


def rounds_of(context: Context, matcher_of: Callable[[str], Matcher], hands: Hands) -> Rounds:
    return Rounds(context, matcher_of, "one", pause_seconds=1.0, monotonic=hands)


def wait_in(context: Context, market: str, id: str) -> None:
    facts = {"issue_type": "card_late", "candidates": (("card_late", 1.0),), "market": market, "language": "en"}
    waiting = make_conversation(id, state=ConversationState.WAITING, **facts)
    committed(context.store, lambda uow: uow.conversations.add(waiting))


def failing_in(*groups: str) -> Callable[[str], ScriptedMatcher]:
    def matcher_of(group: str) -> ScriptedMatcher:
        if group in groups:
            raise ValueError("customer's words")
        return ScriptedMatcher()

    return matcher_of


def test_every_group_is_matched_by_a_matcher_of_its_own(context: Context, hands: Hands) -> None:
    asked: list[str] = []
    rounds_of(context, lambda group: asked.append(group) or ScriptedMatcher(), hands).turn()
    assert asked == ["france", "main"]
    assert offered(context) == {"c-uk": "ada", "c-fr": "zoe"}


def test_a_group_that_cannot_be_matched_takes_no_turn_from_those_after_it(
    context: Context, hands: Hands, caplog: pytest.LogCaptureFixture
) -> None:
    rounds = rounds_of(context, failing_in("france"), hands)
    with caplog.at_level(logging.ERROR):
        rounds.turn()
    assert offered(context) == {"c-uk": "ada"}
    (said,) = caplog.messages
    assert said.startswith("matching of the group france failed: ValueError\n")
    assert "matcher_of" in said, "where it failed"
    assert "customer" not in said
    assert rounds.ailing() == "france failed 1 times: ValueError"


def test_only_the_group_that_fails_waits_longer_and_longer(context: Context, hands: Hands) -> None:
    asked: list[str] = []

    def matcher_of(group: str) -> ScriptedMatcher:
        asked.append(group)
        return failing_in("france")(group)

    rounds = rounds_of(context, matcher_of, hands)
    for _ in range(60):
        rounds.turn()
        hands.seconds += 1.0
    assert asked.count("main") == 60
    assert asked.count("france") == pytest.approx(60 / LONGEST_BACKOFF_SECONDS, abs=4)


def test_a_group_that_failed_is_well_again_after_a_tick_that_works(context: Context, hands: Hands) -> None:
    broken = ["france", "main"]

    def matcher_of(group: str) -> ScriptedMatcher:
        return failing_in(*broken)(group)

    rounds = rounds_of(context, matcher_of, hands)
    rounds.turn()
    assert rounds.ailing() == "france failed 1 times: ValueError; main failed 1 times: ValueError"
    broken.clear()
    hands.seconds += LONGEST_BACKOFF_SECONDS
    rounds.turn()
    assert rounds.ailing() == ""
    assert offered(context) == {"c-uk": "ada", "c-fr": "zoe"}


def test_who_comes_between_two_ticks_is_matched_before_the_next_is_due(context: Context, hands: Hands) -> None:
    rounds = rounds_of(context, lambda _: ScriptedMatcher(), hands)
    rounds.turn()
    wait_in(context, "uk", "c-late")
    rounds.turn()
    assert "c-late" not in offered(context), "a tick rests first"
    hands.seconds += LEAST_REST_SECONDS
    rounds.turn()
    assert offered(context)["c-late"] == "ada"


def test_those_for_whom_nobody_was_free_bring_no_tick_before_it_is_due(context: Context, hands: Hands) -> None:
    asked: list[str] = []

    def matcher_of(group: str) -> ScriptedMatcher:
        asked.append(group)
        return ScriptedMatcher(plan=lambda _: [])

    rounds = rounds_of(context, matcher_of, hands)
    for _ in range(9):
        rounds.turn()
        hands.seconds += LEAST_REST_SECONDS
    assert asked == ["france", "main"]
    hands.seconds += 1.0
    rounds.turn()
    assert asked == ["france", "main"] * 2


def test_a_process_that_does_not_lead_asks_again_only_when_it_is_due(context: Context, hands: Hands) -> None:
    Rounds(context, lambda _: ScriptedMatcher(), "other", 1.0, hands).turn()
    asked: list[str] = []
    standby = rounds_of(context, lambda group: asked.append(group) or ScriptedMatcher(), hands)
    standby.turn()
    wait_in(context, "uk", "c-late")
    hands.seconds += LEAST_REST_SECONDS
    standby.turn()
    assert asked == []


@pytest.fixture
def renewals(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The groups whose lead was asked for, in order."""
    asked: list[str] = []
    real = matching.lead
    monkeypatch.setattr(matching, "lead", lambda *given: asked.append(given[1]) or real(*given))
    return asked


def test_a_lead_is_renewed_thrice_in_the_length_of_its_lease_and_not_for_each_tick(
    context: Context, hands: Hands, renewals: list[str]
) -> None:
    rounds = rounds_of(context, lambda _: ScriptedMatcher(), hands)
    for _ in range(30):
        rounds.turn()
        hands.seconds += 1.0
        context.clock.advance(1.0)
    assert renewals.count("main") == pytest.approx(30 * 3 / context.policy.lease_seconds, abs=2)


def test_a_clock_that_is_set_back_has_the_lead_renewed_at_once(
    context: Context, hands: Hands, renewals: list[str]
) -> None:
    rounds = rounds_of(context, lambda _: ScriptedMatcher(), hands)
    for _ in range(2):
        rounds.turn()
        hands.seconds += 1.0
        context.clock.advance(-3_600.0)
    assert renewals.count("main") == 2


def test_who_lost_the_lead_offers_nothing_and_finds_out_with_the_next_renewal(context: Context, hands: Hands) -> None:
    rounds = rounds_of(context, lambda _: ScriptedMatcher(), hands)
    rounds.turn()
    committed(context.store, lambda uow: uow.leases.release("matching:main", "one"))
    assert matching.lead(context, "main", "other") is not None
    wait_in(context, "uk", "c-late")
    for _ in range(8):
        hands.seconds += 1.0
        context.clock.advance(1.0)
        rounds.turn()
    assert "c-late" not in offered(context)


def test_what_a_tick_waited_for_is_rested_once(context: Context, hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "thread_time", lambda: 0.0)

    class Slow(ScriptedMatcher):
        def match(self, problem: MatchingProblem) -> MatchingPlan:
            hands.seconds += 0.3
            return super().match(problem)

    rounds = rounds_of(context, lambda group: Slow() if group == "main" else ScriptedMatcher(), hands)
    rounds.turn()
    wait_in(context, "uk", "c-late")
    hands.seconds += 0.25
    rounds.turn()
    assert "c-late" not in offered(context)
    hands.seconds += 0.06
    rounds.turn()
    assert offered(context)["c-late"] == "ada"
