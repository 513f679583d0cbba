"""The note beside the models that names the live one: written whole, and refused by name when it is broken."""

import json
from pathlib import Path

import pytest
from builders import NOON

from routing.adapters.models import POINTER, ModelFolder, Training
from routing.domain.errors import Unavailable
from routing.domain.model import Pointer


@pytest.fixture
def folder(tmp_path: Path) -> ModelFolder:
    return ModelFolder(tmp_path / "models", Training("none", 0.05))


def test_a_note_is_read_as_it_was_written(folder: ModelFolder):
    assert folder.pointer() is None
    folder.point(Pointer("two", "one", NOON))
    assert folder.pointer() == Pointer("two", "one")
    assert json.loads((folder.folder / POINTER).read_text())["promoted_at"] == NOON.isoformat()
    assert [path.name for path in folder.folder.iterdir()] == [POINTER]


@pytest.mark.parametrize("broken", ["", "garbage", "{}", "[]", '{"version": 5}', '{"version": "../one"}', "[" * 9_999])
def test_a_broken_note_is_named(folder: ModelFolder, broken: str):
    folder.folder.mkdir()
    (folder.folder / POINTER).write_text(broken)
    with pytest.raises(Unavailable, match=r"live\.json .* remove it and run `pointsman train`"):
        folder.pointer()


def test_a_previous_version_that_leads_out_of_the_folder_is_no_previous_version(folder: ModelFolder):
    folder.folder.mkdir()
    (folder.folder / POINTER).write_text('{"version": "two", "previous": "../../one"}')
    assert folder.pointer() == Pointer("two", None)


def test_only_folders_with_a_manifest_are_models(folder: ModelFolder):
    for name in ("two", "one", ".one.new-1234"):
        (folder.folder / name).mkdir(parents=True)
        (folder.folder / name / "manifest.json").write_text("{}")
    (folder.folder / "notes").mkdir()
    assert folder.versions() == ["one", "two"]
