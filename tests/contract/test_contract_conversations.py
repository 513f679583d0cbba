"""Contract: conversations, messages, triages and reviews come back as they went in, in the promised order."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from builders import NOON, make_conversation, make_message, make_review, make_triage
from seeds import committed, put_conversations, read

from routing.domain.checking import Checked
from routing.domain.conversation import Conversation, ConversationId, ConversationState
from routing.domain.cop import Channel, CopId
from routing.domain.issue import Decision
from routing.domain.queue import Wait
from routing.domain.review import QueuePlace, ReviewId, ReviewItem, ReviewState, Verdict
from routing.ports import ConversationFilter, Store

C1 = ConversationId("c-1")
WAITING = ConversationState.WAITING
HOSTILE = (
    "'; DROP TABLE conversations; --",
    'He said "no" \\ \\n \' `x` ${PATH} %s %(id)s :name ? {0}',
    "مرحبا بطاقتي ضاعت \u202eabc\u202c שלום",
    "👩‍👩‍👧‍👦 𝕳𝖊𝖑𝖑𝖔 𐍈 🏳️‍🌈",
    "e\u0301 vs \u00e9, zero\u200bwidth, \ufeffBOM, line\u2028sep",
    "tabs\tand\r\nlines\n\n\x01\x1b[31m\x7f",
    "x" * 100_000,
    " leading and trailing ",
)


def everything_set() -> Conversation:
    return make_conversation(
        channel=Channel.EMAIL,
        customer_id="cust-7",
        state=WAITING,
        language="cy",
        issue_type="card_late",
        candidates=(("card_late", 0.625), ("card_lost", 0.375)),
        priority=1,
        target_seconds=12.5,
        vulnerable=True,
        fraud=True,
        last_cop_id=CopId("ada"),
        excluded=(CopId("ben"), CopId("cleo")),
        returns=3,
        answered_at=NOON + timedelta(seconds=1),
        ended_at=NOON + timedelta(days=400, microseconds=1),
    )


def ids(conversations: list[Conversation]) -> list[str]:
    return [str(conversation.id) for conversation in conversations]


@pytest.mark.parametrize("conversation", [make_conversation(), everything_set()], ids=["bare", "everything set"])
def test_a_conversation_comes_back_as_it_went_in(store: Store, conversation: Conversation) -> None:
    put_conversations(store, conversation)

    back = read(store, lambda uow: uow.conversations.get(C1))

    assert back == conversation
    assert isinstance(back.state, ConversationState)
    assert isinstance(back.channel, Channel)
    assert back.received_at.tzinfo is not None and back.received_at.utcoffset() == timedelta(0)


def test_times_come_back_in_utc_to_the_microsecond(store: Store) -> None:
    india = timezone(timedelta(hours=5, minutes=30))
    put_conversations(store, make_conversation(received_at=datetime(2026, 10, 25, 6, 45, 0, 999_999, tzinfo=india)))

    back = read(store, lambda uow: uow.conversations.get(C1))

    assert back.received_at == datetime(2026, 10, 25, 1, 15, 0, 999_999, tzinfo=UTC)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_comes_back_letter_by_letter(store: Store, text: str) -> None:
    put_conversations(store)
    committed(store, lambda uow: uow.conversations.add_message(make_message(text=text)))

    [message] = read(store, lambda uow: uow.conversations.messages_of([C1]))[C1]

    assert message == make_message(text=text)


@pytest.mark.parametrize("id", [text for text in HOSTILE if len(text) < 100 and text.isprintable()])
def test_a_hostile_id_is_an_id_like_any_other(store: Store, id: str) -> None:
    put_conversations(store, make_conversation(id, customer_id=id))

    assert read(store, lambda uow: uow.conversations.get(ConversationId(id))).customer_id == id
    assert len(read(store, lambda uow: uow.conversations.page(ConversationFilter(customer_id=id), None, 9))) == 1


def test_messages_come_in_the_order_they_were_added_and_each_id_has_an_entry(store: Store) -> None:
    put_conversations(store, make_conversation("c-1"), make_conversation("c-2"))
    for number in (2, 1, 3):
        message = make_message(f"m-{number}", at=NOON - timedelta(seconds=number))
        committed(store, lambda uow, m=message: uow.conversations.add_message(m))

    found = read(store, lambda uow: uow.conversations.messages_of([C1, ConversationId("c-2")]))

    assert [message.id for message in found[C1]] == ["m-2", "m-1", "m-3"]
    assert found[ConversationId("c-2")] == []


def test_many_ids_are_looked_up_at_once_and_unknown_ones_left_out(store: Store) -> None:
    wanted = [ConversationId(f"c-{number:04d}") for number in range(1_200)]
    committed(store, lambda uow: [uow.conversations.add(make_conversation(id)) for id in wanted])

    assert set(read(store, lambda uow: uow.conversations.get_many([*wanted, ConversationId("no")]))) == set(wanted)
    assert len(read(store, lambda uow: uow.conversations.messages_of(wanted))) == 1_200


def test_those_in_a_state_come_oldest_waiting_first(store: Store) -> None:
    for id, age in (("c-1", 10), ("c-2", 30), ("c-3", 20), ("c-4", 20)):
        put_conversations(store, make_conversation(id, state=WAITING, received_at=NOON - timedelta(seconds=age)))
    put_conversations(store, make_conversation("c-5", received_at=NOON - timedelta(hours=1)))

    assert ids(read(store, lambda uow: uow.conversations.in_state(WAITING, None, 10))) == ["c-2", "c-3", "c-4", "c-1"]
    assert ids(read(store, lambda uow: uow.conversations.in_state(WAITING, None, 2))) == ["c-2", "c-3"]


def test_those_in_a_state_are_limited_to_the_markets_asked_for(store: Store) -> None:
    for id, market in (("c-1", "uk"), ("c-2", "ie"), ("c-3", "fr")):
        put_conversations(store, make_conversation(id, market=market, state=WAITING))

    assert ids(read(store, lambda uow: uow.conversations.in_state(WAITING, ("uk", "fr"), 10))) == ["c-1", "c-3"]
    assert read(store, lambda uow: uow.conversations.in_state(WAITING, (), 10)) == []


def test_the_waits_of_everybody_in_a_queue_are_read_without_the_rest(store: Store) -> None:
    put_conversations(store, make_conversation("c-1", market="uk", state=WAITING, issue_type="card_lost", fraud=True))
    put_conversations(store, make_conversation("c-2", market="ie", target_seconds=60.0))
    put_conversations(store, make_conversation("c-3", market="uk", state=ConversationState.CLOSED))
    lost, new = Wait("c-1", "uk", "card_lost", NOON, 300.0, True), Wait("c-2", "ie", None, NOON, 60.0, False)

    assert sorted(read(store, lambda uow: uow.conversations.waits()), key=lambda wait: wait.market) == [new, lost]
    assert read(store, lambda uow: uow.conversations.waits(["c-1", "c-3", "c-4"])) == [lost]
    assert read(store, lambda uow: uow.conversations.waits([])) == []


def test_pages_run_from_the_newest_to_the_oldest_without_gap_or_overlap(store: Store) -> None:
    for number in range(7):
        put_conversations(store, make_conversation(f"c-{number}", received_at=NOON + timedelta(seconds=number)))
    everyone, pages, before = ConversationFilter(), [], None
    while page := read(store, lambda uow, b=before: uow.conversations.page(everyone, b, 3)):
        pages.append(ids(page))
        before = page[-1].id

    assert pages == [["c-6", "c-5", "c-4"], ["c-3", "c-2", "c-1"], ["c-0"]]


def test_pages_follow_time_whatever_ids_callers_bring(store: Store) -> None:
    for id, minutes in (("zebra", 0), ("apple", 1), ("mango", 2), ("also-2", 2)):
        at = NOON + timedelta(minutes=minutes)
        made = make_conversation(id, received_at=at)
        committed(store, lambda uow, c=made: uow.conversations.add(c))

    first = read(store, lambda uow: uow.conversations.page(ConversationFilter(), None, 2))
    rest = read(store, lambda uow: uow.conversations.page(ConversationFilter(), first[-1].id, 9))
    assert [ids(first), ids(rest)] == [["mango", "also-2"], ["apple", "zebra"]]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (ConversationFilter(states=(WAITING, ConversationState.CLOSED)), ["c-3", "c-2"]),
        (ConversationFilter(market="ie"), ["c-2"]),
        (ConversationFilter(issue_type="card_late"), ["c-3"]),
        (ConversationFilter(customer_id="cust-7"), ["c-2", "c-1"]),
        (ConversationFilter(cop_id="ada"), ["c-3"]),
        (ConversationFilter(states=(WAITING,), customer_id="nobody"), []),
        (ConversationFilter(states=()), []),
    ],
)
def test_a_page_shows_what_was_asked_for(store: Store, wanted: ConversationFilter, found: list[str]) -> None:
    put_conversations(
        store,
        make_conversation("c-1", customer_id="cust-7"),
        make_conversation("c-2", customer_id="cust-7", market="ie", state=WAITING),
        make_conversation("c-3", state=ConversationState.CLOSED, issue_type="card_late", last_cop_id=CopId("ada")),
    )

    assert ids(read(store, lambda uow: uow.conversations.page(wanted, None, 10))) == found


def test_states_are_counted(store: Store) -> None:
    put_conversations(
        store, make_conversation("c-1"), make_conversation("c-2"), make_conversation("c-3", state=WAITING)
    )

    assert read(store, lambda uow: uow.conversations.count_by_state()) == {ConversationState.RECEIVED: 2, WAITING: 1}


def test_every_triage_is_kept_and_the_newest_counts(store: Store) -> None:
    put_conversations(store, make_conversation("c-1"), make_conversation("c-2"))
    first = make_triage(novelty=0.123456789, reasons=("novel", "tied"), prediction_set=("card_lost", "card_late"))
    second = make_triage("card_late", decision=Decision.REVIEW, at=NOON + timedelta(seconds=5))
    committed(store, lambda uow: uow.triages.add(C1, first))
    assert read(store, lambda uow: uow.triages.latest_of([C1])) == {C1: first}

    committed(store, lambda uow: uow.triages.add(C1, second))

    assert read(store, lambda uow: uow.triages.latest_of([C1, ConversationId("c-2")])) == {C1: second}
    assert read(store, lambda uow: uow.triages.decisions_since(NOON)) == {"auto": 1, "review": 1}
    assert read(store, lambda uow: uow.triages.decisions_since(NOON + timedelta(seconds=1))) == {"review": 1}


def test_a_review_comes_back_as_it_went_in_and_as_it_was_saved(store: Store) -> None:
    put_conversations(store)
    item = make_review(reasons=("novel", "tied"))
    committed(store, lambda uow: uow.reviews.add(item))
    assert read(store, lambda uow: uow.reviews.get(item.id)) == item

    claimed = item.skip("ben", NOON).claim("mona", NOON, timedelta(minutes=5))
    decided = claimed.lapse(NOON + timedelta(seconds=60)).decide(Verdict(None, "mona", NOON + timedelta(seconds=70)))
    saved = committed(store, lambda uow: uow.reviews.save(decided))

    assert read(store, lambda uow: uow.reviews.get(item.id)) == saved
    assert saved.verdict == decided.verdict and saved.skipped_by == ("ben",)
    undone = committed(store, lambda uow: uow.reviews.save(saved.undo("mona")))
    assert read(store, lambda uow: uow.reviews.get(item.id)) == undone
    assert undone.verdict is None


def test_reviews_are_listed_by_value_and_a_page_begins_where_the_one_before_ended(store: Store) -> None:
    put_conversations(store)
    for number, value in enumerate((0.25, 1 / 3, 0.25, 1.5)):
        item = make_review(f"r-{number}", value=value, value_reasons=(("teaches", value),))
        committed(store, lambda uow, i=item: uow.reviews.add(i))

    def listed(after: QueuePlace | None) -> list[ReviewItem]:
        return read(store, lambda uow: uow.reviews.in_states((ReviewState.OPEN,), after, 2))

    first = listed(None)
    assert [item.id for item in first] == ["r-3", "r-1"]
    assert first[0].value_reasons == (("teaches", 1.5),)
    second = listed(first[-1].place)
    assert [item.id for item in second] == ["r-0", "r-2"]
    assert listed(second[-1].place) == []


def test_blind_checks_are_counted_by_model_and_a_verdict_other_than_the_guess_is_wrong(store: Store) -> None:
    put_conversations(store)
    verdicts = ("card_lost", "card_late", None, None)
    for number, said in enumerate(verdicts):
        item = make_review(f"r-{number}", blind=True, guess="card_lost", model_version="m1", opened_at=NOON)
        decided = item.decide(Verdict(said, "mona", NOON)) if number < 3 else item
        committed(store, lambda uow, i=decided: uow.reviews.add(i))
    older = make_review("r-8", blind=True, guess="card_lost", model_version="m0", opened_at=NOON - timedelta(days=9))
    committed(store, lambda uow: uow.reviews.add(older))
    committed(store, lambda uow: uow.reviews.add(make_review("r-9", guess="card_lost", model_version="m1")))

    assert read(store, lambda uow: uow.reviews.checked(NOON)) == [Checked("m1", 4, 3, 2)]
    assert read(store, lambda uow: uow.reviews.checked(None)) == [Checked("m0", 1, 0, 0), Checked("m1", 4, 3, 2)]


def test_equally_valuable_reviews_are_listed_oldest_first_in_the_states_asked_for(store: Store) -> None:
    put_conversations(store)
    states = (ReviewState.OPEN, ReviewState.CLAIMED, ReviewState.DECIDED, ReviewState.OPEN, ReviewState.LAPSED)
    for number, state in enumerate(states):
        item = make_review(f"r-{number}", state=state, opened_at=NOON + timedelta(seconds=number))
        committed(store, lambda uow, i=item: uow.reviews.add(i))
    held = (ReviewState.OPEN, ReviewState.CLAIMED)

    def listed(after: QueuePlace | None, most: int) -> list[ReviewId]:
        return [item.id for item in read(store, lambda uow: uow.reviews.in_states(held, after, most))]

    assert listed(None, 2) == ["r-0", "r-1"]
    assert listed(QueuePlace(0.0, "r-1"), 2) == ["r-3"]
    assert read(store, lambda uow: uow.reviews.count_by_state())[ReviewState.OPEN] == 2
    assert [i.id for i in read(store, lambda uow: uow.reviews.undecided_for(C1))] == ["r-0", "r-1", "r-3", "r-4"]
    assert read(store, lambda uow: uow.reviews.undecided_for(ConversationId("c-2"))) == []


def test_the_newest_reviews_of_a_state_come_first(store: Store) -> None:
    put_conversations(store)
    states = (ReviewState.LAPSED, ReviewState.OPEN, ReviewState.LAPSED, ReviewState.LAPSED)
    for number, state in enumerate(states):
        item = make_review(f"r-{number}", state=state, opened_at=NOON + timedelta(seconds=number))
        committed(store, lambda uow, i=item: uow.reviews.add(i))
    newest = read(store, lambda uow: uow.reviews.newest((ReviewState.LAPSED,), 2))
    assert [item.id for item in newest] == ["r-3", "r-2"]


def test_reviews_are_due_from_their_deadline_on_and_only_while_they_hold_somebody(store: Store) -> None:
    put_conversations(store)
    for id, seconds, state in (
        ("r-1", 60, ReviewState.OPEN),
        ("r-2", 30, ReviewState.CLAIMED),
        ("r-3", 61, ReviewState.OPEN),
        ("r-4", 10, ReviewState.DECIDED),
        ("r-5", 10, ReviewState.LAPSED),
    ):
        item = make_review(id, deadline_seconds=seconds, state=state)
        committed(store, lambda uow, i=item: uow.reviews.add(i))
    at = NOON + timedelta(seconds=60)

    assert [item.id for item in read(store, lambda uow: uow.reviews.due(at, 10))] == ["r-2", "r-1"]
    assert [item.id for item in read(store, lambda uow: uow.reviews.due(at, 1))] == ["r-2"]
