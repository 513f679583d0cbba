"""Webhooks follow the facts in order, try again, and hold each other up in nothing."""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from builders import NOON, make_context, make_conversation, make_event
from seeds import committed
from webhook_file import make_webhook

from routing.adapters.memory import MemoryStore
from routing.adapters.webhooks.file import Webhook
from routing.adapters.webhooks.following import (
    LONGEST_PAUSE_SECONDS,
    MOST_ATTEMPTS,
    Positions,
    Webhooks,
    leads,
    run_webhooks,
    stand_down,
)
from routing.adapters.webhooks.sending import Delivery, NotDelivered
from routing.domain.events import EventKind
from routing.services.context import Context

STARTED = EventKind.ASSIGNMENT_STARTED


class Recorder:
    """Takes deliveries without a network; fails as it is told."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str, dict[str, Any]]] = []
        self.fails: Callable[[str], NotDelivered | None] = lambda name: None

    def send(self, webhook: Webhook, delivery: Delivery) -> None:
        error = self.fails(webhook.name)
        if error is not None:
            raise error
        self.taken.append((webhook.name, delivery.id, json.loads(delivery.body)))

    def close(self) -> None:
        return


class Moment:
    at = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def context() -> Context:
    store = MemoryStore()
    for number, market in enumerate(("uk", "ie")):
        committed(store, lambda uow, n=number, m=market: uow.conversations.add(make_conversation(f"c-{n}", market=m)))
    return make_context(store)


def happens(context: Context, number: int = 0, kind: EventKind = STARTED) -> None:
    data = {"assignment_id": "a-1", "offer_id": "o-1", "issue_type": "card_lost"}
    event = make_event(kind, f"c-{number}", cop_id="ada", data=data, at=NOON)
    committed(context.store, lambda uow: uow.events.append(event))


def following(context: Context, tmp_path: Path, *webhooks: Webhook) -> tuple[Webhooks, Recorder, Moment]:
    recorder, moment = Recorder(), Moment()
    made = Webhooks(context, webhooks, recorder, Positions(tmp_path / "positions"), moment)  # type: ignore[arg-type]
    return made, recorder, moment


def test_a_new_webhook_is_told_of_assignments_from_now_on(context: Context, tmp_path: Path) -> None:
    happens(context)
    webhooks, recorder, _ = following(context, tmp_path, make_webhook(443, tmp_path))
    happens(context)
    happens(context, kind=EventKind.OFFER_MADE)
    assert webhooks.step() == 1
    [(_, id, body)] = recorder.taken
    assert id == "pointsman-2"
    assert (body["type"], body["data"]["assignment_id"]) == ("pointsman.assignment.started.v1", "a-1")


def test_after_a_restart_it_goes_on_where_it_was(context: Context, tmp_path: Path) -> None:
    webhook = make_webhook(443, tmp_path)
    first, _, _ = following(context, tmp_path, webhook)
    happens(context)
    first.step()
    happens(context)
    second, recorder, _ = following(context, tmp_path, webhook)
    second.step()
    assert [id for _, id, _ in recorder.taken] == ["pointsman-2"]


def test_a_failure_is_tried_again_later_and_nothing_overtakes_it(context: Context, tmp_path: Path) -> None:
    webhooks, recorder, moment = following(context, tmp_path, make_webhook(443, tmp_path))
    happens(context)
    happens(context)
    recorder.fails = lambda name: NotDelivered("answered 500")
    assert webhooks.step() == 0
    recorder.fails = lambda name: None
    assert webhooks.step() == 0  # not yet
    moment.at += LONGEST_PAUSE_SECONDS
    assert webhooks.step() == 2
    assert [id for _, id, _ in recorder.taken] == ["pointsman-1", "pointsman-2"]


def test_pauses_grow_to_their_longest_and_the_event_is_left_out_in_the_end(context: Context, tmp_path: Path) -> None:
    webhooks, recorder, moment = following(context, tmp_path, make_webhook(443, tmp_path))
    [follower] = webhooks.followers
    follower.random = lambda: 0.5
    happens(context)
    recorder.fails = lambda name: NotDelivered("answered 500")
    pauses = []
    for _ in range(MOST_ATTEMPTS - 1):
        webhooks.step()
        pauses.append(follower.due - moment.at)
        moment.at = follower.due
    assert pauses[:4] == [1, 2, 4, 8]
    assert pauses[-1] == LONGEST_PAUSE_SECONDS
    happens(context)
    webhooks.step()
    recorder.fails = lambda name: None
    moment.at += LONGEST_PAUSE_SECONDS
    webhooks.step()
    assert [id for _, id, _ in recorder.taken] == ["pointsman-2"]


def test_a_receiver_that_is_gone_is_not_asked_again_about_that_event(context: Context, tmp_path: Path) -> None:
    webhooks, recorder, _ = following(context, tmp_path, make_webhook(443, tmp_path))
    happens(context)
    recorder.fails = lambda name: NotDelivered("answered 410", lasting=True)
    webhooks.step()
    assert webhooks.followers[0].seq == 1


def test_one_receiver_that_fails_holds_up_nobody_else(context: Context, tmp_path: Path) -> None:
    other = make_webhook(443, tmp_path, name="other")
    webhooks, recorder, _ = following(context, tmp_path, make_webhook(443, tmp_path), other)
    recorder.fails = lambda name: NotDelivered("down") if name == "crm" else None
    happens(context)
    webhooks.step()
    assert [name for name, _, _ in recorder.taken] == ["other"]


def test_a_receiver_of_one_market_is_told_of_that_market_alone(context: Context, tmp_path: Path) -> None:
    webhooks, recorder, _ = following(context, tmp_path, make_webhook(443, tmp_path, markets=["ie"]))
    happens(context, 0)
    happens(context, 1)
    webhooks.step()
    assert [body["data"]["conversation_id"] for _, _, body in recorder.taken] == ["c-1"]


def test_an_event_that_fits_no_schema_is_left_out(context: Context, tmp_path: Path) -> None:
    webhooks, recorder, _ = following(context, tmp_path, make_webhook(443, tmp_path))
    committed(context.store, lambda uow: uow.events.append(make_event(STARTED, "c-0", data={"odd": 1})))
    happens(context)
    webhooks.step()
    assert [id for _, id, _ in recorder.taken] == ["pointsman-2"]


def test_of_two_processes_one_delivers(context: Context) -> None:
    assert leads(context, "one")
    assert not leads(context, "two")
    assert leads(context, "one")
    stand_down(context, "one")
    assert leads(context, "two")


def test_it_runs_until_it_is_told_to_stop(context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder, stop = Recorder(), threading.Event()
    monkeypatch.setattr("routing.adapters.webhooks.following.Sender", lambda: recorder)
    Positions(tmp_path / "webhooks").keep("crm", 0)
    happens(context)
    recorder.fails = lambda _: stop.set()
    run_webhooks(context, [make_webhook(443, tmp_path)], tmp_path / "webhooks", stop)
    assert [id for _, id, _ in recorder.taken] == ["pointsman-1"]
    assert leads(context, "another")
