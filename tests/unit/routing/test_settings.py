"""Settings come from the environment; what is empty there is refused by name, never read as something else."""

import pytest
import typer
from pydantic import ValidationError

from routing.cli import configuration
from routing.settings import Settings

PATHS = [name for name, field in Settings.model_fields.items() if "Path" in str(field.annotation)]


@pytest.mark.parametrize("said", ["", " "])
@pytest.mark.parametrize("name", PATHS)
def test_an_empty_path_is_refused_and_not_taken_for_the_folder_one_stands_in(
    monkeypatch: pytest.MonkeyPatch, name: str, said: str
):
    monkeypatch.setenv(f"POINTSMAN_{name.upper()}", said)
    with pytest.raises(ValidationError, match="is empty; allowed: "):
        Settings()


@pytest.mark.parametrize("name", ["database_url", "kafka_bootstrap", "kafka_prefix", "encoder", "port", "log_level"])
def test_whatever_else_is_empty_is_refused_too(monkeypatch: pytest.MonkeyPatch, name: str):
    monkeypatch.setenv(f"POINTSMAN_{name.upper()}", "")
    with pytest.raises(ValidationError, match="is empty"):
        Settings()


def test_the_command_line_names_the_variable_and_what_is_allowed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("POINTSMAN_TOKENS_FILE", "")
    with pytest.raises(typer.Exit) as ended:
        configuration.settings()
    told = capsys.readouterr().err
    assert ended.value.exit_code == 2
    assert "POINTSMAN_TOKENS_FILE: is empty; allowed: TOML file of token digests" in told and "leave it out" in told


def test_what_is_left_out_is_the_default(monkeypatch: pytest.MonkeyPatch):
    for name in PATHS:
        monkeypatch.delenv(f"POINTSMAN_{name.upper()}", raising=False)
    found = Settings()
    assert found.tokens_file is None and found.matching is None and str(found.data_dir) == "pointsman-data"
