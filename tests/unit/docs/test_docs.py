"""The pages say what the product has: commands, variables, routes, states, links."""

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import fields
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
import typer

from optimizer.parameters import MatchingParameters, ranges
from optimizer.policy import read_policy
from routing.cli.app import app
from routing.domain.conversation import ConversationState
from routing.domain.cop import Presence
from routing.domain.offer import AssignmentState, OfferState
from routing.domain.outcome import Disposition
from routing.domain.policy import _ALLOWED
from routing.domain.review import ReviewState
from routing.settings import Settings

ROOT = Path(__file__).parents[3]
PAGES = sorted(
    path
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "deploy").glob("*.md")]
    if path.is_file()
)
CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
CONCEPTS = (ROOT / "docs" / "concepts.md").read_text(encoding="utf-8")
STATES: tuple[type[StrEnum], ...] = (
    ConversationState,
    ReviewState,
    OfferState,
    AssignmentState,
    Presence,
    Disposition,
)
DIAGRAMS = STATES[:4]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
NOT_SETTINGS = {
    "POINTSMAN_CACHE",
    "POINTSMAN_REQUIRE_SERVERS",
    "POINTSMAN_CHROMIUM",
    "POINTSMAN_DATA",
}  # of the test suite alone
by_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())


def commands_of(page: Path) -> list[list[str]]:
    """Every `pointsman ...` line of a page's fenced blocks, split like a shell does, without variables before it."""
    found = []
    for _, block in FENCE.findall(page.read_text(encoding="utf-8")):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line.strip(), comments=True) if "pointsman " in line else []
            while words and re.fullmatch(r"\w+=.*", words[0]):
                words.pop(0)
            if words[:1] == ["pointsman"]:
                found.append(words[1:])
    return found


def links_of(page: Path) -> Iterator[str]:
    """Targets of a page's links and pictures, outside code."""
    prose = re.sub(r"`[^`\n]*`", "", FENCE.sub("", page.read_text(encoding="utf-8")))
    for target in re.findall(r"\]\(([^)\s]+)\)", prose):
        if not re.match(r"[a-z]+:", target):
            yield target


def anchors_of(page: Path) -> set[str]:
    """The anchors that a page's headings make."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def default_of(name: str) -> str:
    """How the table writes a setting's default."""
    default = Settings.model_fields[name].default
    return "unset" if default is None else f"`{default}`"


