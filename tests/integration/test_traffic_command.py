"""`pointsman traffic`: what was recorded becomes a scenario that the simulated floor takes."""

from datetime import timedelta
from pathlib import Path

import pytest
from builders import NOON, FixedPacks, make_context, make_conversation, make_cop, make_issue_type, make_pack
from builders import make_taxonomy as taxonomy_of
from seeds import committed
from typer.testing import CliRunner

from routing.adapters.memory import MemoryStore
from routing.cli.app import app
from routing.domain.conversation import ConversationState
from routing.domain.cop import Channel, CopId
from routing.domain.errors import Invalid
from routing.domain.offer import Assignment, AssignmentId, AssignmentState, OfferId
from routing.domain.traffic import Traffic
from routing.services.context import Context
from routing.services.traffic import recorded
from simulation.comparison import find_scenario
from simulation.floor import simulate
from simulation.recorded import as_toml, scenario_document

TYPES = [make_issue_type(key, skill=key) for key in ("cards", "loans")]
SINCE, UNTIL = NOON - timedelta(hours=2), NOON


@pytest.fixture
def context() -> Context:
    """Two hours in which forty customers wrote, most of them in the second; every fifth left after ten minutes."""
    cops = [make_cop(id, skills={"cards": 0.9, "loans": 0.9}, capacity={Channel.CHAT: 2}) for id in ("ada", "ben")]
    found = make_context(MemoryStore(), packs=FixedPacks(make_pack(cops, taxonomy=taxonomy_of(TYPES))))
    for at in range(40):
        write(found, at)
    return found


def write(context: Context, at: int) -> None:
    begun = SINCE + timedelta(minutes=30 if at < 8 else 90, seconds=at)
    left = at % 5 == 0
    ended = begun + timedelta(minutes=10 if left else 1)
    conversation = make_conversation(
        f"c-{at}",
        market="uk",
        received_at=begun,
        state=ConversationState.ABANDONED if left else ConversationState.CLOSED,
        issue_type=TYPES[at % 2].key,
        language="en" if at % 4 else "fr",
        answered_at=None if left else ended,
        ended_at=ended,
    )
    committed(context.store, lambda uow: uow.conversations.add(conversation))
    if not left:
        committed(context.store, lambda uow: uow.assignments.add(assignment(at, conversation.id, ended)))


def assignment(at: int, conversation_id, started) -> Assignment:
    seconds = 100.0 if at % 2 else 300.0
    return Assignment(
        AssignmentId(f"a-{at}"),
        OfferId(f"o-{at}"),
        conversation_id,
        CopId("ada" if at % 3 else "ben"),
        Channel.CHAT,
        started,
        TYPES[at % 2].key,
        AssignmentState.WRAPPED_UP,
        started + timedelta(seconds=seconds),
        None,
        seconds,
    )


def traffic_of(context: Context) -> Traffic:
    return recorded(context, "main", SINCE, UNTIL)


def test_the_scenario_has_the_numbers_that_were_recorded(context: Context) -> None:
    found = scenario_document(traffic_of(context))
    arrivals, customers, staff = found["arrivals"], found["customers"], found["staff"]
    assert arrivals["profile"] == [0, 0, 0.25, 0, 0, 0, 1.0, 0]
    assert arrivals["per_minute"] == pytest.approx(32 / 15, abs=1e-4)
    assert arrivals["languages"] == {"en": 30, "fr": 10}
    assert found["issues"]["handle_seconds"] == [100.0, 300.0]
    assert customers["patience_seconds"] == [pytest.approx((8 * 600 + 32 * 60) / 8)] * 3
    assert (staff["cops"], staff["slots"], staff["skills"]) == (2, [2, 2], [2, 2])


def test_the_written_scenario_reads_and_is_simulated(context: Context, tmp_path: Path) -> None:
    path = tmp_path / "yesterday.toml"
    path.write_text(as_toml(scenario_document(traffic_of(context))))
    result = simulate(find_scenario(str(path)), "longest_idle", 3)
    assert result.arrived > 0
    assert set(result.by_language) <= {"en", "fr"}


def test_a_span_or_a_group_without_traffic_is_named(context: Context) -> None:
    with pytest.raises(Invalid, match="--since and --until"):
        recorded(context, "main", SINCE - timedelta(days=9), SINCE)
    with pytest.raises(Invalid, match="--group is None; allowed: one of france, main"):
        recorded(context, None, SINCE, UNTIL)


def test_one_end_of_a_span_is_not_enough(tmp_path: Path) -> None:
    asked = ["traffic", "--out", str(tmp_path / "x.toml"), "--since", "2026-11-21"]
    result = CliRunner().invoke(app, asked)
    assert result.exit_code == 2
    assert "--since and --until: one of the two is missing" in result.stderr
    assert not (tmp_path / "x.toml").exists()
