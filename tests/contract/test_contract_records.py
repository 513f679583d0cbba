"""Contract: the history only grows, what is published leaves in order and once, and one process leads at a time."""

import math
from datetime import timedelta

import pytest
from builders import NOON, make_event, make_label, make_tick
from seeds import committed, read

from routing.domain.conversation import ConversationId
from routing.domain.errors import LeadershipLost
from routing.domain.events import EventKind, topic_of
from routing.domain.label import LabelSource
from routing.domain.outcome import HandleTimeStatistics
from routing.domain.tick import KeptTimes
from routing.ports import Store, StoredReply

TTL = timedelta(seconds=10)
LATER = NOON + timedelta(seconds=10)


def test_facts_come_back_as_they_were_written_with_rising_numbers(store: Store) -> None:
    data = {"reasons": ["tied"], "confidence": 0.25, "issue_type": None, "nested": {"ünï": "👋 '\""}}
    facts = [make_event(kind, actor=f"by {kind}", cop_id="ada", data=data) for kind in EventKind]
    committed(store, lambda uow: [uow.events.append(fact) for fact in facts])

    history = read(store, lambda uow: uow.events.after(0, 1_000))

    numbers = [event.seq for event in history]
    assert numbers == sorted(set(numbers)) and None not in numbers
    assert [(e.kind, e.at, e.actor, e.conversation_id, e.cop_id, dict(e.data)) for e in history] == [
        (f.kind, f.at, f.actor, f.conversation_id, f.cop_id, data) for f in facts
    ]


def test_the_history_is_read_on_from_a_number(store: Store) -> None:
    assert read(store, lambda uow: (uow.events.last_seq(), uow.events.last_at())) == (0, None)
    for second in range(5):
        fact = make_event(conversation_id=f"c-{second % 2}", at=NOON + timedelta(seconds=second))
        committed(store, lambda uow, f=fact: uow.events.append(f))

    first = read(store, lambda uow: uow.events.after(0, 2))
    rest = read(store, lambda uow: uow.events.after(first[-1].seq, 10))

    assert [event.at.second for event in first + rest] == [0, 1, 2, 3, 4]
    assert read(store, lambda uow: uow.events.last_seq()) == rest[-1].seq
    assert read(store, lambda uow: uow.events.last_at()) == NOON + timedelta(seconds=4)
    assert read(store, lambda uow: uow.events.after(rest[-1].seq, 10)) == []
    odd = read(store, lambda uow: uow.events.of(ConversationId("c-1")))
    assert [event.at.second for event in odd] == [1, 3]


def test_facts_are_counted_by_kind_since_a_time(store: Store) -> None:
    for kind, second in (("offer.made", 0), ("offer.made", 5), ("offer.lapsed", 5), ("review.opened", 5)):
        fact = make_event(EventKind(kind), at=NOON + timedelta(seconds=second))
        committed(store, lambda uow, f=fact: uow.events.append(f))
    kinds = (EventKind.OFFER_MADE, EventKind.OFFER_LAPSED, EventKind.OFFER_DECLINED)

    counted = read(store, lambda uow: uow.events.count_since(kinds, NOON + timedelta(seconds=5)))

    assert {kind: n for kind, n in counted.items() if n} == {EventKind.OFFER_MADE: 1, EventKind.OFFER_LAPSED: 1}


def test_only_published_kinds_leave_and_they_leave_in_order(store: Store) -> None:
    committed(store, lambda uow: [uow.events.append(make_event(kind)) for kind in EventKind])
    published = [kind for kind in EventKind if topic_of(kind) is not None]

    pending = read(store, lambda uow: uow.outbox.pending(1_000))

    assert [event.kind for event in pending] == published
    assert pending == [e for e in read(store, lambda uow: uow.events.after(0, 1_000)) if e.kind in published]
    assert 0 < len(published) < len(EventKind)


def test_what_was_published_does_not_leave_again_and_stays_in_the_history(store: Store) -> None:
    for _ in range(5):
        committed(store, lambda uow: uow.events.append(make_event()))
    first = read(store, lambda uow: uow.outbox.pending(2))
    committed(store, lambda uow: uow.outbox.mark_published([event.seq for event in first]))

    assert read(store, lambda uow: uow.outbox.count_pending()) == 3
    assert [e.seq for e in read(store, lambda uow: uow.outbox.pending(10))] == [
        e.seq for e in read(store, lambda uow: uow.events.after(first[-1].seq, 10))
    ]
    assert len(read(store, lambda uow: uow.events.after(0, 10))) == 5
    committed(store, lambda uow: uow.outbox.mark_published([event.seq for event in first]))
    assert read(store, lambda uow: uow.outbox.count_pending()) == 3


