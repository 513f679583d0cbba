"""Probes of the roles without a door: what they answer, to whom, and when a role counts as well."""

import json
import threading
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from routing.adapters.kafka.runner import supervise
from routing.adapters.probes import STEADY_SECONDS, Fares, Role, probed


class Hands:
    """A clock the test moves."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def hands() -> Hands:
    return Hands()


def role(fares: Fares, parts: Mapping[str, str] | None = None) -> Role:
    return Role("relay", fares, lambda: parts or {"database": "ok"})


def test_a_role_is_well_until_it_fails_and_again_when_an_attempt_has_lasted(hands: Hands):
    fares = Fares(hands)
    assert (fares.begun, fares.state) == (False, "starting")
    fares.attempt()
    assert (fares.begun, fares.state) == (True, "ok")
    fares.failed("NoBrokersAvailable")
    fares.attempt()
    assert fares.state == "NoBrokersAvailable"
    hands.at += STEADY_SECONDS
    assert (fares.state, fares.failures) == ("ok", 1)


def test_ready_means_that_the_role_and_its_parts_are_and_never_says_why_not(hands: Hands):
    fares = Fares(hands)
    fares.attempt()
    assert role(fares).answer("/readyz")[0] == 200
    assert role(fares, {"pack": "ok; the changed pack has errors"}).answer("/readyz")[0] == 200
    status, _, body = role(fares, {"database": "no route to db-3.internal"}).answer("/readyz")
    assert status == 503
    assert json.loads(body)["parts"] == {"database": "unavailable", "relay": "ok"}
    fares.failed("secret")
    status, _, body = role(fares).answer("/readyz")
    assert status == 503 and "secret" not in body


def test_the_probes_answer_over_http_as_long_as_the_block_runs(hands: Hands):
    fares = Fares(hands)
    with probed(role(fares), "127.0.0.1", 0) as port:
        address = f"http://127.0.0.1:{port}"
        assert httpx.get(f"{address}/livez").json() == {"status": "alive"}
        assert httpx.get(f"{address}/startupz").status_code == 503
        fares.attempt()
        assert httpx.get(f"{address}/startupz?x=1").status_code == 200
        assert httpx.get(f"{address}/v1/conversations").status_code == 404
        assert httpx.post(f"{address}/readyz").status_code == 501
        families = {f.name: f for f in text_string_to_metric_families(httpx.get(f"{address}/metrics").text)}
        assert families["pointsman_role_up"].samples[0].value == 1
        assert families["pointsman_role_failures"].samples[0].labels == {"role": "relay"}
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{address}/livez")


def test_without_a_port_nothing_listens():
    with probed(role(Fares()), "127.0.0.1", None) as port:
        assert port is None


def test_the_supervisor_tells_how_its_work_fares():
    stop, fares, seen = threading.Event(), Fares(), []

    def work() -> None:
        seen.append(fares.state)
        if len(seen) == 1:
            raise TimeoutError("a customer's words")
        stop.set()

    supervise("relay", work, stop, fares)
    assert seen == ["ok", "TimeoutError"]
    assert fares.failures == 1


def test_looking_at_a_role_loads_no_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from routing.adapters.classifier import LiveClassifier
    from routing.bootstrap import build, health_without_model
    from routing.settings import Settings

    monkeypatch.setattr(LiveClassifier, "health", property(lambda _: pytest.fail("the model was looked at")))
    service = build(Settings(data_dir=tmp_path))
    assert health_without_model(service) == {"database": "ok", "pack": "ok"}
    service.store.close()
