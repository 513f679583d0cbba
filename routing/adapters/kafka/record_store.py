"""From a record to what is stored of it; a repetition changes nothing."""

from collections.abc import Sequence
from typing import Any

from opentelemetry.trace import Span

from routing.adapters.kafka import incoming, traces
from routing.adapters.kafka.topics import Topics
from routing.adapters.kafka.wire import Reason, Unreadable
from routing.domain.errors import Conflict, Invalid, NotFound, RoutingError, Unavailable
from routing.services import intake, presence
from routing.services.context import Context
from routing.services.intake import IncomingMessage
from routing.services.presence import PresenceChange


class RecordStore:
    """Stores what records ask for: each in a transaction of its own, or several in one."""

    def __init__(self, context: Context, topics: Topics) -> None:
        self._context = context
        self._expected = {topics.messages: incoming.MESSAGE, topics.presence: incoming.PRESENCE}

    def add(self, record: Any) -> None:
        """Unreadable when it can never be stored, Unavailable when it cannot be now."""
        asked = incoming.read(record.value, record.headers, self._expected[record.topic])
        try:
            with traces.taking_in(record) as span:
                self._carry_out(asked, span)
        except Unavailable:
            raise
        except Conflict as error:
            raise Unavailable(f"others were first again and again: {error.code}") from error
        except RoutingError as error:
            raise _refusal(error) from None

    def add_together(self, records: Sequence[Any]) -> bool:
        """Store several messages in one transaction; False, and nothing stored, where one must be looked at by itself.

        Unavailable when they cannot be stored now.
        """
        try:
            asked = [incoming.read(record.value, record.headers, self._expected[record.topic]) for record in records]
            messages = [each for each in asked if isinstance(each, IncomingMessage)]
            if len(messages) < len(asked):
                return False
            with traces.taking_in_together(records) as spans:
                for span, receipt in zip(spans, intake.receive_all(self._context, messages), strict=True):
                    traces.lead_to(span, receipt.conversation_id)
        except Unavailable:
            raise
        except Exception:  # whichever record it is: by itself it gets its own answer
            return False
        return True

    def _carry_out(self, asked: IncomingMessage | PresenceChange, span: Span) -> None:
        match asked:
            case IncomingMessage():
                traces.lead_to(span, intake.receive(self._context, asked).conversation_id)
            case PresenceChange():
                presence.set_presence(self._context, asked)


def _refusal(error: RoutingError) -> Unreadable:
    if isinstance(error, NotFound):
        return Unreadable(Reason.UNKNOWN_COP, "data.cop_id")
    if isinstance(error, Invalid):
        reason = Reason.UNKNOWN_MARKET if error.place == "market" else Reason.BAD_FIELD
        return Unreadable(reason, f"data.{error.place}")
    return Unreadable(Reason.REFUSED, error.code)