def test_a_fact_of_a_transaction_that_failed_is_in_no_history(store: Store) -> None:
    with store.transaction() as uow:
        uow.events.append(make_event())
    committed(store, lambda uow: uow.events.append(make_event(EventKind.OFFER_LAPSED)))

    assert [e.kind for e in read(store, lambda uow: uow.events.after(0, 10))] == [EventKind.OFFER_LAPSED]
    assert [e.kind for e in read(store, lambda uow: uow.outbox.pending(10))] == [EventKind.OFFER_LAPSED]


def test_an_outside_event_is_taken_in_once_for_each_source(store: Store) -> None:
    assert committed(store, lambda uow: uow.inbox.add("e-1", "kafka", NOON))
    assert not committed(store, lambda uow: uow.inbox.add("e-1", "kafka", LATER))
    assert committed(store, lambda uow: uow.inbox.add("e-1", "rest", NOON))
    with store.transaction() as uow:
        assert uow.inbox.add("e-2", "kafka", NOON)
        assert not uow.inbox.add("e-2", "kafka", NOON)
        uow.commit()


def test_old_outside_events_are_forgotten(store: Store) -> None:
    for id, at in (("e-1", NOON), ("e-2", LATER), ("e-3", LATER)):
        committed(store, lambda uow, i=id, t=at: uow.inbox.add(i, "kafka", t))

    assert committed(store, lambda uow: uow.inbox.forget_before(LATER)) == 1
    assert committed(store, lambda uow: uow.inbox.add("e-1", "kafka", LATER))
    assert not committed(store, lambda uow: uow.inbox.add("e-2", "kafka", LATER))


def test_a_reply_is_found_under_its_scope_and_key_and_the_first_one_stays(store: Store) -> None:
    reply = StoredReply("digest", 201, '{"text": "👋 \'quoted\'"}')
    assert read(store, lambda uow: uow.idempotency.find("POST /v1", "k")) is None
    committed(store, lambda uow: uow.idempotency.keep("POST /v1", "k", reply, NOON))
    committed(store, lambda uow: uow.idempotency.keep("POST /v1", "k", StoredReply("other", 500, ""), LATER))

    assert read(store, lambda uow: uow.idempotency.find("POST /v1", "k")) == reply
    assert read(store, lambda uow: uow.idempotency.find("POST /v2", "k")) is None


def test_old_replies_are_forgotten(store: Store) -> None:
    reply = StoredReply("digest", 201, "{}")
    for key, at in (("old", NOON), ("new", LATER)):
        committed(store, lambda uow, k=key, t=at: uow.idempotency.keep("POST /v1", k, reply, t))

    assert committed(store, lambda uow: uow.idempotency.forget_before(LATER)) == 1
    assert read(store, lambda uow: uow.idempotency.find("POST /v1", "old")) is None
    assert read(store, lambda uow: uow.idempotency.find("POST /v1", "new")) == reply


def test_one_process_leads_and_renews_under_the_same_epoch(store: Store) -> None:
    first = committed(store, lambda uow: uow.leases.acquire("main", "one", NOON, TTL))
    refused = committed(store, lambda uow: uow.leases.acquire("main", "two", NOON + TTL / 2, TTL))
    renewed = committed(store, lambda uow: uow.leases.acquire("main", "one", NOON + TTL / 2, TTL))
    still_refused = committed(store, lambda uow: uow.leases.acquire("main", "two", NOON + TTL, TTL))

    assert (refused, renewed, still_refused) == (None, first, None)
    committed(store, lambda uow: uow.leases.require("main", first))


def test_an_expired_lease_passes_on_with_a_higher_epoch_and_the_old_leader_fails(store: Store) -> None:
    old = committed(store, lambda uow: uow.leases.acquire("main", "one", NOON, TTL))
    new = committed(store, lambda uow: uow.leases.acquire("main", "two", NOON + TTL, TTL))

    assert new > old
    committed(store, lambda uow: uow.leases.require("main", new))
    with pytest.raises(LeadershipLost, match="main"):
        committed(store, lambda uow: uow.leases.require("main", old))
    assert committed(store, lambda uow: uow.leases.acquire("main", "one", NOON + TTL, TTL)) is None


def test_a_released_lease_passes_on_at_once_and_only_its_holder_can_release_it(store: Store) -> None:
    old = committed(store, lambda uow: uow.leases.acquire("main", "one", NOON, TTL))
    committed(store, lambda uow: uow.leases.release("main", "two"))
    assert committed(store, lambda uow: uow.leases.acquire("main", "two", NOON, TTL)) is None

    committed(store, lambda uow: uow.leases.release("main", "one"))

    assert committed(store, lambda uow: uow.leases.acquire("main", "two", NOON, TTL)) > old
    with pytest.raises(LeadershipLost):
        committed(store, lambda uow: uow.leases.require("main", old))


