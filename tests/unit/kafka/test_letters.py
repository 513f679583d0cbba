"""Dead letters are read back as they were, and sent again only where that can help."""

from collections import namedtuple

import pytest

from routing.adapters.kafka.dead_letters import DeadLetters
from routing.adapters.kafka.letters import Letter, letter_of, replay
from routing.adapters.kafka.producing import Sending
from routing.adapters.kafka.topics import Topics
from routing.adapters.kafka.wire import Reason, Unreadable

Record = namedtuple("Record", "topic partition offset key value headers")
TOPICS = Topics("p")


class Sent:
    """A producer that keeps what it is given."""

    def __init__(self) -> None:
        self.records: list[Sending] = []

    def send(self, records: list[Sending]) -> None:
        self.records += records


def buried(record: Record, reason: Reason, place: str = "") -> Letter:
    """A record as it comes back from the dead-letter topic, where it lies at 1:7."""
    sent = Sent()
    DeadLetters(sent, TOPICS.dead_letter).add(record, Unreadable(reason, place))  # type: ignore[arg-type]
    [item] = sent.records
    return letter_of(Record(item.topic, 1, 7, item.key, item.value, item.headers))


def test_a_letter_says_where_it_came_from_and_why_and_is_sent_back_as_it_came() -> None:
    original = Record(TOPICS.messages, 2, 40, b"c-1", b"{}", [("trace", b"t1")])
    letter = buried(original, Reason.UNKNOWN_MARKET, "data.market")
    sent = Sent()

    done = list(replay([letter], sent, TOPICS, lambda _: True))  # type: ignore[arg-type]

    assert (letter.id, letter.reason, letter.place) == ("1:7", "unknown_market", "data.market")
    assert [each.obstacle for each in done] == [None]
    assert sent.records == [Sending(TOPICS.messages, b"c-1", b"{}", [("trace", b"t1")])]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (Record(TOPICS.messages, 0, 1, b"k", None, []), Reason.NO_VALUE),
        (Record(TOPICS.messages, 0, 1, None, None, []), Reason.UNREADABLE_RECORD),
        (Record("p.offers", 0, 1, b"k", b"{}", []), Reason.DOES_NOT_FIT_ITS_SCHEMA),
    ],
)
def test_what_was_not_kept_whole_or_came_from_no_incoming_topic_is_not_sent(record: Record, reason: Reason) -> None:
    sent = Sent()
    [done] = replay([buried(record, reason)], sent, TOPICS, lambda _: True)  # type: ignore[arg-type]
    assert done.obstacle is not None
    assert sent.records == []


def test_only_the_chosen_are_sent_and_a_dry_run_sends_nothing() -> None:
    letters = [buried(Record(TOPICS.messages, 0, n, b"k", b"{}", []), Reason.REFUSED) for n in range(3)]
    assert list(replay(letters, None, TOPICS, lambda each: each.offset == 9)) == []
    assert len(list(replay(letters, None, TOPICS, lambda _: True))) == 3
