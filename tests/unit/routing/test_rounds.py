"""A round of matching: every group has its turn, whatever becomes of the others."""

import logging

import pytest
from builders import FixedPacks, make_context, make_conversation, make_cop, make_pack
from doubles import ScriptedMatcher
from seeds import committed, read

from routing.adapters.memory import MemoryStore
from routing.domain.conversation import ConversationState
from routing.domain.cop import Presence
from routing.services import presence
from routing.services.context import Context
from routing.services.rounds import match_every_group


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


def test_every_group_is_matched_by_a_matcher_of_its_own(context: Context) -> None:
    asked: list[str] = []
    match_every_group(context, lambda group: asked.append(group) or ScriptedMatcher(), "one")
    assert asked == ["france", "main"]
    assert offered(context) == {"c-uk": "ada", "c-fr": "zoe"}


def test_a_group_that_cannot_be_matched_takes_no_turn_from_those_after_it(
    context: Context, caplog: pytest.LogCaptureFixture
) -> None:
    def matcher_of(group: str) -> ScriptedMatcher:
        if group == "france":
            raise ValueError("customer's words")
        return ScriptedMatcher()

    with caplog.at_level(logging.ERROR), pytest.raises(ValueError, match="customer's words"):
        match_every_group(context, matcher_of, "one")
    assert offered(context) == {"c-uk": "ada"}
    assert caplog.messages == ["matching of the group france failed: ValueError"]


def test_of_several_groups_that_fail_each_is_told_and_the_first_is_raised(
    context: Context, caplog: pytest.LogCaptureFixture
) -> None:
    failures = {"france": KeyError("first"), "main": ValueError("second")}

    def matcher_of(group: str) -> ScriptedMatcher:
        raise failures[group]

    with caplog.at_level(logging.ERROR), pytest.raises(KeyError, match="first"):
        match_every_group(context, matcher_of, "one")
    assert [message.rpartition(" ")[2] for message in caplog.messages] == ["KeyError", "ValueError"]
