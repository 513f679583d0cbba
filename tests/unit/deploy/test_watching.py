"""What deploy/ tells Prometheus and Grafana to watch exists, and every alert has its place in the runbook."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from builders import NOON, make_model
from prometheus_client.parser import text_string_to_metric_families
from rest_door import make_door
from seeds import committed

from routing.domain.drift import DriftCheck, Measure, Measured
from routing.domain.issue import Decision
from routing.domain.model import ModelId, ModelState
from routing.domain.shadow import ShadowTriage

ROOT = Path(__file__).parents[3]
RULES = yaml.safe_load((ROOT / "deploy" / "prometheus" / "alerts.yaml").read_text(encoding="utf-8"))
ALERTS = {rule["alert"]: rule for group in RULES["groups"] for rule in group["rules"]}
BOARD = json.loads((ROOT / "deploy" / "grafana" / "pointsman.json").read_text(encoding="utf-8"))
PANELS = {panel["title"]: panel for panel in BOARD["panels"]}
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
NAME = re.compile(r"\bpointsman_[a-z_]+")
LABELLED = re.compile(r"(pointsman_[a-z_]+)\{([^}]*)\}")
OF_PROMETHEUS = {"job", "le"}


@pytest.fixture(scope="module")
def measured() -> dict[str, set[str]]:
    """Every series of a floor on which each part has something to tell, with its labels."""
    door = make_door()
    store, now = door.context.store, door.clock.now()
    committed(store, lambda uow: uow.models.add(make_model("live", state=ModelState.LIVE)))
    committed(store, lambda uow: uow.models.add(make_model("next", state=ModelState.SHADOW)))
    measures = (Measure(Measured.NOVELTY, 0.4, 0.25, 300, True, "index 0.400"),)
    committed(store, lambda uow: uow.drift_checks.add(DriftCheck("live", now, measures)))
    answer = ShadowTriage("c-1", NOON, ModelId("next"), "live", "a", Decision.AUTO, 0.9, "b", Decision.AUTO, 0.4)
    committed(store, lambda uow: uow.shadow_triages.add_all([answer]))
    door.offered()
    door.begin()
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(door.client.get("/metrics").text):
        kinds = {"counter": f"{family.name}_total"}
        found.setdefault(kinds.get(family.type, family.name), set())
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def expressions() -> list[str]:
    asked = [target["expr"] for panel in PANELS.values() for target in panel["targets"]]
    return [*asked, *(rule["expr"] for rule in ALERTS.values())]


@pytest.mark.parametrize("expression", expressions())
def test_what_is_watched_is_measured(measured: dict[str, set[str]], expression: str):
    names = set(NAME.findall(expression))
    assert names or expression.startswith("up{")
    assert names <= measured.keys(), "no such series"
    for name, labels in LABELLED.findall(expression):
        if measured[name]:
            assert set(re.findall(r"(\w+)\s*(?:=|!=|=~|!~)\s*\"", labels)) <= measured[name]
    grouped = {label.strip() for labels in re.findall(r"by \(([^)]*)\)", expression) for label in labels.split(",")}
    known = set().union(*(measured[name] for name in names))
    assert grouped - OF_PROMETHEUS <= known or not known


def test_a_series_that_does_not_exist_would_be_noticed(measured: dict[str, set[str]]):
    assert "pointsman_waiting" in measured and measured["pointsman_waiting"] == {"family"}
    assert "pointsman_wating" not in measured


def test_the_states_that_are_watched_exist():
    from routing.domain.conversation import ConversationState

    text = json.dumps(RULES)
    asked = set(re.findall(r"pointsman_conversations\{state=\\\"(\w+)", text))
    assert asked and asked <= {str(state) for state in ConversationState}


@pytest.mark.parametrize("name", ALERTS)
def test_every_alert_says_how_bad_it_is_and_what_to_do(name: str):
    rule: dict[str, Any] = ALERTS[name]
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["annotations"]["summary"]
    assert rule["annotations"]["runbook"] == f"docs/runbook.md#{name.lower()}"
    section = RUNBOOK.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
    assert all(word in section for word in ("**Customers:**", "**Look:**", "**Do:**"))


def test_the_runbook_has_nothing_that_no_alert_leads_to():
    assert re.findall(r"^## (\w+)$", RUNBOOK, re.MULTILINE) == list(ALERTS)


def test_panels_have_places_of_their_own():
    places = [tuple(panel["gridPos"].values()) for panel in PANELS.values()]
    assert len(set(places)) == len(BOARD["panels"]) == len(PANELS)