def test_a_lease_that_nobody_renews_is_over_after_its_length_by_the_clock_of_whoever_waits(store: Store) -> None:
    ahead = timedelta(minutes=5)
    old = committed(store, lambda uow: uow.leases.acquire("main", "one", NOON + ahead, TTL))

    asked = [
        committed(store, lambda uow, n=n: uow.leases.acquire("main", "two", NOON + n * TTL / 2, TTL)) for n in (0, 1)
    ]
    taken = committed(store, lambda uow: uow.leases.acquire("main", "two", NOON + TTL, TTL))

    assert asked == [None, None]
    assert taken > old
    with pytest.raises(LeadershipLost):
        committed(store, lambda uow: uow.leases.require("main", old))


def test_a_leader_whose_clock_is_ahead_keeps_its_lease_as_long_as_it_renews_it(store: Store) -> None:
    ahead = timedelta(minutes=5)
    epochs = set()
    for second in range(0, 60, 2):
        now = NOON + timedelta(seconds=second)
        epochs.add(committed(store, lambda uow, t=now: uow.leases.acquire("main", "one", t + ahead, TTL)))
        assert committed(store, lambda uow, t=now: uow.leases.acquire("main", "two", t, TTL)) is None

    assert len(epochs) == 1


def test_a_watch_begins_anew_when_the_clock_of_whoever_waits_is_set_back(store: Store) -> None:
    ahead = timedelta(minutes=5)
    committed(store, lambda uow: uow.leases.acquire("main", "one", NOON + ahead, TTL))
    for at in (NOON, NOON - timedelta(minutes=1), NOON - timedelta(minutes=1) + TTL / 2):
        assert committed(store, lambda uow, t=at: uow.leases.acquire("main", "two", t, TTL)) is None

    later = NOON - timedelta(minutes=1) + TTL
    assert committed(store, lambda uow: uow.leases.acquire("main", "two", later, TTL)) is not None


def test_everybody_who_is_refused_watches_for_themselves(store: Store) -> None:
    """A watcher who died keeps nobody waiting, nor does one whose clock says something else."""
    ahead = timedelta(minutes=5)
    committed(store, lambda uow: uow.leases.acquire("main", "one", NOON + ahead, TTL))
    for who, at in (("two", NOON), ("three", NOON + TTL / 2), ("four", NOON - ahead), ("three", NOON + TTL)):
        assert committed(store, lambda uow, who=who, at=at: uow.leases.acquire("main", who, at, TTL)) is None

    taken = committed(store, lambda uow: uow.leases.acquire("main", "three", NOON + TTL * 3 / 2, TTL))
    assert taken == 2


def test_leases_of_two_names_are_apart_and_nobody_leads_an_unknown_one(store: Store) -> None:
    assert committed(store, lambda uow: uow.leases.acquire("main", "one", NOON, TTL)) is not None
    assert committed(store, lambda uow: uow.leases.acquire("france", "two", NOON, TTL)) is not None
    with pytest.raises(LeadershipLost, match="nowhere"):
        committed(store, lambda uow: uow.leases.require("nowhere", 1))


def test_what_a_tick_was_made_from_is_kept_for_a_while(store: Store) -> None:
    for at, tick_id in enumerate(("old", "new")):
        committed(store, lambda uow, t=tick_id, h=at: uow.ticks.keep_snapshot(t, NOON + timedelta(hours=h), t.encode()))
    assert read(store, lambda uow: uow.ticks.snapshot("old")) == b"old"
    assert committed(store, lambda uow: uow.ticks.forget_snapshots_before(NOON + timedelta(hours=1))) == 1
    assert read(store, lambda uow: uow.ticks.snapshot("old")) is None
    assert read(store, lambda uow: uow.ticks.snapshot("new")) == b"new"
    assert read(store, lambda uow: uow.ticks.snapshot("unheard of")) is None


