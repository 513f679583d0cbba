"""The lock holds what pyproject.toml asks for, each file by its digest, from no index in particular."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCKS = {"requirements.lock": ("otel", "postgres"), "requirements-dev.lock": ("dev", "otel", "postgres")}
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)
LANGUAGE_MODEL_SDKS = {"anthropic", "cohere", "google-genai", "langchain", "litellm", "mistralai", "openai"}
locks = pytest.mark.parametrize("name", LOCKS)


def text_of(name: str) -> str:
    return (ROOT / "deploy" / name).read_text(encoding="utf-8")


def pinned(name: str) -> dict[str, set[str]]:
    """Package -> versions; several where platforms differ."""
    found: dict[str, set[str]] = {}
    for package, version in PIN.findall(text_of(name)):
        found.setdefault(canonicalize_name(package), set()).add(version)
    return found


def asked(name: str) -> list[Requirement]:
    wanted = [*PROJECT["dependencies"]]
    for extra in LOCKS[name]:
        wanted += PROJECT["optional-dependencies"][extra]
    found = map(Requirement, wanted)
    return [each for each in found if each.name != "pointsman"]


@locks
def test_every_dependency_is_locked_at_a_version_that_is_asked_for(name: str):
    versions = pinned(name)
    for wanted in asked(name):
        found = versions.get(canonicalize_name(wanted.name))
        assert found, f"{wanted.name} is not locked: make lock"
        assert all(wanted.specifier.contains(version, prereleases=True) for version in found), f"{wanted}: make lock"


@locks
def test_every_locked_package_has_a_digest(name: str):
    blocks = re.split(r"(?m)^(?=[A-Za-z0-9])", text_of(name).partition("\n#    make lock\n")[2])
    packages = [block for block in blocks if PIN.match(block)]
    assert len(packages) >= len(pinned(name)) > 80
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}", block) for block in packages)


@locks
def test_the_lock_names_no_place_to_fetch_from(name: str):
    assert not re.search(r"://|--index|--extra-index|--find-links|--trusted-host| @ ", text_of(name))


def test_no_sdk_of_a_language_model_is_installed_with_the_product():
    assert not LANGUAGE_MODEL_SDKS & pinned("requirements.lock").keys()


def test_the_makefile_locks_what_this_test_reads():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert all(f"deploy/{name}" in makefile for name in LOCKS)
    assert "--require-hashes" in makefile and "--strict" in makefile
