"""The command line itself: help that answers at once, wrong settings told in plain words, never a traceback."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
from installation import COMMAND, Installation, installed

HEAVY = ("torch", "sentence_transformers", "ortools", "faiss", "sklearn", "fastapi", "sqlalchemy", "numpy", "pydantic")
COMMANDS = (
    "init",
    "check",
    "train",
    "evaluate",
    "classify",
    "match",
    "demo",
    "serve",
    "consume",
    "relay",
    "migrate",
    "doctor",
    "token",
)
LOADED_AFTER_HELP = f"""
import sys
sys.argv = ["pointsman", "--help"]
from routing.cli import main
try:
    main()
except SystemExit as ended:
    assert ended.code == 0, ended.code
print("loaded:", *sorted(set({HEAVY!r}) & set(sys.modules)))
"""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Installation]:
    with installed(tmp_path, cold=True) as installation:
        yield installation


def test_help_names_every_command_and_loads_nothing_heavy():
    done = subprocess.run([sys.executable, "-c", LOADED_AFTER_HELP], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "loaded:"
    assert all(f" {command} " in done.stdout for command in COMMANDS)


def test_the_installed_command_answers_help(home: Installation):
    assert COMMAND.exists()
    assert "Usage: pointsman" in home.run("--help").stdout


def test_the_installed_command_names_its_version(home: Installation):
    assert home.run("--version").stdout == f"pointsman {version('pointsman')}\n"


def test_help_and_errors_are_plain_text_where_nobody_watches(home: Installation):
    shown = home.run("train", "--help").stdout + home.run("train", "--seed", "one", code=2).stderr
    assert "all-MiniLM-L6-v2" in shown.replace("-\n                          ", "-")
    assert "--seed" in shown
    assert shown.isascii(), "no frames, no colours"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("POINTSMAN_PORT", "eight thousand", "POINTSMAN_PORT"),
        ("POINTSMAN_PORT", "70000", "POINTSMAN_PORT"),
        ("POINTSMAN_THREADS", "0", "POINTSMAN_THREADS"),
        ("POINTSMAN_TARGET_ERROR", "1.5", "POINTSMAN_TARGET_ERROR"),
        ("POINTSMAN_TICK_SECONDS", "-1", "tick_seconds"),
        ("POINTSMAN_OFFER_TTL_SECONDS", "nan", "offer_ttl_seconds"),
        ("POINTSMAN_LOG_LEVEL", "LOUD", "POINTSMAN_LOG_LEVEL"),
    ],
)
def test_a_wrong_setting_is_named(home: Installation, name: str, value: str, told: str):
    home.variables = {name: value, "POINTSMAN_KAFKA_BOOTSTRAP": "127.0.0.1:9"}
    done = home.run("consume", code=2)
    assert told in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("role", ["consume", "relay"])
def test_a_kafka_role_without_kafka_ends_and_names_the_variable(home: Installation, role: str):
    assert "POINTSMAN_KAFKA_BOOTSTRAP" in home.run(role, code=2).stderr


def test_listening_beyond_loopback_without_tokens_is_refused(home: Installation):
    done = home.run("serve", "--host", "0.0.0.0", code=2)
    assert "POINTSMAN_TOKENS_FILE" in done.stderr
    assert not list(home.data_dir.glob("*.db")), "nothing was begun"


def test_a_tokens_file_that_cannot_be_used_ends_serving(home: Installation):
    tokens = home.folder / "tokens.toml"
    tokens.write_text('[[token]]\nname = "robot"\nroles = ["emperor"]\n')
    home.variables = {"POINTSMAN_TOKENS_FILE": str(tokens)}
    done = home.run("serve", code=2)
    assert "token 1.roles" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_that_is_taken_ends_serving_with_the_fix(home: Installation):
    with socket.create_server(("127.0.0.1", home.port)):
        done = home.run("serve", code=2)
    assert str(home.port) in done.stderr
    assert "POINTSMAN_PORT" in done.stderr


def test_migrating_again_changes_nothing(home: Installation):
    home.run("migrate")
    before = sorted(path.name for path in home.data_dir.iterdir())
    assert "current schema" in home.run("migrate").stdout
    assert sorted(path.name for path in home.data_dir.iterdir()) == before


def test_a_data_directory_that_cannot_be_made_is_named_without_a_traceback(home: Installation):
    blocker = home.folder / "blocker"
    blocker.write_text("a file, where a folder is needed")
    for command in ("migrate", "serve"):
        done = home.run(command, "--data-dir", blocker, code=2)
        assert str(blocker) in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.postgres
def test_a_server_database_that_was_not_migrated_is_named_before_serving(home: Installation, postgres_database):  # type: ignore[no-untyped-def]
    home.variables = {"POINTSMAN_DATABASE_URL": postgres_database()}
    assert "pointsman migrate" in home.run("serve", code=2).stderr


@pytest.mark.parametrize("url", ["postgresql+psycopg://nobody@127.0.0.1:9/none", "nonsense", "martian://x/y"])
def test_a_database_that_cannot_be_used_ends_serving_without_a_traceback(home: Installation, url: str):
    home.variables = {"POINTSMAN_DATABASE_URL": url}
    for command in ("serve", "migrate"):
        done = home.run(command, code=2)
        assert "database" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_broken_pack_ends_serving_with_every_error(home: Installation):
    pack = home.folder / "pack"
    home.run("init", pack)
    floor = pack / "floor.toml"
    text = floor.read_text(encoding="utf-8").replace('start = "08:00"', 'start = "8 o\'clock"', 1)
    floor.write_text(text.replace("cards = 0.9", "cards = 9.0", 1), encoding="utf-8")
    checked = json.loads(home.run("check", pack, "--json", code=1).stdout)
    done = home.run("serve", "--pack", pack, code=2)
    assert len(checked["errors"]) == 2
    assert all(error["path"] in done.stderr for error in checked["errors"])
