"""The compose file and the Dockerfile name only what the product has."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from api.roles import Role
from api.token_file import read_tokens
from routing.settings import Settings

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "pointsman"}
SETTINGS = {f"POINTSMAN_{name.upper()}" for name in Settings.model_fields}


def test_the_roles_the_database_and_the_broker_are_all_there() -> None:
    assert set(OURS) == {"migrate", "serve", "consume", "relay"}
    assert set(SERVICES) - set(OURS) == {"postgres", "kafka"}


@pytest.mark.parametrize("name", OURS)
def test_every_variable_of_a_service_is_a_setting(name: str) -> None:
    assert set(OURS[name]["environment"]) - SETTINGS == set()


@pytest.mark.parametrize("name", OURS)
def test_a_service_s_variables_are_accepted_by_the_settings(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in OURS[name]["environment"].items():
        monkeypatch.setenv(variable, interpolated(value))
    assert Settings().sqlalchemy_url == "postgresql+psycopg://pointsman:secret@postgres:5432/pointsman"


@pytest.mark.parametrize("name", OURS)
def test_a_service_s_command_is_one_of_the_product_s(name: str) -> None:
    program = [sys.executable, "-c", "from routing.cli import main; main()"]
    asked = subprocess.run([*program, *OURS[name]["command"], "--help"], capture_output=True, text=True, check=False)
    assert asked.returncode == 0, asked.stderr


def test_the_tokens_file_that_the_readme_shows_is_accepted(tmp_path: Path) -> None:
    shown = re.search(r"```toml\n(.*?)```", (DEPLOY / "README.md").read_text(), re.DOTALL)
    assert shown is not None
    file = tmp_path / "tokens.toml"
    file.write_text(shown[1].replace('"..."', f'"{"0" * 64}"'))
    assert [token.roles for token in read_tokens(file)] == [{Role.MANAGER}]


def test_the_image_s_health_check_asks_a_path_and_a_port_that_the_service_has() -> None:
    asked = re.search(r"http://127\.0\.0\.1:(\d+)(/\w+)", DOCKERFILE)
    assert asked is not None
    assert int(asked[1]) == Settings.model_fields["port"].default
    assert any(f'"{asked[2]}"' in file.read_text() for file in (ROOT / "api").rglob("*.py"))


def interpolated(value: str) -> str:
    """The value as compose passes it on: a required variable is `secret`, an optional one its default."""
    value = re.sub(r"\$\{\w+:\?[^}]*\}", "secret", value)
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value)


def test_variables_that_the_image_sets_are_settings() -> None:
    named = set(re.findall(r"\b(POINTSMAN_\w+)=", DOCKERFILE))
    assert named
    assert named - SETTINGS == set()


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_waits_only_for_services_that_exist_and_in_a_way_they_can_fulfil(name: str) -> None:
    for awaited, how in SERVICES[name].get("depends_on", {}).items():
        if how["condition"] == "service_healthy":
            assert "test" in SERVICES[awaited]["healthcheck"]
        else:
            assert SERVICES[awaited]["restart"] == "no"


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_published_on_loopback_only(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name].get("ports", []))


@pytest.mark.parametrize("name", SERVICES)
def test_no_password_is_written_into_the_file(name: str) -> None:
    for variable, value in SERVICES[name]["environment"].items():
        if "PASSWORD" in variable or ("://" in value and "@" in value):
            assert "${POSTGRES_PASSWORD:?" in value, variable


def test_volumes_and_secrets_that_services_use_are_declared() -> None:
    for service in SERVICES.values():
        assert {volume.split(":")[0] for volume in service.get("volumes", [])} <= set(COMPOSE["volumes"])
        assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])


def test_secret_files_stay_out_of_git() -> None:
    ignored = (DEPLOY / ".gitignore").read_text().split()
    assert {Path(secret["file"]).name for secret in COMPOSE["secrets"].values()} | {".env"} <= set(ignored)


def test_what_the_image_is_built_from_exists_and_is_not_ignored() -> None:
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE)
    sources = [source.rstrip("/") for line in copied for source in line.split()]
    kept = (DEPLOY / "Dockerfile.dockerignore").read_text().split()
    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert [source for source in sources if f"!{source}" not in kept] == []


def test_the_image_runs_without_root() -> None:
    final_stage = DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]
    assert re.search(r"^USER (?!0\b|root\b)\S+$", final_stage, re.MULTILINE)
