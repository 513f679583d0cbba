"""Contract: an alert goes straight to the queue and stays until a person takes it off, over all three stores."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from doubles import ScriptedClassifier

from routing.domain.conversation import Conversation, ConversationId, ConversationState
from routing.domain.cop import Channel
from routing.domain.events import EventKind
from routing.domain.issue import Taxonomy, Triage
from routing.ports import Utterance
from routing.services import intake, reporting, triage
from routing.services.alerts import dismiss_alerts
from routing.services.context import Context

C1 = ConversationId("c-1")


class AlarmedByWord(ScriptedClassifier):
    """`funeral` among the newest words is an alert."""

    def classify(self, utterances: Sequence[Utterance], taxonomy: Taxonomy, at: datetime) -> list[Triage]:
        found = super().classify(utterances, taxonomy, at)
        words = [(each.messages or (each.text,))[-1] for each in utterances]
        pairs = zip(found, words, strict=True)
        return [replace(one, alerts=("bereavement",) if "funeral" in said else ()) for one, said in pairs]


def write(context: Context, event_id: str, text: str) -> Conversation:
    intake.receive(context, intake.IncomingMessage(event_id, "test", text, "uk", Channel.CHAT, "c-1"))
    triage.triage_batch(context, AlarmedByWord())
    return reporting.conversation(context, C1).conversation


def test_an_alert_on_an_unclear_message_is_not_held_for_review(context: Context) -> None:
    found = write(context, "e-1", "unsure funeral")

    assert (found.state, found.alerts, found.vulnerable) == (ConversationState.WAITING, ("bereavement",), True)
    triaged = reporting.explanation(context, C1).triage
    assert triaged is not None
    assert (triaged.alerts, "alert:bereavement" in triaged.reasons) == (("bereavement",), True)


def test_a_harmless_message_does_not_take_an_alert_off_and_a_person_does(context: Context) -> None:
    write(context, "e-1", "funeral")

    later = write(context, "e-2", "card_late")
    calm = dismiss_alerts(context, C1, "mona")

    assert (later.alerts, later.vulnerable, later.priority) == (("bereavement",), True, 1)
    assert (calm.alerts, calm.vulnerable) == ((), False)
    assert dismiss_alerts(context, C1, "mona").alerts == ()
    kinds = [event.kind for event in reporting.explanation(context, C1).history]
    assert kinds.count(EventKind.ALERTS_DISMISSED) == 1
