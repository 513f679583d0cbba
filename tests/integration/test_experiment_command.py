"""`pointsman experiment` over a real SQLite installation on which two policies took turns for sixteen hours."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from builders import FixedPacks, FrozenClock, make_context, make_conversation
from global_matching import GlobalMatcher
from seeds import committed, read
from small_pack import Messages, write_pack
from typer.testing import CliRunner, Result

from routing.adapters.pack import load_pack
from routing.adapters.sql.unit_of_work import SqlStore
from routing.cli.app import app
from routing.domain.conversation import ConversationState
from routing.domain.experiment import Arm, Experiment
from routing.domain.outcome import Disposition, WrapUp
from routing.domain.pack import Pack
from routing.services import matching, offers, presence, wrap_up
from routing.services.context import Context
from routing.settings import Settings

START = datetime(2025, 3, 3, tzinfo=UTC)
HOURS = 16
EXPERIMENT = """
[experiment]
name = "dearer-time"
baseline = "greedy"
candidate = "dearer"
start = "2025-03-03T00:00Z"
end = "2025-03-03T16:00Z"
seed = 3
"""
TYPES = {key: Messages([f"{key} one", f"{key} two"], [f"{key} three"]) for key in ("card_late", "card_lost")}
WAITS = {Arm.A: 60, Arm.B: 20}
HANDLED = {Arm.A: 300.0, Arm.B: 240.0}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_settings: Settings) -> Path:
    found = write_pack(tmp_path / "pack", {"cards": TYPES}, ["ada", "ben"])
    floor = found / "floor.toml"
    floor.write_text(floor.read_text() + EXPERIMENT)
    (found / "policies").mkdir()
    (found / "policies" / "dearer.toml").write_text("[matching]\nprice_weight = 4\n")
    monkeypatch.setenv("POINTSMAN_PACK", str(found))
    return found


@pytest.fixture
def store(folder: Path, own_store: SqlStore) -> SqlStore:
    return own_store


def live(store: SqlStore, pack: Pack, hours: int = HOURS) -> list[str]:
    """Two customers an hour, who wait and are worked on for as long as the policy in turn makes them; ids of ticks."""
    clock = FrozenClock(START)
    context = make_context(store, clock=clock, packs=FixedPacks(pack))
    experiment = pack.experiment
    assert experiment is not None
    for cop in pack.roster.values():
        presence.set_presence(context, presence.PresenceChange(cop.id, presence.Presence.AVAILABLE, "test"))
    return [serve_two(context, clock, experiment, START + timedelta(hours=hour)) for hour in range(hours)]


def serve_two(context: Context, clock: FrozenClock, experiment: Experiment, hour: datetime) -> str:
    clock.at = hour + timedelta(minutes=20)
    arm = experiment.turn("uk", clock.at).arm
    for number in range(2):
        facts = {"issue_type": "card_late", "candidates": (("card_late", 1.0),), "market": "gb", "language": "en"}
        id = f"c-{hour:%H}{number}"
        made = make_conversation(id, received_at=clock.at, state=ConversationState.WAITING, **facts)
        committed(context.store, lambda uow, c=made: uow.conversations.add(c))
    clock.advance(WAITS[arm])
    tick = matching.tick(context, GlobalMatcher(), "uk", "one")
    assert tick is not None
    for offer in read(context.store, lambda uow: uow.offers.pending()):
        assignment = offers.accept(context, offer.id)
        wrap_up.wrap_up(context, assignment.id, WrapUp(Disposition.RESOLVED, HANDLED[arm]))
    return tick.id


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def analysed() -> dict[str, Any]:
    result = run("experiment", "analyse", "--json")
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout))


def test_the_effect_on_waits_and_handle_times_is_found_with_its_interval(store: SqlStore, folder: Path) -> None:
    live(store, load_pack(folder))
    told = analysed()
    assert told["blocks"] == {"kept": 16, "silent": 0, "astray": 0}
    assert (told["customers"], told["crossed"]) == (32, 0.0)
    figures = {each["name"]: each for each in told["measures"]}
    for name, a, b in (("mean wait", 60, 20), ("handle time", 300, 240)):
        effect = figures[name]["effect"]
        assert (effect["a"], effect["b"], effect["pairs"], effect["customers"]) == (a, b, 8, 32)
        assert (effect["mean"], effect["low"], effect["high"]) == (b - a, b - a, b - a)
    assert figures["answered in time"]["effect"]["mean"] == 0
    assert figures["abandonment"]["refusal"] == "nobody is recorded as having left before an answer"
    a, b = told["arms"]
    assert (a["policy"], a["solvers"], b["policy"], b["solvers"]) == ("greedy", ["greedy"], "dearer", ["min_cost_flow"])
    assert len(b["versions"]) == 1


def test_the_table_says_the_same(store: SqlStore, folder: Path) -> None:
    live(store, load_pack(folder))
    lines = run("experiment", "analyse").stdout.splitlines()
    assert "mean wait\t60.0 s\t20.0 s\t-40.0 s\t-40.0 s to -40.0 s *\t8\t32\t0.0 s" in lines
    assert "blocks\t16 kept\t0 without a recorded tick\t0 not as drawn" in lines


def test_too_few_blocks_are_refused_with_the_reason(store: SqlStore, folder: Path) -> None:
    live(store, load_pack(folder), hours=10)
    result = run("experiment", "analyse")
    assert result.exit_code == 1
    assert "5 pairs of blocks are too few for an interval; it takes 6" in result.stdout
    assert "blocks\t10 kept\t6 without a recorded tick\t0 not as drawn" in result.stdout


def test_a_block_that_another_policy_had_is_not_counted(store: SqlStore, folder: Path) -> None:
    live(store, load_pack(folder))
    floor = folder / "floor.toml"
    floor.write_text(floor.read_text().replace("seed = 3", "seed = 4"))
    result = run("experiment", "analyse", "--json")
    blocks = json.loads(result.stdout)["blocks"]
    assert blocks["astray"] > 0
    assert blocks["kept"] + blocks["astray"] == 16


def test_every_tick_of_either_arm_replays_to_the_same_bytes(store: SqlStore, folder: Path) -> None:
    live(store, load_pack(folder))
    result = run("replay")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[:3] == ["replayed\t16", "identical\t16", "different\t0"]


def test_a_tick_explains_whose_turn_it_was(store: SqlStore, folder: Path) -> None:
    pack = load_pack(folder)
    for tick in live(store, pack, hours=2):
        record = read(store, lambda uow, id=tick: uow.ticks.find(id))
        text = run("match", "--tick", tick, "--explain").stdout
        assert f"experiment dearer-time: policy {record.arm} ({record.policy_version}) in block {record.block}" in text
        told = json.loads(run("match", "--tick", tick, "--json").stdout)
        drawn = {"name": "dearer-time", "arm": record.arm, "block": record.block, "propensity": 0.5}
        assert told["experiment"] == drawn
        assert told["solver"] == record.solver


def test_it_is_shown_with_what_differs_between_the_policies(folder: Path) -> None:
    told = json.loads(run("experiment", "show", "--json").stdout)
    assert told["pairs_of_blocks"] == 8
    assert told["policy a"] == "greedy, a plain rule"
    assert told["differences"] == [{"name": "matching.price_weight", "a": 2.4, "b": 4.0}]
    assert "fast_lane\texempt" in run("experiment", "show").stdout.splitlines()


def test_the_schedule_has_every_turn_and_can_be_cut(folder: Path) -> None:
    turns = json.loads(run("experiment", "schedule", "--json").stdout)
    assert len(turns) == 16
    assert all({a["arm"], b["arm"]} == {"a", "b"} for a, b in zip(turns[::2], turns[1::2], strict=True))
    cut = run("experiment", "schedule", "--since", "2025-03-03T04:00", "--until", "2025-03-03T06:00").stdout
    assert [line.split("\t")[0] for line in cut.splitlines()[1:]] == [turns[4]["begins"], turns[5]["begins"]]


def test_a_pack_without_an_experiment_says_where_to_write_one(folder: Path) -> None:
    floor = folder / "floor.toml"
    floor.write_text(floor.read_text().replace(EXPERIMENT, ""))
    result = run("experiment", "show")
    assert result.exit_code == 2
    assert "write a table [experiment] into floor.toml" in result.output
