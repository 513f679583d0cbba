"""`pointsman handle-times`: from an installation's history to matching parameters, an evaluation and the spread."""

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from builders import FrozenClock, make_context, make_conversation
from doubles import ScriptedMatcher
from handling_logs import Truth, draw
from seeds import committed, read
from typer.testing import CliRunner, Result

from optimizer.handle_times.log import HandlingLog
from optimizer.handle_times.reading import read_log
from optimizer.policy import read_policy
from routing.adapters.sql.schema_version import upgrade
from routing.adapters.sql.unit_of_work import SqlStore
from routing.cli.app import app
from routing.domain.conversation import ConversationId, ConversationState
from routing.domain.cop import CopId, Presence
from routing.domain.outcome import Disposition, WrapUp
from routing.services import matching, offers, presence, wrap_up

ROW = {"issue_type": "fees", "cop_id": "ada", "opened_at": "2026-03-04T12:00:00Z", "working_seconds": 60}


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["handle-times", *(str(argument) for argument in arguments)])


def documents(log: HandlingLog) -> list[dict[str, object]]:
    """The log's rows as a file has them."""
    assert log.cop is not None
    return [
        {
            "conversation_id": f"c-{n}",
            "issue_type": log.issue_type.names[log.issue_type.code[n]],
            "cop_id": log.cop.names[log.cop.code[n]],
            "channel": log.channel.names[log.channel.code[n]],
            "words": log.words[n],
            "opened_at": datetime.fromtimestamp(1.77e9 + log.opened_at[n], UTC).isoformat(),
            "working_seconds": log.working_seconds[n],
            "finished": bool(log.finished[n]),
        }
        for n in range(len(log))
    ]


def write(path: Path, rows: list[dict[str, object]], *more: str) -> Path:
    path.write_text("\n".join([*(json.dumps(row) for row in rows), *more]) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def rows() -> list[dict[str, object]]:
    return documents(draw(Truth(), 4_000, 21, open_share=0.05)[0].log)


@pytest.fixture
def log(rows: list[dict[str, object]], tmp_path: Path) -> Path:
    return write(tmp_path / "log.jsonl", rows)


def test_fitting_writes_parameters_that_the_matcher_reads_and_says_what_makes_work_longer(log, tmp_path):
    out = tmp_path / "matching.toml"
    done = run("fit", log, "--out", out)
    assert done.exit_code == 0, done.output
    assert read_policy(out).matching.pair_log_sd == pytest.approx(0.25, abs=0.06)
    assert "channel channel01:" in done.stdout and "words: +0.2" in done.stdout
    assert "of them still open" in done.stdout


def test_an_evaluation_compares_the_model_with_its_peers(log):
    done = run("evaluate", log, "--json")
    assert done.exit_code == 0, done.output
    scores = json.loads(done.stdout)["scores"]
    assert scores["model"]["loss"] < scores["quantiles of the issue type"]["loss"]
    assert scores["model"]["coverage"] == pytest.approx(0.8, abs=0.05)
    assert "80 % intervals hold" in run("evaluate", log).stdout


def test_the_spread_is_told_with_intervals_and_what_follows(log):
    found = json.loads(run("spread", log, "--json").stdout)
    assert 0.1 < found["pair"]["low"] < found["pair"]["sd"] < found["pair"]["high"] < 0.4
    done = run("spread", log)
    assert "pair_log_sd" in done.stdout and "choosing the COp by their own handle times can gain" in done.stdout


def test_a_csv_teaches_the_same_as_json_lines(rows, log, tmp_path):
    table = tmp_path / "log.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    one, other = (json.loads(run("fit", each, "--json").stdout)["matching"] for each in (log, table))
    assert one == pytest.approx(other)


def test_without_individuals_no_cop_is_read_told_or_compared(log, monkeypatch):
    told = run("fit", log, "--without-individuals", "--json")
    found = json.loads(told.stdout)
    assert not found["individual"]
    assert (found["matching"]["cop_log_sd"], found["matching"]["pair_log_sd"]) == (0.001, 0.001)
    assert "cop0" not in told.stdout
    monkeypatch.setenv("POINTSMAN_INDIVIDUAL_PERFORMANCE", "0")
    assert json.loads(run("fit", log, "--json").stdout) == found
    refused = run("spread", log)
    assert refused.exit_code == 2 and "switched off" in refused.stderr


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"working_seconds": -1}, "working_seconds is not a number from 0 to 86400, found '-1'"),
        ({"working_seconds": "NaN"}, "working_seconds is not a number from 0 to 86400, found 'NaN'"),
        ({"working_seconds": None}, "working_seconds is missing"),
        ({"issue_type": " "}, "issue_type is missing"),
        ({"issue_type": "a" * 200}, "issue_type is not a name"),
        ({"opened_at": "soon"}, "opened_at is not a time such as 2026-03-04T12:00:00Z, found 'soon'"),
        ({"finished": "perhaps"}, "finished is not true or false, found 'perhaps'"),
        ({"concurrency": 0}, "concurrency is not a number from 1 to 1000, found '0'"),
        ({"words": True}, "words is not a number from 0 to 1e+06, found 'True'"),
    ],
)
def test_a_bad_row_is_named_and_left_out(change, reason, rows, tmp_path):
    file = write(tmp_path / "log.jsonl", [*rows[:500], {**ROW, **change}])
    done = run("fit", file, "--json")
    assert done.exit_code == 0, done.output
    assert f"{file}:501: {reason}" in done.stderr
    assert json.loads(done.stdout)["rows"] == 500


