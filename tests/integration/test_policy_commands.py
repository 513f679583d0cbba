"""`pointsman policy` shows, checks and compares; `pointsman match --tick` tells a kept tick again."""

import json
from datetime import timedelta

import pytest
from builders import NOON, make_conversation, make_cop, make_issue_type, make_taxonomy
from global_matching import GlobalMatcher
from seeds import committed
from typer.testing import CliRunner

from routing.cli.app import app
from routing.domain.conversation import ConversationState
from routing.domain.cop import CopStatus, Presence
from routing.ports import MatchingProblem


@pytest.fixture
def run(own_settings):
    return lambda *arguments: CliRunner().invoke(app, [str(each) for each in arguments])


def test_every_value_is_shown_with_unit_range_and_meaning(run, tmp_path):
    lines = run("policy", "show").stdout.splitlines()
    assert "matching.price_weight\t2.4\tfactor\t0 to 1000\tweight of priced seconds beyond the cheapest COp's" in lines
    file = tmp_path / "policy.toml"
    file.write_text("[pricing]\nslowdown = 0.5\n")
    shown = json.loads(run("policy", "show", file, "--changed", "--json").stdout)
    assert [(each["name"], each["value"]) for each in shown["values"]] == [("pricing.slowdown", 0.5)]


def test_a_broken_policy_is_refused_with_every_fault(run, tmp_path):
    file = tmp_path / "policy.toml"
    file.write_text("[matching]\nprice_weight = -1\n[pricing]\nslow = 1\n")
    result = run("policy", "check", file)
    assert result.exit_code == 2
    assert "matching.price_weight: -1 is not allowed; allowed is a number from 0 to 1000 (factor)" in result.stderr
    assert "pricing.slow" in result.stderr
    assert run("policy", "check", tmp_path / "nowhere.toml").exit_code == 2


def test_two_policies_are_compared_value_by_value(run, tmp_path):
    a, b = tmp_path / "a.toml", tmp_path / "b.toml"
    a.write_text("[matching]\nprice_weight = 2\n")
    b.write_text("")
    result = run("policy", "diff", a, b)
    assert result.exit_code == 1
    assert "matching.price_weight\t2 -> 2.4\tfactor" in result.stdout
    assert run("policy", "diff", a, a).exit_code == 0


def test_a_kept_tick_is_told_again_with_why(run, own_store):
    waiting = make_conversation(
        id="c1", state=ConversationState.WAITING, language="en", candidates=(("cards", 1.0),), waiting_since=NOON
    )
    cop = make_cop("ann", skills={"cards": 0.9}, languages={"en": 1.0})
    status = CopStatus(cop.id, Presence.AVAILABLE, NOON, capacity=cop.capacity)
    taxonomy = make_taxonomy((make_issue_type("cards", skill="cards"),))
    plan = GlobalMatcher().match(
        MatchingProblem(NOON + timedelta(seconds=5), (waiting,), ((cop, status),), taxonomy, ())
    )
    committed(own_store, lambda uow: uow.ticks.keep_snapshot("t1", NOON, plan.snapshot))
    told = json.loads(run("match", "--tick", "t1", "--explain", "--json").stdout)
    assert told["assignments"][0]["cop_id"] == "ann"
    assert told["assignments"][0]["value"] == plan.offers[0].why["value"]
    assert told["explanations"][0]["changes"]
    missing = run("match", "--tick", "t2")
    assert missing.exit_code == 2
    assert "no snapshot is kept of tick t2" in missing.stderr