def rows_of(text: str) -> dict[str, list[str]]:
    """Rows of a page's tables by the code in their first cell."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    return {cells[0].strip("`"): cells[1:] for cells in rows if cells[0].startswith("`")}


def part_about(enum: type[StrEnum]) -> str:
    """The part of the concepts page that is marked as being about an enum."""
    _, _, rest = CONCEPTS.partition(f"<!-- states: {enum.__name__};")
    assert rest, f"docs/concepts.md has no part about {enum.__name__}"
    return rest.partition("```\n\n")[0] if enum in DIAGRAMS else rest.partition("\n\n")[0]


@by_page
def test_every_command_that_a_page_shows_exists_with_its_options(page: Path) -> None:
    # Typer brings a click of its own, so the tree is only looked at by its attributes.
    tree: Any = typer.main.get_command(app)
    for words in commands_of(page):
        command = tree.commands.get(words[0])
        assert words[0] == "--help" or command is not None, f"pointsman {words[0]} does not exist"
        if hasattr(command, "commands"):
            assert words[1] in command.commands, f"pointsman {words[0]} has no {words[1]}"
            command = command.commands[words[1]]
        if command is not None:
            known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
            used = {word.partition("=")[0] for word in words[1:] if word.startswith("-")}
            assert used <= known | {"--help"}, f"pointsman {words[0]} has no {used - known}"


def test_the_quickstart_shows_the_way_from_a_pack_to_retraining() -> None:
    shown = {words[0] for words in commands_of(ROOT / "docs" / "quickstart.md")}
    assert {"init", "check", "train", "evaluate", "classify", "doctor", "serve"} <= shown


@by_page
def test_every_variable_that_a_page_names_is_a_setting(page: Path) -> None:
    named = set(re.findall(r"POINTSMAN_[A-Z_]+[A-Z]", page.read_text(encoding="utf-8")))
    assert named - NOT_SETTINGS - {f"POINTSMAN_{name.upper()}" for name in Settings.model_fields} == set()


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_documented_with_its_default(name: str) -> None:
    row = rows_of(CONFIGURATION)[f"POINTSMAN_{name.upper()}"]
    assert row[0] == default_of(name)


@pytest.mark.parametrize("name", sorted(set(_ALLOWED) & set(Settings.model_fields)))
def test_the_allowed_range_of_a_policy_is_documented(name: str) -> None:
    low, high = _ALLOWED[name]
    assert rows_of(CONFIGURATION)[f"POINTSMAN_{name.upper()}"][1] == f"{low:g} to {high:g}"


@pytest.mark.parametrize("name", [field.name for field in fields(MatchingParameters)])
def test_every_matching_parameter_is_documented_with_default_and_range(name: str) -> None:
    value, allowed = getattr(MatchingParameters(), name), ranges()[name]
    shown = ", ".join(f"{each:g}" for each in value) if isinstance(value, tuple) else f"{value:g}"
    page = (ROOT / "docs" / "matching.md").read_text(encoding="utf-8")
    assert rows_of(page)[name][:3] == [shown, f"{allowed.low:g} to {allowed.high:g}", allowed.unit]


def test_the_example_of_a_matching_file_is_accepted(tmp_path: Path) -> None:
    [shown] = [block for kind, block in FENCE.findall(CONFIGURATION) if kind == "toml"]
    file = tmp_path / "matching.toml"
    file.write_text(shown)
    assert read_policy(file).matching.time_limit_seconds == 0.3


def test_the_numbers_of_the_readme_are_those_of_the_committed_result() -> None:
    result = json.loads((ROOT / "benchmarks/matching/results/matching.json").read_text(encoding="utf-8"))
    largest = max(result["floors"], key=lambda floor: floor["size"]["n_waiting"] * floor["size"]["n_cops"])
    times = largest["arrays_in_to_checked_plan_out_ms"]
    expected = [round(times[kind][share]) for kind in ("processor", "clock") for share in ("p50", "p95")]
    readme = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Measured")[2].partition("\n## ")[0]
    assert [int(number) for number in re.findall(r"(\d+) ms", readme)] == expected
    assert max(peer["largest_gap"] for peer in result["beside_scipy"]) == 0
    assert "the same value as scipy" in " ".join(readme.split())


@pytest.mark.parametrize("enum", DIAGRAMS, ids=lambda enum: enum.__name__)
def test_a_state_diagram_has_exactly_the_states_of_the_domain(enum: type[StrEnum]) -> None:
    edges = re.findall(r"^\s+(\S+) --> (\w+)", part_about(enum), re.MULTILINE)
    assert {state for edge in edges for state in edge} - {"[*]"} == {str(member) for member in enum}


@pytest.mark.parametrize("enum", (Presence, Disposition), ids=lambda enum: enum.__name__)
def test_the_words_of_a_choice_are_those_of_the_domain(enum: type[StrEnum]) -> None:
    assert {str(member) for member in enum} <= set(re.findall(r"`(\w+)`", part_about(enum)))


@by_page
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for target in links_of(page):
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        assert found.exists(), f"{target} does not exist"
        assert not anchor or anchor in anchors_of(found), f"{target}: no such heading"


@by_page
def test_no_page_names_a_path_of_somebody_s_machine(page: Path) -> None:
    assert re.findall(r"(?<![\w.])/(?:home|root|work|Users)/\S+", page.read_text(encoding="utf-8")) == []


ROUTES = (
    ("post", "/v1/triage"),
    ("post", "/v1/conversations"),
    ("get", "/v1/conversations"),
    ("get", "/v1/conversations/{conversation_id}"),
    ("post", "/v1/conversations/{conversation_id}/messages"),
    ("get", "/v1/conversations/{conversation_id}/explanation"),
    ("get", "/v1/cops"),
    ("put", "/v1/cops/{cop_id}/presence"),
    ("get", "/v1/cops/{cop_id}/offers"),
    ("post", "/v1/offers/{offer_id}/accept"),
    ("post", "/v1/offers/{offer_id}/decline"),
    ("post", "/v1/assignments/{assignment_id}/wrap-up"),
    ("post", "/v1/assignments/{assignment_id}/transfer"),
    ("get", "/v1/reviews"),
    ("post", "/v1/reviews/{review_id}/claim"),
    ("post", "/v1/reviews/{review_id}/verdict"),
    ("post", "/v1/reviews/{review_id}/skip"),
    ("get", "/v1/floor"),
    ("get", "/v1/taxonomy"),
    ("get", "/v1/events"),
    ("get", "/livez"),
    ("get", "/readyz"),
    ("get", "/startupz"),
    ("get", "/metrics"),
)


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_every_route_that_was_promised_is_in_the_published_contract(method: str, path: str) -> None:
    contract = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))
    assert method in contract["paths"].get(path, {})


@by_page
def test_every_route_that_a_page_names_is_in_the_published_contract(page: Path) -> None:
    contract = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))
    known = {(method, re.sub(r"{\w+}", "{}", path)) for path, found in contract["paths"].items() for method in found}
    named = re.findall(
        r"`(GET|POST|PUT) (/(?:v1/[\w/{}-]+|livez|readyz|startupz|metrics))", page.read_text(encoding="utf-8")
    )
    for method, path in named:
        assert (method.lower(), re.sub(r"{\w+}", "{}", path)) in known, f"{method} {path}"
