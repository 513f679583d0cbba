"""The live pack: a broken file never replaces a working one."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from routing.adapters.pack import PackErrors, PackFolder
from routing.domain.cop import CopId
from routing.ports import PackSource


def break_floor(folder: Path) -> None:
    floor = folder / "floor.toml"
    floor.write_text(floor.read_text() + "\nbroken")


def rename_ann(folder: Path) -> None:
    floor = folder / "floor.toml"
    floor.write_text(floor.read_text().replace('"Ann"', '"Annabel"'))


def test_it_serves_as_a_source_of_packs(folder: Path) -> None:
    source: PackSource = PackFolder(folder)
    assert source.current().roster[CopId("ann")].name == "Ann"


def test_a_reload_takes_over_what_changed(folder: Path) -> None:
    live = PackFolder(folder)
    before = live.current()
    rename_ann(folder)
    assert live.reload() == []
    assert live.current().roster[CopId("ann")].name == "Annabel"
    assert live.current().version != before.version


def test_a_broken_file_never_replaces_the_working_pack(folder: Path) -> None:
    live = PackFolder(folder)
    before = live.current()
    break_floor(folder)
    problems = live.reload()
    assert [problem.file for problem in problems] == ["floor.toml"]
    assert live.current() is before
    assert live.problems == problems


def test_problems_go_away_when_the_file_is_mended(folder: Path) -> None:
    live = PackFolder(folder)
    good = (folder / "floor.toml").read_text()
    break_floor(folder)
    live.reload()
    (folder / "floor.toml").write_text(good)
    assert live.reload() == []
    assert live.problems == []


def test_a_folder_that_vanishes_leaves_the_pack_working(folder: Path) -> None:
    live = PackFolder(folder)
    folder.rename(folder.with_name("gone"))
    assert not live.reload_if_changed()
    assert live.current().roster
    assert live.problems


def test_a_folder_that_cannot_be_listed_leaves_the_pack_working(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    live = PackFolder(folder)
    monkeypatch.setattr(Path, "glob", locked)
    assert not live.reload_if_changed()
    assert [problem.value for problem in live.problems] == ["(Permission denied)"]
    assert live.current().roster


def test_nothing_is_read_while_nothing_changes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    live = PackFolder(folder)
    monkeypatch.setattr("routing.adapters.pack.folder.load_pack", lambda _: pytest.fail("read again"))
    assert not live.reload_if_changed()


def test_a_changed_file_is_noticed_and_a_broken_one_is_read_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    live = PackFolder(folder)
    rename_ann(folder)
    assert live.reload_if_changed()
    break_floor(folder)
    assert not live.reload_if_changed()
    assert live.problems
    monkeypatch.setattr("routing.adapters.pack.folder.load_pack", lambda _: pytest.fail("read again"))
    assert not live.reload_if_changed()


def test_a_touched_file_with_the_same_content_swaps_nothing(folder: Path) -> None:
    live = PackFolder(folder)
    os.utime(folder / "floor.toml", ns=(1, 1))
    assert not live.reload_if_changed()
    assert live.problems == []


def test_a_new_and_a_removed_file_are_noticed(folder: Path) -> None:
    live = PackFolder(folder)
    (folder / "taxonomy/payments.toml").unlink()
    assert live.reload_if_changed()
    assert "transfer_failed" not in live.current().taxonomy.keys
    (folder / "outside.toml").unlink()
    assert live.reload_if_changed()
    assert live.current().outside_held_out == ()


def test_a_service_cannot_start_on_a_broken_pack(folder: Path) -> None:
    break_floor(folder)
    with pytest.raises(PackErrors):
        PackFolder(folder)


def test_without_a_folder_the_starter_pack_is_live(write: Callable[..., Path]) -> None:
    assert len(PackFolder(None).current().roster) == 40
