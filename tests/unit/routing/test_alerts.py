"""An alert stays on a conversation, and out of the review queue, until a person takes it off."""

from dataclasses import replace

import pytest
from builders import NOON, make_conversation, make_taxonomy, make_triage
from hypothesis import given
from hypothesis import strategies as st

from encoders.vigilance import FRAUD, Kind
from routing.domain.alert import FRAUD_ALERTS, kind_in
from routing.domain.conversation import Conversation, ConversationState
from routing.domain.cop import CopId
from routing.domain.issue import Decision, Triage
from routing.domain.review import gate

TAXONOMY = make_taxonomy()
TYPES = st.sampled_from(sorted(TAXONOMY.keys))
KINDS = st.sampled_from(list(Kind))
ALERTS = st.lists(KINDS, max_size=3, unique=True).map(lambda kinds: tuple(str(kind) for kind in kinds))


def triage_of(key: str, decision: Decision, alerts: tuple[str, ...]) -> Triage:
    return make_triage(key, decision=decision, reasons=("low_confidence",), alerts=alerts)


@given(TYPES, st.sampled_from(list(Decision)), ALERTS.filter(bool), st.floats(0, 1))
def test_whatever_the_classifier_says_an_alert_never_waits_for_a_review(
    key: str, decision: Decision, alerts: tuple[str, ...], urgent_probability: float
) -> None:
    gated = gate(triage_of(key, decision, alerts), TAXONOMY, urgent_probability)

    assert gated.decision is Decision.AUTO
    assert {kind_in(reason) for reason in gated.reasons} >= set(alerts)
    assert gate(gated, TAXONOMY, urgent_probability) == gated


def test_without_an_alert_the_gate_asks_as_before() -> None:
    assert gate(triage_of("card_lost", Decision.REVIEW, ()), TAXONOMY, 0.25).decision is Decision.REVIEW


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("understood"), TYPES, ALERTS),
        st.tuples(st.sampled_from(["decided", "corrected", "review", "returned", "transferred", "reopened"]), TYPES),
    ),
    max_size=12,
)


def after(conversation: Conversation, step: tuple[str, ...]) -> Conversation:
    """One thing that can befall a conversation, from whatever state it needs to be in."""
    name, facts = step[0], TAXONOMY.get(step[1])
    state = {
        "returned": ConversationState.OFFERED,
        "transferred": ConversationState.ASSIGNED,
        "reopened": ConversationState.CLOSED,
        "review": ConversationState.WAITING,
    }.get(name, ConversationState.RECEIVED)
    there = replace(conversation, state=state)
    if name == "understood":
        return there.understood(triage_of(step[1], Decision.AUTO, tuple(step[2])), ((step[1], 1.0),), facts)
    if name == "returned":
        return there.returned(None, 3)
    if name == "transferred":
        return there.transferred(CopId("ada"), facts, 3)
    if name == "reopened":
        return there.reopened(NOON)
    if name == "review":
        return there.back_to_review()
    return there.decided(facts) if name == "decided" else there.corrected(facts)


@given(ALERTS.filter(bool), TYPES, STEPS)
def test_nothing_that_befalls_a_conversation_takes_an_alert_off(
    alerts: tuple[str, ...], key: str, steps: list[tuple[str, ...]]
) -> None:
    found = make_conversation().understood(triage_of(key, Decision.AUTO, alerts), ((key, 1.0),), TAXONOMY.get(key))
    for step in steps:
        found = after(found, step)

        assert set(alerts) <= set(found.alerts)
        assert found.fraud or not set(alerts) & FRAUD_ALERTS
        assert found.vulnerable or not set(alerts) - FRAUD_ALERTS
        assert found.priority == 1


def test_only_a_person_takes_alerts_off_and_then_the_issue_type_alone_decides() -> None:
    alarmed = make_conversation().understood(
        triage_of("card_late", Decision.AUTO, ("bereavement",)), (("card_late", 1.0),), TAXONOMY.get("card_late")
    )

    calm = alarmed.without_alerts(TAXONOMY.get("card_late"))

    assert (alarmed.vulnerable, calm.vulnerable, calm.alerts) == (True, False, ())
    assert calm.priority == TAXONOMY.get("card_late").priority


def test_the_service_and_the_detector_mean_the_same_kinds_by_fraud() -> None:
    assert {str(kind) for kind in FRAUD} == FRAUD_ALERTS


@pytest.mark.parametrize(("reason", "kind"), [("alert:bereavement", "bereavement"), ("low_confidence", None)])
def test_a_reason_tells_which_kind_of_alert_it_is(reason: str, kind: str | None) -> None:
    assert kind_in(reason) == kind