def test_what_is_no_json_and_what_is_there_twice_is_left_out(rows, tmp_path):
    read_back = read_log(write(tmp_path / "log.jsonl", [*rows[:20], rows[3]], "{oops", "[1]", ""))
    assert [reject.line for reject in read_back.rejects] == [21, 22, 23]
    assert "the same conversation, COp and time as line 4" in read_back.rejects[0].reason
    assert len(read_back.log) == 20


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "none of 0 rows can be used"),
        ("{}\n", "none of 1 rows can be used; line 1: issue_type is missing"),
        (json.dumps(ROW) + "\n", "1 of 1 conversations are finished; at least 20 are needed"),
    ],
)
def test_a_log_that_teaches_nothing_ends_the_command_with_one_clear_line(text, reason, tmp_path):
    file = tmp_path / "log.jsonl"
    file.write_text(text)
    done = run("fit", file)
    assert done.exit_code == 2
    assert reason in done.stderr


def test_a_table_without_the_needed_columns_and_a_missing_file_are_told(tmp_path):
    table = tmp_path / "log.csv"
    table.write_text("issue_type,seconds\nfees,3\n")
    assert "names no column opened_at, working_seconds" in run("spread", table).stderr
    assert "No such file" in run("evaluate", tmp_path / "nowhere.jsonl").stderr


def test_the_log_itself_is_never_overwritten(log):
    before = log.read_text()
    done = run("fit", log, "--out", log)
    assert done.exit_code == 2 and "would be replaced" in done.stderr
    assert log.read_text() == before


@pytest.fixture
def installation(tmp_path: Path) -> Path:
    """A data folder in whose history ada finished a conversation and works on another."""
    url = f"sqlite:///{tmp_path / 'pointsman.db'}"
    upgrade(url)
    store, clock = SqlStore(url), FrozenClock(datetime.now(UTC) - timedelta(minutes=10))
    context = make_context(store, clock=clock)
    presence.set_presence(context, presence.PresenceChange(CopId("ada"), Presence.AVAILABLE, "test"))
    for id in ("c-1", "c-2"):
        facts = {"issue_type": "card_late", "candidates": (("card_late", 1.0),), "language": "en"}
        waiting = make_conversation(id, state=ConversationState.WAITING, received_at=clock.at, **facts)
        committed(store, lambda uow, added=waiting: uow.conversations.add(added))
        matching.tick(context, ScriptedMatcher(plan=lambda _, id=id: [(id, "ada")]), "main", "one")
        offer = read(store, lambda uow, id=id: uow.offers.pending_for(ConversationId(id)))
        assignment = offers.accept(context, offer.id)
        clock.advance(100)
        if id == "c-1":
            wrap_up.wrap_up(context, assignment.id, WrapUp(Disposition.RESOLVED, 61.0))
    store.close()
    return tmp_path


def test_the_history_of_an_installation_is_exported_as_a_log_that_can_be_read(installation):
    out = installation / "logs" / "log.jsonl"
    done = run("export", "--data-dir", installation, "--out", out)
    assert done.exit_code == 0, done.output
    assert "2 conversations in" in done.stdout and "1 of them still open" in done.stdout
    read_back = read_log(out)
    assert read_back.rejects == ()
    assert read_back.log.finished.tolist() == [True, False]
    assert read_back.log.working_seconds[0] == 61.0
    assert read_back.log.opened_at[1] - read_back.log.opened_at[0] == pytest.approx(100.0)


def test_an_export_without_individuals_names_nobody(installation, monkeypatch):
    monkeypatch.setenv("POINTSMAN_INDIVIDUAL_PERFORMANCE", "false")
    done = run("export", "--data-dir", installation)
    assert done.exit_code == 0, done.output
    assert [json.loads(line)["conversation_id"] for line in done.stdout.splitlines()] == ["c-1", "c-2"]
    assert "ada" not in done.stdout
