"""`pointsman replay` over a real SQLite installation: ticks made, tampered with, and tried by another policy."""

import json
import zlib
from datetime import timedelta

import pytest
import sqlalchemy as sa
from builders import NOON, FixedPacks, FrozenClock, make_context, make_conversation, make_cop, make_pack
from global_matching import GlobalMatcher
from seeds import committed, read
from typer.testing import CliRunner

from optimizer.wire import document_of
from routing.adapters.matcher import packed, unpacked
from routing.adapters.sql.tables import known_times, offers, tick_snapshots
from routing.cli.app import app
from routing.domain.conversation import ConversationState
from routing.domain.cop import Channel, CopId, Presence
from routing.domain.experiment import Arm, ArmPolicy, Experiment, Way
from routing.domain.outcome import HandleTimeStatistics
from routing.services import matching, presence


@pytest.fixture
def ticks(own_store):
    """Three ticks, a minute apart; in the second an offer is refused at its commit."""
    clock = FrozenClock()
    cops = [make_cop(id, markets=frozenset({"uk"}), capacity={Channel.CHAT: 4}) for id in ("ada", "ben")]
    context = make_context(own_store, clock=clock, packs=FixedPacks(make_pack(cops)))
    for cop in cops:
        presence.set_presence(context, presence.PresenceChange(cop.id, Presence.AVAILABLE, "test"))
    known = HandleTimeStatistics("card_late", "ben", 3, 5.0, 0.1)
    committed(own_store, lambda uow: uow.handle_times.save(known))
    made = []
    for minute in range(3):
        for number in range(2):
            wait(own_store, clock.now(), f"c-{minute}{number}", fraud=number == 0)
        clock.advance(60)
        made.append(matching.tick(context, Fickle(context, minute == 1), "main", "one"))
    assert [tick.refused for tick in made] == [0, 1, 0]
    return [tick.id for tick in made]


class Fickle:
    """The real matcher; when told so, a conversation changes while it thinks."""

    def __init__(self, context, changes):
        self.context, self.changes = context, changes

    def match(self, problem):
        plan = GlobalMatcher().match(problem)
        if self.changes:
            committed(self.context.store, lambda uow: uow.conversations.save(problem.conversations[0]))
        return plan


def wait(store, since, id, **changes):
    facts = {"state": ConversationState.WAITING, "issue_type": "card_late", "candidates": (("card_late", 1.0),)}
    made = make_conversation(id, received_at=since, language="en", **facts, **changes)
    committed(store, lambda uow: uow.conversations.add(made))


def tamper(store, tick_id, kept):
    with store.engine.begin() as connection:
        row = tick_snapshots.c.tick_id == tick_id
        connection.execute(tick_snapshots.update().where(row).values(snapshot=kept))


def run(*arguments):
    return CliRunner().invoke(app, ["replay", *(str(each) for each in arguments)])


def test_recorded_ticks_are_solved_to_the_same_bytes_also_where_an_offer_was_refused(ticks):
    result = run()
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == ["replayed\t3", "identical\t3", "different\t0", "skipped\t0"]


def test_ticks_of_the_longest_idle_are_solved_to_the_same_bytes(own_store):
    idle = ArmPolicy("longest_idle", Way.LONGEST_IDLE)
    trial = Experiment(seed=1, arms={Arm.A: idle, Arm.B: idle})
    clock = FrozenClock()
    cops = [make_cop(id, markets=frozenset({"uk"}), capacity={Channel.CHAT: 4}) for id in ("ada", "ben")]
    packs = FixedPacks(make_pack(cops, experiment=trial))
    context = make_context(own_store, clock=clock, packs=packs)
    for cop in cops:
        presence.set_presence(context, presence.PresenceChange(cop.id, Presence.AVAILABLE, "test"))
        clock.advance(7)
    for number in range(3):
        wait(own_store, clock.now(), f"c-{number}")
        made = matching.tick(context, GlobalMatcher(), "main", "one")
        assert (made.solver, made.arm is None) == ("longest_idle", False)
        clock.advance(60)
    result = run()
    assert result.stdout.splitlines() == ["replayed\t3", "identical\t3", "different\t0", "skipped\t0"]


