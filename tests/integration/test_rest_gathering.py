"""Requests that come at the same time are stored together: each as if it had come by itself, and no promise less."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from rest_door import Door, bearer, door_over, make_door, write_tokens

import api.rest.assignments
import api.rest.conversations
import api.rest.offers
from api.gathering import MOST_TOGETHER, Kind
from routing.domain.errors import Unavailable
from routing.services import wrap_up

BEGUN = api.rest.conversations.BEGUN
BEGIN = "/v1/conversations"
OTHERS = 6
PATIENCE_SECONDS = 20.0


@dataclass(frozen=True)
class Wish:
    """One request."""

    path: str
    body: Any = None
    key: str | None = None
    by: str = "robot"

    def sent(self, door: Door) -> Any:
        headers = {**bearer(self.by), **({"Idempotency-Key": self.key} if self.key else {})}
        return door.client.post(self.path, json=self.body, headers=headers)


def begins(number: int, text: str = "my card is gone card_lost", key: str | None = "") -> Wish:
    return Wish(BEGIN, {"text": f"{text} {number}", "market": "uk"}, f"k-{number}" if key == "" else key)


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def door(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Door]:
    with door_over(request, tmp_path) as made:
        yield made


@pytest.fixture
def transactions(door: Door, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The thread of each transaction that was opened to write."""
    opened: list[str] = []
    store = door.context.store
    open_one = type(store).transaction

    def counted(self: Any) -> Any:
        opened.append(threading.current_thread().name)
        return open_one(self)

    monkeypatch.setattr(type(store), "transaction", counted)
    return opened


def together(door: Door, kind: Kind[Any], first: Wish, others: Sequence[Wish]) -> tuple[Any, list[Any]]:
    """The replies to one who comes first, and to the others, who come while the first is being stored."""
    gathering = door.app.state.gatherings.of(kind)
    stored, go_on = kind.one, threading.Event()

    def held_up(context: Any, asked: Any) -> Any:
        assert go_on.wait(PATIENCE_SECONDS)
        return stored(context, asked)

    object.__setattr__(kind, "one", held_up)
    try:
        with ThreadPoolExecutor(len(others) + 1) as hands:
            leading = hands.submit(first.sent, door)
            _until(lambda: gathering._at_work)
            following = []
            for number, wish in enumerate(others, 1):
                following.append(hands.submit(wish.sent, door))
                _until(lambda count=number: len(gathering._waiting) == count)
            go_on.set()
            return leading.result(), [each.result() for each in following]
    finally:
        object.__setattr__(kind, "one", stored)


