"""The bytes of a model folder, without a model: what was changed and what does not belong is refused."""

from pathlib import Path

import pytest

from encoders.artifacts import read_artifact, write_artifact
from encoders.errors import ArtifactDamaged, ArtifactForeign


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_artifact(tmp_path / "model", {"head.safetensors": b"\x00\x01\x02\x03"}, {})
    return tmp_path / "model"


def test_a_file_with_one_bit_changed_is_refused(folder: Path) -> None:
    assert read_artifact(folder).files == {"head.safetensors": b"\x00\x01\x02\x03"}
    (folder / "head.safetensors").write_bytes(b"\x00\x01\x02\x02")
    with pytest.raises(ArtifactDamaged, match=r"head\.safetensors"):
        read_artifact(folder)


@pytest.mark.parametrize("name", ["weights.pkl", "model.joblib", "hook.py"])
def test_a_file_that_can_carry_code_is_refused(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"x")
    with pytest.raises(ArtifactForeign, match="can carry code"):
        read_artifact(folder)