def test_handle_times_are_kept_once_for_all_ticks_that_went_by_them_and_as_long_as_any_of_these(store: Store) -> None:
    hours, times = [NOON + timedelta(hours=each) for each in range(4)], KeptTimes("d" * 64, b" of all")
    for at, tick_id in zip(hours, ("one", "two", "three"), strict=False):
        known = None if tick_id == "three" else times
        committed(store, lambda uow, t=tick_id, at=at, k=known: uow.ticks.keep_snapshot(t, at, t.encode(), k))
    assert read(store, lambda uow: [uow.ticks.snapshot(each) for each in ("one", "two", "three")]) == [
        b"one of all",
        b"two of all",
        b"three",
    ]
    # The first is spared; once nothing goes by them they are gone, and a later tick brings them again.
    committed(store, lambda uow: uow.ticks.forget_snapshots_before(hours[3], [(hours[0], hours[0])]))
    assert read(store, lambda uow: uow.ticks.snapshot("one")) == b"one of all"
    committed(store, lambda uow: uow.ticks.forget_snapshots_before(hours[3]))
    committed(store, lambda uow: uow.ticks.keep_snapshot("four", hours[3], b"four", KeptTimes(times.digest, b" anew")))
    assert read(store, lambda uow: uow.ticks.snapshot("four")) == b"four anew"


def test_kept_ticks_are_found_by_their_span_and_each_by_its_id(store: Store) -> None:
    for at, tick_id in enumerate(("b", "a", "c")):
        committed(store, lambda uow, t=tick_id, h=at: uow.ticks.keep_snapshot(t, NOON + timedelta(hours=h), b"x"))
    committed(store, lambda uow: uow.ticks.add(make_tick("a")))
    one, two = NOON + timedelta(hours=1), NOON + timedelta(hours=2)
    assert read(store, lambda uow: uow.ticks.kept(None, None)) == ["b", "a", "c"]
    assert read(store, lambda uow: uow.ticks.kept(one, two)) == ["a"]
    assert read(store, lambda uow: uow.ticks.find("a")) == make_tick("a")
    assert read(store, lambda uow: uow.ticks.find("b")) is None


def test_ticks_are_kept_newest_first_and_fallbacks_counted_by_reason(store: Store) -> None:
    for number, reason in enumerate((None, "late", "wrong", "late")):
        tick = make_tick(f"tick-{number}", at=NOON + timedelta(seconds=number), fallback_reason=reason)
        committed(store, lambda uow, t=tick: uow.ticks.add(t))

    newest = read(store, lambda uow: uow.ticks.newest(2))

    assert newest[0] == make_tick("tick-3", at=NOON + timedelta(seconds=3), fallback_reason="late")
    assert [tick.id for tick in newest] == ["tick-3", "tick-2"]
    assert read(store, lambda uow: uow.ticks.fallbacks()) == {"late": 2, "wrong": 1}


def test_labels_are_kept_in_order_and_can_be_taken_back(store: Store) -> None:
    labels = [
        make_label(f"review:{number}", issue_type=None if number == 1 else "card_late", source=source)
        for number, source in enumerate((LabelSource.VERDICT, LabelSource.CORRECTION, LabelSource.VERDICT))
    ]
    committed(store, lambda uow: [uow.labels.add(label) for label in labels])

    assert read(store, lambda uow: uow.labels.all()) == labels
    assert read(store, lambda uow: uow.labels.newest(2)) == [labels[2], labels[1]]
    committed(store, lambda uow: uow.labels.remove("review:1"))
    committed(store, lambda uow: uow.labels.remove("review:never"))
    assert read(store, lambda uow: uow.labels.all()) == [labels[0], labels[2]]


def test_handle_time_statistics_add_up_to_mean_and_variance_of_log_seconds(store: Store) -> None:
    seconds = [30.0, 60.0, 600.0, 45.5]
    for value in seconds:
        committed(
            store,
            lambda uow, v=value: uow.handle_times.save(uow.handle_times.get("card_lost", "ada").observe(math.log(v))),
        )
    logs = [math.log(value) for value in seconds]
    mean = sum(logs) / 4

    found = read(store, lambda uow: uow.handle_times.get("card_lost", "ada"))

    assert found.count == 4
    assert found.mean_log_seconds == pytest.approx(mean, abs=1e-12)
    assert found.variance == pytest.approx(sum((value - mean) ** 2 for value in logs) / 3, abs=1e-12)


def test_statistics_are_kept_for_each_pair_of_issue_type_and_cop(store: Store) -> None:
    pairs = (("card_lost", "ben"), ("card_late", "ada"), ("card_lost", "ada"))
    for issue_type, cop_id in pairs:
        row = HandleTimeStatistics(issue_type, cop_id).observe(4.0)
        committed(store, lambda uow, r=row: uow.handle_times.save(r))

    assert [(row.issue_type, row.cop_id) for row in read(store, lambda uow: uow.handle_times.all())] == sorted(pairs)
    empty = read(store, lambda uow: uow.handle_times.get("limit_raise", "ada"))
    assert empty == HandleTimeStatistics("limit_raise", "ada")
