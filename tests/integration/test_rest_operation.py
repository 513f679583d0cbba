"""Probes and metrics."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from rest_door import LOCAL, Door, bearer, make_door, write_tokens
from starlette.testclient import TestClient


class Loops:
    """A background that notes what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.state = "ok"
        self.rounds = 0

    def start(self) -> None:
        self.told.append("start")

    def stop(self) -> None:
        self.told.append("stop")

    def health(self) -> Mapping[str, str]:
        return {"loop triage": self.state}

    def begun(self) -> bool:
        return self.rounds > 0


@pytest.fixture
def tokens(tmp_path: Path) -> Path:
    return write_tokens(tmp_path / "tokens.toml")


@pytest.fixture
def door(tokens: Path) -> Door:
    return make_door(tokens)


def samples(door: Door) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    text = door.client.get("/metrics", headers=bearer("root")).text
    families = text_string_to_metric_families(text)
    return {(s.name, tuple(sorted(s.labels.items()))): s.value for family in families for s in family.samples}


def test_a_living_process_says_so(door: Door):
    assert door.client.get("/livez").json() == {"status": "alive"}


def test_ready_means_that_every_part_is(door: Door):
    reply = door.client.get("/readyz")
    assert (reply.status_code, reply.json()) == (200, {"status": "ready", "parts": {"database": "ok", "model": "ok"}})


def test_a_part_that_is_wrong_is_named_and_explained_only_to_those_we_know(door: Door):
    door.service.health = lambda: {"database": "no route to db-3.internal", "model": "ok"}
    stranger, known = door.client.get("/readyz"), door.client.get("/readyz", headers=bearer("mona"))
    assert (stranger.status_code, known.status_code) == (503, 503)
    assert stranger.json()["parts"] == {"database": "unavailable", "model": "ok"}
    assert door.client.get("/readyz", headers=bearer("ada")).json() == stranger.json()
    assert known.json()["parts"] == {"database": "no route to db-3.internal", "model": "ok"}


def test_a_loop_that_fails_makes_the_service_unready(tokens: Path):
    loops = Loops()
    door = make_door(tokens, loops)
    assert door.client.get("/readyz").status_code == 200
    loops.state = "failed 3 times: TimeoutError"
    assert door.client.get("/readyz").json()["parts"]["loop triage"] == "unavailable"


def test_the_start_is_over_when_every_loop_has_ended_a_round(tokens: Path, door: Door):
    loops = Loops()
    starting = make_door(tokens, loops)
    assert starting.client.get("/startupz").status_code == 503
    loops.rounds, loops.state = 1, "failed once: TimeoutError"
    assert starting.client.get("/startupz").json() == {"status": "begun"}
    assert door.client.get("/startupz").status_code == 200, "without loops there is nothing to wait for"


def test_a_stopping_server_is_not_ready(door: Door):
    door.app.state.stopping.set()
    assert door.client.get("/readyz").status_code == 503


def test_the_loops_run_as_long_as_the_application(tokens: Path):
    loops = Loops()
    door = make_door(tokens, loops)
    with TestClient(door.app, base_url=LOCAL) as client:
        client.get("/livez")
        assert loops.told == ["start"]
    assert loops.told == ["start", "stop"]


def test_the_metrics_show_the_queues(door: Door):
    door.available()
    door.begin()
    door.understand()
    door.clock.advance(400)
    seen = samples(door)
    family = (("family", "cards"),)
    assert seen["pointsman_waiting", family] == 1
    assert seen["pointsman_oldest_wait_seconds", family] == 400
    assert seen["pointsman_past_target", family] == 1
    assert seen["pointsman_decisions_last_hour", (("decision", "auto"),)] == 1
    assert seen["pointsman_outbox_pending", ()] == 1


def test_the_metrics_show_offers_and_ticks(door: Door):
    door.offered("ada")
    seen = samples(door)
    assert seen["pointsman_offers_pending", ()] == 1
    assert seen["pointsman_tick_offered", (("group", "main"),)] == 1


def test_requests_are_counted_by_route_and_never_by_id(door: Door):
    for number in range(3):
        door.client.get(f"/v1/conversations/c-{number}", headers=door.robot)
    door.client.get("/wp-login.php")
    seen = samples(door)
    route = "/v1/conversations/{conversation_id}"
    assert seen["pointsman_http_requests_total", (("method", "GET"), ("route", route), ("status", "404"))] == 3
    labels = (("method", "GET"), ("route", "unmatched"), ("status", "404"))
    assert seen["pointsman_http_requests_total", labels] == 1
    assert seen["pointsman_http_request_seconds_count", (("method", "GET"), ("route", route))] == 3


def test_the_metrics_survive_a_store_that_does_not_answer(door: Door, monkeypatch: pytest.MonkeyPatch):
    def silent() -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(door.context.store, "reading", silent)
    assert samples(door)["pointsman_store_up", ()] == 0


def test_two_applications_count_apart(tokens: Path):
    one, two = make_door(tokens), make_door(tokens)
    one.client.get("/livez")
    labels = (("method", "GET"), ("route", "/livez"), ("status", "200"))
    assert ("pointsman_http_requests_total", labels) not in samples(two)
