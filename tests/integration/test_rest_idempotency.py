"""Idempotency-Key: retried, raced, crashed in between - one effect, one reply."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from rest_door import Door, bearer, door_over, make_door, write_tokens

import api.idempotency
from api.schemas.base import Given
from api.schemas.conversations import ConversationQuery
from routing.adapters.classifier import EncodersMasker
from routing.domain.label import Label

EVERY_STORE = pytest.mark.parametrize(
    "door", ["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
FIRST = {"text": "my card is gone card_lost", "market": "uk"}


@pytest.fixture(params=["memory", "sqlite"])
def door(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Door]:
    with door_over(request, tmp_path) as made:
        yield made


def keyed(key: str = "k-1", by: str = "robot") -> dict[str, str]:
    return {**bearer(by), "Idempotency-Key": key}


def post(door: Door, path: str, body: Any = None, key: str = "k-1", by: str = "robot") -> Any:
    return door.client.post(path, json=body, headers=keyed(key, by))


def everything(door: Door) -> list[Any]:
    return list(door.client.get("/v1/conversations", headers=door.robot).json()["items"])


@pytest.fixture
def dying_before_the_reply_is_kept(door: Door, monkeypatch: pytest.MonkeyPatch):
    """The first attempt dies between its effect and keeping the reply; later ones do not."""
    keep, died = api.idempotency._kept_first, []

    def dying(uow: Any, context: Any, asked: Any, note: str, reply: Any) -> Any:
        if note == api.idempotency.REPLY and not died:
            died.append(True)
            raise ConnectionResetError
        return keep(uow, context, asked, note, reply)

    monkeypatch.setattr(api.idempotency, "_kept_first", dying)


def test_the_same_request_gets_the_same_reply_and_changes_nothing(door: Door):
    first, again = post(door, "/v1/conversations", FIRST), post(door, "/v1/conversations", FIRST)
    assert (first.status_code, again.status_code) == (201, 201)
    assert (first.text, first.headers["Location"]) == (again.text, again.headers["Location"])
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(everything(door)) == 1


def test_the_order_of_a_bodys_fields_makes_no_different_request(door: Door):
    post(door, "/v1/conversations", FIRST)
    assert post(door, "/v1/conversations", dict(reversed(FIRST.items()))).status_code == 201


def test_the_same_key_with_a_different_request_is_refused(door: Door):
    post(door, "/v1/conversations", FIRST)
    reply = post(door, "/v1/conversations", {**FIRST, "text": "something else"})
    assert (reply.status_code, reply.json()["type"]) == (409, "urn:pointsman:problem:idempotency_mismatch")
    assert len(everything(door)) == 1


def test_what_is_kept_of_a_request_cannot_tell_two_cards_apart(tmp_path: Path):
    door = make_door(write_tokens(tmp_path / "tokens.toml"), masker=EncodersMasker())
    said = [f"card_lost, it was {card}" for card in ("4111 1111 1111 1111", "5555 5555 5555 4444", "nothing")]
    replies = [post(door, "/v1/conversations", {"text": text, "market": "uk"}) for text in said]
    assert [reply.status_code for reply in replies] == [201, 201, 409]
    assert replies[0].json() == replies[1].json()


def test_a_key_belongs_to_one_caller_and_one_path(door: Door):
    [one, two] = [post(door, "/v1/conversations", FIRST, by=name).json() for name in ("robot", "root")]
    assert one["conversation_id"] != two["conversation_id"]
    for made in (one, two):
        assert post(door, f"{made['href']}/messages", {"text": "and more"}).status_code == 201


def test_without_a_key_every_request_counts(door: Door):
    assert door.begin() != door.begin()


def test_a_message_is_added_once(door: Door):
    conversation = door.begin()
    for _ in range(3):
        post(door, f"/v1/conversations/{conversation}/messages", {"text": "and more"})
    detail = door.client.get(f"/v1/conversations/{conversation}", headers=door.robot).json()
    assert len(detail["messages"]) == 2


@pytest.mark.parametrize("key", ["", "a b", "ü", "x" * 129])
def test_a_key_of_no_good_form_is_refused(door: Door, key: str):
    reply = door.client.post("/v1/conversations", json=FIRST, headers={**door.robot, "Idempotency-Key": key.encode()})
    assert reply.status_code == 422
    assert everything(door) == []


@pytest.mark.usefixtures("dying_before_the_reply_is_kept")
def test_a_conversation_whose_reply_was_lost_is_not_begun_twice(door: Door):
    assert post(door, "/v1/conversations", FIRST).status_code == 500
    again = post(door, "/v1/conversations", FIRST)
    assert again.status_code == 201
    assert [item["id"] for item in everything(door)] == [again.json()["conversation_id"]]


@pytest.mark.usefixtures("dying_before_the_reply_is_kept")
def test_a_message_whose_reply_cannot_be_kept_is_not_stored_either(door: Door):
    assert post(door, "/v1/conversations", FIRST).status_code == 500
    assert everything(door) == []


@pytest.mark.usefixtures("dying_before_the_reply_is_kept")
def test_after_a_lost_reply_the_key_still_refuses_a_different_request(door: Door):
    post(door, "/v1/conversations", FIRST)
    assert post(door, "/v1/conversations", {**FIRST, "text": "something else"}).status_code == 409
    assert everything(door) == []


@pytest.mark.usefixtures("dying_before_the_reply_is_kept")
def test_an_acceptance_whose_reply_was_lost_is_answered_with_its_assignment(door: Door):
    path = f"/v1/offers/{door.offered('ada')['id']}/accept"
    assert post(door, path, by="ada").status_code == 500
    again = post(door, path, by="ada")
    [held] = door.client.get("/v1/cops/ada/assignments", headers=bearer("ada")).json()["items"]
    assert (again.status_code, again.json()) == (200, held)
    assert post(door, path, by="ada").headers["Idempotency-Replayed"] == "true"


@pytest.mark.usefixtures("dying_before_the_reply_is_kept")
def test_a_decline_whose_reply_was_lost_is_answered(door: Door):
    path = f"/v1/offers/{door.offered('ada')['id']}/decline"
    post(door, path, {"reason": "busy"}, by="ada")
    assert post(door, path, {"reason": "busy"}, by="ada").json()["state"] == "declined"


@pytest.mark.usefixtures("dying_before_the_reply_is_kept")
@pytest.mark.parametrize(
    ("step", "body", "state"),
    [
        ("wrap-up", {"disposition": "resolved", "handle_time_seconds": 60}, "wrapped_up"),
        ("transfer", {"reason": "needs the limits team"}, "transferred"),
    ],
)
def test_the_end_of_work_whose_reply_was_lost_is_answered(door: Door, step: str, body: Any, state: str):
    offer = door.offered("ada")
    work = door.client.post(f"/v1/offers/{offer['id']}/accept", headers=bearer("ada")).json()
    path = f"/v1/assignments/{work['id']}/{step}"
    assert post(door, path, body, by="ada").status_code == 500
    again = post(door, path, body, by="ada")
    assert (again.status_code, again.json()["state"]) == (200, state)


@pytest.mark.usefixtures("dying_before_the_reply_is_kept")
def test_a_verdict_whose_reply_was_lost_is_answered_and_teaches_once(door: Door):
    path = f"/v1/reviews/{door.in_review()['id']}/verdict"
    assert post(door, path, {"issue_type": "card_late"}, by="mona").status_code == 500
    again = post(door, path, {"issue_type": "card_late"}, by="mona")
    assert (again.status_code, again.json()["state"]) == (200, "decided")
    with door.context.store.reading() as uow:
        [label] = uow.labels.all()
    assert isinstance(label, Label)


@pytest.mark.usefixtures("dying_before_the_reply_is_kept")
def test_a_change_for_now_whose_reply_was_lost_is_begun_once(door: Door):
    asked = {"kind": "pause_automation", "minutes": 30, "reason": "a storm", "market": "uk"}
    assert post(door, "/v1/overrides", asked, by="mona").status_code == 500
    begun = post(door, "/v1/overrides", asked, by="mona").json()
    listed = door.client.get("/v1/overrides", headers=bearer("mona")).json()["items"]
    assert [each["id"] for each in listed] == [begun["id"]]


@pytest.mark.usefixtures("dying_before_the_reply_is_kept")
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/reviews/{id}/escalate", {"note": "is this a complaint?"}),
        ("/v1/conversations/{conversation_id}/reroute", {"issue_type": "limit_raise", "note": "asked for more"}),
        ("/v1/proposals", {"name": "Card art", "description": "Pictures", "reviews": ["{id}"]}),
    ],
)
def test_a_step_of_the_queue_whose_reply_was_lost_is_told_once(door: Door, path: str, body: dict[str, Any]):
    item = door.in_review()
    asked = {name: [each.format(**item) for each in said] if name == "reviews" else said for name, said in body.items()}
    assert [post(door, path.format(**item), asked, by="mona").status_code for _ in range(2)] == [500, 200]
    with door.context.store.reading() as uow:
        kinds = [event.kind for event in uow.events.after(0, 100) if event.actor == "mona"]
    assert kinds
    assert len(kinds) == len(set(kinds))


def test_words_of_people_are_masked_in_what_is_kept_of_a_request():
    bodies = set(Given.__subclasses__()) - {ConversationQuery}
    free = {name for asked in bodies for name, field in _written(asked).items() if _is_free(field)}
    assert free <= set(api.idempotency.WORDS)


def _written(asked: type[Given]) -> dict[str, Any]:
    return dict(asked.model_json_schema()["properties"])


def _is_free(field: dict[str, Any]) -> bool:
    """A text of no form, as people write it."""
    ways = [field, *field.get("anyOf", ())]
    return any(way.get("type") == "string" and not {"pattern", "enum", "const", "format"} & way.keys() for way in ways)


def test_a_refused_step_stays_refused_under_a_new_key(door: Door):
    path = f"/v1/offers/{door.offered('ada')['id']}/accept"
    post(door, path, key="first", by="ada")
    assert post(door, path, key="second", by="ada").status_code == 409


def test_a_refusal_is_not_kept(door: Door):
    path = f"/v1/offers/{door.offered('ada')['id']}/accept"
    door.clock.advance(60)
    assert post(door, path, by="ada").status_code == 409
    door.clock.advance(-60)
    assert post(door, path, by="ada").status_code == 200


@EVERY_STORE
def test_many_at_once_with_one_key_begin_one_conversation(door: Door):
    start = threading.Barrier(8)

    def attempt(_: int) -> Any:
        start.wait()
        return post(door, "/v1/conversations", FIRST)

    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(attempt, range(8)))
    assert {reply.status_code for reply in replies} == {201}
    assert len({reply.text for reply in replies}) == 1
    assert len(everything(door)) == 1


@EVERY_STORE
def test_many_at_once_with_one_key_accept_once_and_hear_the_same(door: Door):
    path = f"/v1/offers/{door.offered('ada')['id']}/accept"
    start = threading.Barrier(6)

    def attempt(_: int) -> Any:
        start.wait()
        return post(door, path, by="ada")

    with ThreadPoolExecutor(6) as pool:
        replies = list(pool.map(attempt, range(6)))
    assert {(reply.status_code, reply.text) for reply in replies} == {(200, replies[0].text)}
