"""Models over REST: listed, shown, promoted through the gate, rolled back; drift and the shadow for who looks on."""

from pathlib import Path
from typing import Any

import pytest
from builders import FixedPacks, make_model, make_pack
from doubles import ScriptedModel
from rest_door import Door, bearer, make_door, write_tokens
from seeds import committed

from routing.domain.drift import DriftCheck, Measure, Measured
from routing.domain.issue import Decision
from routing.domain.model import ModelId, ModelState
from routing.domain.shadow import ShadowTriage
from routing.services import models

TEXTS = [f"somebody took card number {number}" for number in range(20)]
MONA = bearer("mona")


@pytest.fixture
def door(tmp_path: Path) -> Door:
    held_out = tuple((text, "card_lost") for text in TEXTS)
    made = make_door(write_tokens(tmp_path / "tokens.toml"), packs=FixedPacks(make_pack(held_out_examples=held_out)))
    right = ScriptedModel(dict.fromkeys(TEXTS, "card_lost"))
    made.service.models.models = {"old": right, "good": right, "bad": ScriptedModel({})}
    for version in ("old", "good", "bad"):
        models.register(made.context, made.service.models, version, "trainer")
    models.promote(made.context, made.service.models, "old", models.Authority("trainer"))
    return made


def states(door: Door) -> dict[str, str]:
    items = door.client.get("/v1/models", headers=MONA).json()["items"]
    return {item["version"]: item["state"] for item in items}


def post(door: Door, path: str, key: str | None = None, **body: Any) -> Any:
    headers = {**MONA, **({"Idempotency-Key": key} if key else {})}
    return door.client.post(path, json=body, headers=headers)


def test_models_are_listed_with_their_states(door: Door):
    assert states(door) == {"old": "live", "good": "candidate", "bad": "candidate"}


def test_a_model_is_shown_with_its_thresholds_and_history(door: Door):
    shown = door.client.get("/v1/models/old", headers=MONA).json()
    assert (shown["state"], shown["thresholds"], shown["changed_files"]) == ("live", {"threshold": 0.5}, [])
    assert [event["kind"] for event in shown["history"]] == ["model.swapped", "model.registered"]
    assert door.client.get("/v1/models/ol", headers=MONA).status_code == 404


def test_a_promotion_and_a_rollback_change_which_is_live(door: Door):
    reply = post(door, "/v1/models/good/promote", reason="monthly").json()
    assert (reply["promoted"], reply["previous"], reply["model"]["changed_by"]) == (True, "old", "mona")
    assert states(door)["good"] == "live"
    assert post(door, "/v1/models/rollback", reason="complaints").json()["version"] == "old"
    assert states(door) == {"old": "live", "good": "retired", "bad": "candidate"}


def test_the_gate_refuses_with_its_reasons_and_force_needs_one(door: Door):
    refused = post(door, "/v1/models/bad/promote").json()
    assert refused["promoted"] is False
    assert refused["assessment"]["reasons"][0].startswith("all messages: 20 right before, 0 now")
    assert next(each["name"] for each in refused["assessment"]["slices"] if each["worse"]) == "all messages"
    bare = post(door, "/v1/models/bad/promote", force=True)
    assert (bare.status_code, bare.json()["type"]) == (409, "urn:pointsman:problem:refused")
    assert states(door)["old"] == "live"
    assert post(door, "/v1/models/bad/promote", force=True, reason="new rules").json()["promoted"] is True


def test_a_rollback_sent_again_with_its_key_goes_back_once(door: Door):
    post(door, "/v1/models/good/promote")
    first = post(door, "/v1/models/rollback", key="k-1", leaving="good")
    again = post(door, "/v1/models/rollback", key="k-1", leaving="good")
    assert first.json() == again.json()
    assert states(door)["old"] == "live"


def test_what_cannot_be_done_is_a_problem_with_its_reason(door: Door):
    assert post(door, "/v1/models/old/promote").status_code == 409
    assert post(door, "/v1/models/nobody/promote").status_code == 404
    assert post(door, "/v1/models/rollback").json()["detail"].startswith("no model was live before")
    assert door.client.get("/v1/models/shadow", headers=MONA).status_code == 409


def test_drift_is_shown_and_measured(door: Door):
    assert door.client.get("/v1/models/drift", headers=MONA).json() == {
        "model": None,
        "checked_at": None,
        "measures": [],
    }
    measures = (
        Measure(Measured.NOVELTY, 0.4, 0.25, 300, True, "index 0.400"),
        Measure(Measured.OVERRIDES, None, None, 3, False, "too few"),
    )
    check = DriftCheck("old", door.clock.now(), measures)
    committed(door.context.store, lambda uow: uow.drift_checks.add(check))
    shown = door.client.get("/v1/models/drift", headers=MONA).json()
    assert [(each["name"], each["value"], each["alarm"]) for each in shown["measures"]] == [
        ("novelty", 0.4, True),
        ("overrides", None, False),
    ]
    text = door.client.get("/metrics", headers=MONA).text
    assert 'pointsman_drift{measure="novelty"} 0.4' in text
    assert 'pointsman_drift_alarm{measure="novelty"} 1.0' in text
    assert 'pointsman_drift_alarm{measure="overrides"} 0.0' in text
    assert 'pointsman_drift{measure="overrides"}' not in text
    assert 'pointsman_model{state="live",version="old"} 1.0' in text


def test_a_shadows_differences_are_shown_and_counted(door: Door):
    row = ShadowTriage(
        "c-1", door.clock.now(), ModelId("s"), "old", "card_lost", Decision.AUTO, 0.9, "card_late", Decision.REVIEW, 0.4
    )
    committed(door.context.store, lambda uow: uow.models.add(make_model("s", state=ModelState.SHADOW)))
    committed(door.context.store, lambda uow: uow.shadow_triages.add_all([row]))
    shown = door.client.get("/v1/models/shadow", headers=MONA).json()
    assert (shown["model"], shown["messages"], shown["agreement"]) == ("s", 1, 0.0)
    assert shown["types"] == [{"before": "card_lost", "now": "card_late", "messages": 1}]
    assert shown["sample"][0]["conversation_id"] == "c-1"
    assert door.client.get("/v1/models/shadow?model=other", headers=MONA).json()["messages"] == 0
    text = door.client.get("/metrics", headers=MONA).text
    assert "pointsman_shadow_messages 1.0" in text
    assert "pointsman_shadow_agreement 0.0" in text
