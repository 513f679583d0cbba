"""The doctor: every missing thing is found at once, with its fix; a whole installation is found whole."""

import json
import socket
from pathlib import Path

import pytest
from bank import Bank
from installation import installed
from servers import processes

FIXES = {
    "pack": "pointsman check",
    "database": "pointsman migrate",
    "model": "pointsman train",
    "exposure": "POINTSMAN_TOKENS_FILE",
    "port": "POINTSMAN_PORT",
    "kafka": "POINTSMAN_KAFKA_BOOTSTRAP",
    "encoder": "POINTSMAN_ENCODER",
}


def test_the_doctor_names_everything_that_is_missing_and_its_fix(tmp_path: Path):
    pack = tmp_path / "pack"
    pack.mkdir()
    variables = {
        "POINTSMAN_PACK": str(pack),
        "POINTSMAN_HOST": "0.0.0.0",
        "POINTSMAN_KAFKA_BOOTSTRAP": f"127.0.0.1:{processes.free_port()}",
        "POINTSMAN_ENCODER": "no-such-encoder",
    }
    with installed(tmp_path / "home", variables) as home, socket.create_server(("0.0.0.0", home.port)):
        findings = json.loads(home.run("doctor", "--json", code=1).stdout)
        assert not list(home.data_dir.glob("*.db")), "looking changes nothing"
    assert not [finding for finding in findings if finding["ok"] and finding["fix"]], "what is well needs no fix"
    wrong = {finding["part"]: finding["fix"] for finding in findings if not finding["ok"]}
    assert set(wrong) == set(FIXES)
    assert all(fix in wrong[part] for part, fix in FIXES.items()), wrong


def test_the_doctor_finds_a_whole_installation_whole(tmp_path: Path, small_bank: Bank):
    with installed(tmp_path / "home", {"POINTSMAN_PACK": str(small_bank.pack)}, small_bank.models) as home:
        home.run("migrate")
        done = home.run("doctor")
        assert "WRONG" not in done.stdout
        assert "12 issue types, 4 COps" in done.stdout


def test_the_doctor_finds_a_damaged_model_and_an_old_schema(tmp_path: Path, small_bank: Bank):
    with installed(tmp_path / "home", {"POINTSMAN_PACK": str(small_bank.pack)}, small_bank.models) as home:
        heads = next((home.data_dir / "models").glob("*/*.safetensors"))
        heads.write_bytes(heads.read_bytes()[:-1])
        findings = {each["part"]: each for each in json.loads(home.run("doctor", "--json", code=1).stdout)}
    assert heads.name in findings["model"]["detail"]
    assert not findings["database"]["ok"]


def test_the_doctor_finds_a_data_directory_that_cannot_be_had_and_makes_none(tmp_path: Path):
    blocker = tmp_path / "blocker"
    blocker.write_text("a file, where a folder is needed")
    with installed(tmp_path / "home") as home:
        findings = json.loads(home.run("doctor", "--json", "--data-dir", blocker / "below", code=1).stdout)
        missing = tmp_path / "not-there-yet"
        home.run("doctor", "--data-dir", missing, code=1)
    disk = next(finding for finding in findings if finding["part"] == "disk")
    assert not disk["ok"]
    assert str(blocker) in disk["detail"]
    assert "POINTSMAN_DATA_DIR" in disk["fix"]
    assert not missing.exists(), "looking changes nothing"


@pytest.mark.parametrize("setting", ["POINTSMAN_PORT"])
def test_the_doctor_itself_refuses_settings_that_cannot_be_read(tmp_path: Path, setting: str):
    with installed(tmp_path, {setting: "x"}) as home:
        assert setting in home.run("doctor", code=2).stderr
