"""One mutation of a good pack after the other, and many at once: each is reported with file, path and value."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pack_mutations import ABSENT, ANN, CARDS, FLOOR, GB, LOST, MUTATIONS, Mutation, mutate

from routing.adapters.pack import PackErrors, PackFolder, check_path, load_pack


def findings(folder: Path) -> list[tuple[str, str, str]]:
    return [(error.file, error.path, error.value) for error in check_path(folder).errors]


def test_the_table_is_long_enough() -> None:
    assert len({(m.file, m.steps, str(m.new)) for m in MUTATIONS}) >= 50


def test_the_unchanged_pack_is_faultless(folder: Path) -> None:
    result = check_path(folder)
    assert (result.errors, result.warnings) == ([], [])


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda m: f"{m.path}={m.value[:20]}")
def test_a_mutation_is_told_by_file_path_value_and_what_is_allowed_and_the_pack_before_serves_on(
    mutation: Mutation, files: dict[str, Any], tmp_path: Path, write: Callable[..., Path]
) -> None:
    live = PackFolder(write(tmp_path, files))
    before = live.current()
    mutate(files[mutation.file], mutation)
    folder = write(tmp_path, files)
    found = [e for e in live.reload() if (e.file, e.path, e.value) == mutation[:1] + mutation[3:5]]
    assert len(found) == 1, findings(folder)
    assert mutation.allowed in found[0].allowed
    assert live.current() is before


AT_ONCE = [
    m
    for m in MUTATIONS
    if m.path
    in {
        f"{LOST}.colour",
        f"{LOST}.handle_time_seconds",
        f"{LOST}.skill",
        f"{LOST}.held_out[1]",
        f"{ANN}.markets[1]",
        f"{ANN}.skills.cards",
        f"{ANN}.shift.time_zone",
        f"{ANN}.capacity.fax",
        f"{GB}.languages[0]",
        f"{GB}.opening.end",
        "market[1].key",
        "family.key",
        "issue_type[key=transfer_failed].examples[2]",
        "outside[0].kind",
        "outside[0].held_out[9]",
    }
    and m.new is not ABSENT
    and m.new != -5
    and str(m.new) not in {"nan"}
]


def test_many_mutations_are_told_in_one_run(files: dict[str, Any], tmp_path: Path, write: Callable[..., Path]) -> None:
    for mutation in AT_ONCE:
        mutate(files[mutation.file], mutation)
    told = findings(write(tmp_path, files))
    # With two markets called gb, the first goes by its position.
    expected = {(m.file, m.path.replace(GB, "market[0]"), m.value) for m in AT_ONCE}
    assert len(AT_ONCE) >= 14
    assert expected <= set(told)


def test_one_broken_cop_makes_no_issue_type_look_unserved(
    files: dict[str, Any], tmp_path: Path, write: Callable[..., Path]
) -> None:
    for cop in files[FLOOR]["cop"]:
        cop["capacity"]["chat"] = 99
    assert [value for _, _, value in findings(write(tmp_path, files))] == ["99", "99"]


def test_loading_a_broken_pack_raises_everything_at_once(
    files: dict[str, Any], tmp_path: Path, write: Callable[..., Path]
) -> None:
    files[CARDS]["issue_type"][0]["priority"] = 9
    files[FLOOR]["cop"][0]["markets"] = ["fr"]
    with pytest.raises(PackErrors) as raised:
        load_pack(write(tmp_path, files))
    assert {(e.file, e.value) for e in raised.value.errors} == {(CARDS, "9"), (FLOOR, '"fr"')}
    assert "priority is 9; allowed: a whole number" in str(raised.value)