def _until(seen: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not seen():
        assert time.monotonic() < end
        time.sleep(0.001)


def everything(door: Door) -> list[Any]:
    return list(door.client.get(f"{BEGIN}?limit=100", headers=door.robot).json()["items"])


def words_of(door: Door, reply: Any) -> str:
    return str(door.client.get(reply.json()["href"], headers=door.robot).json()["messages"][0]["text"])


@pytest.mark.parametrize("keyed", [True, False])
def test_who_comes_meanwhile_is_stored_in_one_transaction_and_each_gets_their_own_reply(
    door: Door, transactions: list[str], keyed: bool
):
    others = [begins(number, key="" if keyed else None) for number in range(OTHERS)]
    first, replies = together(door, BEGUN, begins(99), others)
    assert len(transactions) == 2
    assert [reply.status_code for reply in (first, *replies)] == [201] * (OTHERS + 1)
    assert [words_of(door, reply) for reply in replies] == [wish.body["text"] for wish in others]
    assert len(everything(door)) == OTHERS + 1


def test_what_was_stored_together_is_replayed_to_each(door: Door):
    others = [begins(number) for number in range(OTHERS)]
    _, replies = together(door, BEGUN, begins(99), others)
    again = [wish.sent(door) for wish in others]
    assert [reply.json() for reply in again] == [reply.json() for reply in replies]
    assert [reply.headers["Location"] for reply in again] == [reply.headers["Location"] for reply in replies]
    assert {reply.headers["Idempotency-Replayed"] for reply in again} == {"true"}
    assert not any("Idempotency-Replayed" in reply.headers for reply in replies)
    assert len(everything(door)) == OTHERS + 1


def test_the_same_request_twice_at_once_is_one(door: Door):
    first, replies = together(door, BEGUN, begins(1), [begins(1), begins(2), begins(2)])
    assert len(everything(door)) == 2
    assert first.json() == replies[0].json()
    assert replies[1].json() == replies[2].json()
    assert sorted("Idempotency-Replayed" in reply.headers for reply in replies) == [False, True, True]


def test_a_key_that_another_request_has_is_refused_and_the_others_are_stored(door: Door):
    _, replies = together(door, BEGUN, begins(1), [begins(2), begins(3, key="k-2"), begins(4, key="k-1"), begins(5)])
    assert [reply.status_code for reply in replies] == [201, 409, 409, 201]
    assert replies[1].json()["type"] == "urn:pointsman:problem:idempotency_mismatch"
    assert len(everything(door)) == 3


def test_who_is_refused_among_others_is_so_alone_and_their_key_stays_bound(door: Door):
    assignment = _accepted(door, "ada")
    path = f"/v1/assignments/{assignment['id']}/wrap-up"
    done = {"disposition": "resolved", "handle_time_seconds": 60}
    unknown = Wish("/v1/assignments/nobody/wrap-up", done, "n")
    early, [hidden, refused, done_one, late] = together(
        door,
        api.rest.assignments.FINISHED,
        Wish("/v1/assignments/nobody/wrap-up", done, "m"),
        [Wish(path, done, "b", "ben"), unknown, Wish(path, done, "k"), Wish(path, done, "l")],
    )
    assert [each.status_code for each in (early, hidden, refused, done_one, late)] == [404, 404, 404, 200, 409]
    assert unknown.sent(door).status_code == 404
    assert Wish(unknown.path, {**done, "handle_time_seconds": 61}, "n").sent(door).status_code == 409


def test_where_all_of_them_cannot_be_stored_each_is_by_itself(
    door: Door, monkeypatch: pytest.MonkeyPatch, transactions: list[str]
):
    many = BEGUN.many

    def unable(context: Any, asked: Any) -> Any:
        many(context, asked)
        raise KeyError("one of them")

    object.__setattr__(BEGUN, "many", unable)
    try:
        _, replies = together(door, BEGUN, begins(99), [begins(number) for number in range(OTHERS)])
    finally:
        object.__setattr__(BEGUN, "many", many)
    assert [reply.status_code for reply in replies] == [201] * OTHERS
    assert len(everything(door)) == OTHERS + 1
    assert len(transactions) == 2 + OTHERS


def test_nobody_is_told_that_it_lasts_and_none_tries_again_where_the_commit_fails(
    door: Door, monkeypatch: pytest.MonkeyPatch
):
    work = type(door.context.store.transaction())
    commit, commits = work.commit, list[int]()

    def lost_answer(self: Any) -> None:
        commit(self)
        commits.append(1)
        if len(commits) == 2:
            raise Unavailable("the answer was lost")

    monkeypatch.setattr(work, "commit", lost_answer)
    first, replies = together(door, BEGUN, begins(99), [begins(number, key=None) for number in range(OTHERS)])
    assert first.status_code == 201
    assert [reply.status_code for reply in replies] == [503] * OTHERS
    assert len(everything(door)) == OTHERS + 1


def test_more_than_one_transaction_holds_are_stored_in_the_next(door: Door, transactions: list[str]):
    others = [begins(number) for number in range(MOST_TOGETHER + 2)]
    _, replies = together(door, BEGUN, begins(99), others)
    assert [reply.status_code for reply in replies] == [201] * len(others)
    assert len(transactions) == 3


def test_acceptances_at_once_begin_an_assignment_each_and_a_declined_offer_is_refused(door: Door):
    offers = _offered(door, 4)
    wishes = [Wish(f"/v1/offers/{each['id']}/accept", None, each["id"], each["cop_id"]) for each in offers]
    stranger = "ben" if offers[1]["cop_id"] == "ada" else "ada"
    assert Wish(f"/v1/offers/{offers[3]['id']}/decline").sent(door).status_code == 200
    theirs = Wish(wishes[1].path, None, "theirs", stranger)
    first, [second, third, refused, hidden, unknown] = together(
        door, api.rest.offers.ACCEPTED, wishes[0], [*wishes[1:], theirs, Wish("/v1/offers/nobody/accept", None, "n")]
    )
    assert [each.status_code for each in (first, second, third)] == [200] * 3
    assert (refused.status_code, hidden.status_code, unknown.status_code) == (409, 404, 404)
    assert [each.json()["offer_id"] for each in (first, second, third)] == [offer["id"] for offer in offers[:3]]
    held = door.client.get(f"/v1/cops/{wishes[1].by}/assignments", headers=bearer(wishes[1].by)).json()["items"]
    assert [second.json()] == [item for item in held if item["id"] == second.json()["id"]]
    assert [wish.sent(door).json() for wish in wishes[1:3]] == [second.json(), third.json()]


def test_of_acceptances_at_once_only_those_of_the_right_cop_count(door: Door):
    offers = _offered(door, 3)
    strangers = ["ben" if each["cop_id"] == "ada" else "ada" for each in offers]
    paths = [f"/v1/offers/{each['id']}/accept" for each in offers]
    wishes = [Wish(path, None, "k", by) for path, by in zip(paths, strangers, strict=True)]
    mine = Wish(paths[2], None, "mine", offers[2]["cop_id"])
    first, replies = together(door, api.rest.offers.ACCEPTED, wishes[0], [*wishes[1:], mine])
    assert [each.status_code for each in (first, *replies)] == [404, 404, 404, 200]


def _offered(door: Door, count: int) -> list[Any]:
    """So many offers to ada and ben, who are both there."""
    door.available("ada", "ben")
    for _ in range(count):
        door.begin()
    door.understand()
    door.match()
    offers = [
        offer
        for cop_id in ("ada", "ben")
        for offer in door.client.get(f"/v1/cops/{cop_id}/offers", headers=door.robot).json()["items"]
    ]
    assert len(offers) == count
    return offers


def test_wrap_ups_at_once_free_every_slot_and_teach_what_each_would(door: Door):
    assignments = [_accepted(door, cop_id) for cop_id in ("ada", "ada", "ben", "ben")]
    kinds = ["resolved"] * 4
    paths = [f"/v1/assignments/{each['id']}/wrap-up" for each in assignments]
    seconds = [30, 60, 120, 240]
    bodies = [{"disposition": kind, "handle_time_seconds": length} for kind, length in zip(kinds, seconds, strict=True)]
    bodies[2]["issue_type"] = "card_late"
    wishes = [Wish(path, body, path) for path, body in zip(paths, bodies, strict=True)]
    unknown = Wish("/v1/assignments/nobody/wrap-up", bodies[0], "n")
    first, replies = together(door, api.rest.assignments.FINISHED, wishes[0], [*wishes[1:], unknown])
    ended = [first, *replies[:3]]
    assert [each.json()["handle_time_seconds"] for each in ended] == seconds
    assert replies[3].status_code == 404
    with door.context.store.reading() as uow:
        loads = [load for status in uow.cops.statuses() for load in status.load.values()]
        known = {(each.issue_type, each.cop_id): each.count for each in uow.handle_times.all()}
        stored = [uow.assignments.get(each["id"]) for each in assignments]
    assert sum(loads) == 0
    assert sum(known.values()) == 4
    assert sum(count for (issue_type, _), count in known.items() if issue_type == "card_late") == 1
    assert [each.version for each in stored] == [1] * 4
    assert [each.handle_time_seconds for each in stored] == seconds


def _accepted(door: Door, cop_id: str) -> Any:
    offer = door.offered(cop_id)
    reply = Wish(f"/v1/offers/{offer['id']}/accept").sent(door)
    assert reply.status_code == 200, reply.text
    return reply.json()


def test_handle_times_are_the_same_told_one_by_one_or_together(tmp_path: Path):
    apart, at_once = (make_door(write_tokens(tmp_path / name)) for name in ("one.toml", "two.toml"))
    for door in (apart, at_once):
        work = [_accepted(door, cop_id) for cop_id in ("ada", "ada")]
        endings = [
            wrap_up.Ending(each["id"], wrap_up.WrapUp("resolved", 60.0 * n), None) for n, each in enumerate(work)
        ]
        if door is apart:
            for ending in endings:
                wrap_up.wrap_up(door.context, ending.assignment_id, ending.outcome)
        else:
            assert None not in wrap_up.wrap_up_all(door.context, endings)
    with apart.context.store.reading() as one, at_once.context.store.reading() as other:
        assert one.handle_times.all() == other.handle_times.all()
        assert one.handle_times.tally().conversations == 2


def test_the_words_of_a_message_are_masked_once(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[str] = []
    masker = type(door.context.masker)
    masked = masker.mask

    def counted(self: Any, text: str) -> str:
        given.append(text)
        return masked(self, text)

    monkeypatch.setattr(masker, "mask", counted)
    answer = begins(1).sent(door)
    assert answer.status_code == 201, answer.text
    assert given == ["my card is gone card_lost 1"]