def test_only_ticks_of_the_span_are_solved(ticks):
    second = NOON + timedelta(seconds=120)
    told = json.loads(run("--since", second.isoformat(), "--until", second + timedelta(seconds=1), "--json").stdout)
    assert (told["replayed"], told["identical"]) == (1, 1)


def test_a_tick_that_cannot_be_read_is_named_and_the_others_go_on(own_store, ticks):
    tamper(own_store, ticks[0], b"not a snapshot")
    result = run()
    assert result.exit_code == 0
    assert "identical\t2" in result.stdout
    assert f"skipped\t{ticks[0]}\tcannot be read" in result.stdout


def test_handle_times_are_kept_once_and_other_ones_are_a_difference(own_store, ticks):
    with own_store.engine.begin() as connection:
        [(times,)] = connection.execute(sa.select(known_times.c.content)).all()
        slower = json.loads(zlib.decompress(times))
        slower[0]["mean_log_seconds"] += 2
        connection.execute(known_times.update().values(content=zlib.compress(json.dumps(slower).encode())))
    result = run()
    assert result.exit_code == 1
    assert "different\t3" in result.stdout


def test_a_snapshot_that_holds_its_own_handle_times_is_read_as_before(own_store, ticks):
    snapshot = unpacked(read(own_store, lambda uow: uow.ticks.snapshot(ticks[0])))
    assert [each.cop_id for each in snapshot.handle_times] == ["ben"]
    assert unpacked(zlib.compress(json.dumps(document_of(snapshot)).encode())) == snapshot


def test_a_snapshot_that_was_tampered_with_is_a_difference(own_store, ticks):
    snapshot = unpacked(read(own_store, lambda uow: uow.ticks.snapshot(ticks[2])))
    document = packed(type(snapshot)(**{**fields(snapshot), "cops": snapshot.cops[:0]}))
    tamper(own_store, ticks[2], document)
    result = run()
    assert result.exit_code == 1
    assert "identical\t2\ndifferent\t1" in result.stdout
    assert f"different\t{ticks[2]}\tc-20\trecorded " in result.stdout
    assert "replayed nobody\tCOp" in result.stdout


def fields(record):
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


def test_another_cop_or_another_reason_in_the_record_is_a_difference(own_store, ticks):
    with own_store.engine.begin() as connection:
        mine = offers.c.conversation_id == "c-00"
        why = connection.execute(offers.select().where(mine)).one().why
        connection.execute(offers.update().where(mine).values(why={**why, "value": why["value"] + 1}))
        connection.execute(offers.update().where(offers.c.conversation_id == "c-01").values(cop_id=CopId("zoe")))
    told = json.loads(run("--json").stdout)
    assert told["different"] == 1
    assert [(each["conversation_id"], each["what"]) for each in told["differences"]] == [
        ("c-00", "value"),
        ("c-01", "COp"),
    ]
    assert told["differences"][1]["recorded"] == "zoe"


def test_another_policy_is_tried_on_the_same_ticks(ticks, tmp_path):
    file = tmp_path / "policy.toml"
    file.write_text("[matching]\nmin_proficiency = 1.0\n[pricing]\nslowdown = 0.5\n")
    result = run("--policy", file)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert "identical\t3" in lines
    served = next(line.split("\t") for line in lines if line.startswith("served\t"))
    assert int(served[3]) == int(served[2]) - int(served[1])
    assert "[pricing] of the file has no say" in lines[-1]
    told = json.loads(run("--policy", file, "--json").stdout)["policy"]
    by_name = {each["name"]: each for each in told["figures"]}
    assert by_name["fraud served"]["recorded"] == 4  # the one refused in the second tick was planned again
    assert told["changed_assignments"] == by_name["served"]["recorded"] - by_name["served"]["policy"] > 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--since", "yesterday"), "--since: 'yesterday' is not allowed; allowed is a time"),
        (("--since", "2026-01-02", "--until", "2026-01-01"), "allowed is a time after --since"),
        (("--policy", "nowhere.toml"), "nowhere.toml"),
        (("--data-dir", "nowhere"), "nowhere"),
        (("--since", "2999-01-01"), "no tick is kept of that span"),
    ],
)
def test_wrong_input_ends_with_what_is_allowed(own_store, arguments, said):
    result = run(*arguments)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())
