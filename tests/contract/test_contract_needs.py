"""Contract: what a customer also asked about stays known, and unknown languages are counted, over all three stores."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from builders import NOON, FrozenClock, make_context, make_conversation, make_triage
from doubles import ScriptedClassifier, ScriptedMatcher
from seeds import committed, put_conversations, read

from routing.domain.conversation import ConversationId, ConversationState
from routing.domain.cop import Channel, CopId, Presence
from routing.domain.issue import LANGUAGE_NOT_EVALUATED, Decision, Taxonomy, Triage
from routing.domain.outcome import Disposition, WrapUp
from routing.ports import Store, Utterance
from routing.services import intake, matching, offers, presence, reporting, triage, wrap_up
from routing.services.context import Context

C1, ADA = ConversationId("c-1"), CopId("ada")


@dataclass
class NeedsByWord(ScriptedClassifier):
    """Every word that is an issue type is a need, where there are several."""

    def classify(self, utterances: Sequence[Utterance], taxonomy: Taxonomy, at: datetime) -> list[Triage]:
        found = super().classify(utterances, taxonomy, at)
        needs = [tuple(word for word in each.text.split() if word in taxonomy.keys) for each in utterances]
        return [
            replace(one, needs=tuple((key, 0.9) for key in keys) if len(keys) > 1 else ())
            for one, keys in zip(found, needs, strict=True)
        ]


@pytest.fixture
def context(store: Store, clock: FrozenClock) -> Context:
    made = make_context(store, clock=clock)
    presence.set_presence(made, presence.PresenceChange(ADA, Presence.AVAILABLE, "test"))
    return made


def write(context: Context, event_id: str, text: str) -> None:
    intake.receive(context, intake.IncomingMessage(event_id, "test", text, "uk", Channel.CHAT, "c-1"))
    triage.triage_batch(context, NeedsByWord())


def also_asked(context: Context) -> tuple[str, ...]:
    return reporting.conversation(context, C1).needs


def handle(context: Context, also_handled: tuple[str, ...] = ()) -> None:
    """Ada takes it and wraps it up."""
    matching.tick(context, ScriptedMatcher(plan=lambda _: [("c-1", "ada")]), "main", "one")
    [offer] = read(context.store, lambda uow: uow.offers.pending_for_cop(ADA))
    work = offers.accept(context, offer.id, ADA)
    wrap_up.wrap_up(context, work.id, WrapUp(Disposition.RESOLVED, 60.0, also_handled=also_handled))


def test_the_most_urgent_need_routes_and_the_others_are_shown_with_the_conversation(context: Context) -> None:
    write(context, "e-1", "limit_raise then card_lost then card_late")

    view = reporting.conversation(context, C1)

    assert view.conversation.state is ConversationState.WAITING
    assert view.conversation.issue_type == "card_lost"
    assert view.needs == ("card_late", "limit_raise")
    assert view.triage is not None and view.triage.needs == (("card_late", 0.9), ("limit_raise", 0.9))


def test_what_is_left_when_the_first_need_is_wrapped_up_is_still_shown(context: Context) -> None:
    write(context, "e-1", "limit_raise then card_lost then card_late")

    handle(context, also_handled=("card_late",))

    assert also_asked(context) == ("limit_raise",)


def test_a_need_is_handled_when_the_customer_comes_back_with_it(context: Context, clock: FrozenClock) -> None:
    write(context, "e-1", "limit_raise then card_lost")
    handle(context)
    clock.advance(60)

    write(context, "e-2", "now the limit_raise please")
    assert also_asked(context) == ()
    handle(context)

    assert also_asked(context) == ()


def test_one_need_leaves_nothing_also_asked(context: Context) -> None:
    write(context, "e-1", "card_lost please")
    assert also_asked(context) == ()


def test_a_triage_comes_back_with_its_needs(store: Store) -> None:
    put_conversations(store)
    kept = make_triage(needs=(("card_late", 0.75), ("limit_raise", 0.5)))
    committed(store, lambda uow: uow.triages.add(C1, kept))

    assert read(store, lambda uow: uow.triages.latest_of([C1])) == {C1: kept}


def test_triages_in_languages_nobody_evaluated_are_counted_by_language(store: Store) -> None:
    put_conversations(store, make_conversation(), make_conversation("c-2"))
    person = {"decision": Decision.REVIEW, "reasons": ("low_confidence", LANGUAGE_NOT_EVALUATED)}
    for language, at in (("pl", NOON), ("pl", NOON), ("cy", NOON), ("de", NOON - timedelta(hours=2))):
        found = make_triage(language=language, at=at, **person)
        committed(store, lambda uow, found=found: uow.triages.add(C1, found))
    committed(store, lambda uow: uow.triages.add(C1, make_triage(reasons=("low_confidence",), language="pl")))

    counted = read(store, lambda uow: uow.triages.languages_with_reason(LANGUAGE_NOT_EVALUATED, NOON))

    assert counted == {"pl": 2, "cy": 1}
