"""Dead letters are read back as they were, and sent again only where that can help."""

import json
from collections import namedtuple

import pytest

from routing.adapters.kafka.dead_letters import DeadLetters
from routing.adapters.kafka.letter_words import Mask
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


def buried(record: Record, reason: Reason, place: str = "", mask: Mask = str) -> Letter:
    """A record as it comes back from the dead-letter topic, where it lies at 1:7."""
    sent = Sent()
    DeadLetters(sent, TOPICS.dead_letter, mask).add(record, Unreadable(reason, place))  # type: ignore[arg-type]
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


CARD = "4111 1111 1111 1111"


def hidden(text: str) -> str:
    return text.replace(CARD, "[CARD]").replace("4111111111111111", "[CARD]")


def test_words_are_masked_and_ids_are_not_and_it_can_be_sent_again() -> None:
    data = {"text": f"lost {CARD}", "texte": [f"and {CARD}", 4111111111111111, 7, None], "customer_id": CARD}
    value = json.dumps({"specversion": "1.0", "id": "e-1", "data": data}).encode()
    letter = buried(Record(TOPICS.messages, 2, 40, b"c-1", value, []), Reason.UNKNOWN_MARKET, mask=hidden)
    kept = json.loads(letter.value or b"")
    assert kept["data"] == {"text": "lost [CARD]", "texte": ["and [CARD]", "[CARD]", 7, None], "customer_id": CARD}
    assert (kept["id"], letter.is_whole) == ("e-1", True)


@pytest.mark.parametrize(
    "value", [f"{{not json {CARD}".encode(), b'"\xff\xfe ' + CARD.encode(), b"[" * 10_000 + CARD.encode()]
)
def test_what_cannot_be_read_is_masked_as_it_stands_and_not_sent_again(value: bytes) -> None:
    letter = buried(Record(TOPICS.messages, 2, 40, b"c-1", value, []), Reason.BAD_JSON, mask=hidden)
    assert CARD.encode() not in (letter.value or b"")
    assert b"[CARD]" in (letter.value or b"")
    assert not letter.is_whole


def test_words_on_which_the_masking_itself_fails_are_withheld() -> None:
    def broken(text: str) -> str:
        raise ValueError(text)

    value = json.dumps({"data": {"text": CARD}}).encode()
    letter = buried(Record(TOPICS.messages, 2, 40, b"c-1", value, []), Reason.FAILED, mask=broken)
    assert (letter.value, letter.is_whole) == (b"", False)


def test_without_personal_data_the_bytes_stay_as_they_came() -> None:
    value = b'{ "data":  {"text": "it  is\\u0020late"} }'
    letter = buried(Record(TOPICS.messages, 2, 40, b"c-1", value, []), Reason.UNKNOWN_MARKET, mask=hidden)
    assert (letter.value, letter.is_whole) == (value, True)
