"""The list of deliberate faults, and a copy of the tree to plant them in."""

import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import cache_from_source
from pathlib import Path

ROOT = Path(__file__).parents[2]
LIST = Path(__file__).with_name("faults.toml")


class NoLongerFits(Exception):
    """The text that a fault would replace is not there, or not once: the code changed, and the fault must follow."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One place of a file, as it is and as it would be wrong."""

    file: str
    old: str
    new: str

    def of(self, text: str) -> str:
        """The file's text with the fault in it; NoLongerFits."""
        found = text.count(self.old)
        if found != 1:
            raise NoLongerFits(f"{self.file}: the old text stands there {found} times, not once")
        return text.replace(self.old, self.new)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is done wrong, and the tests of which every one must turn red."""

    name: str
    edits: tuple[Edit, ...]
    tests: tuple[str, ...]

    @property
    def files(self) -> tuple[str, ...]:
        """Where it is planted, each file once."""
        return tuple(dict.fromkeys(edit.file for edit in self.edits))

    def texts(self, root: Path) -> dict[Path, str]:
        """What its files would hold; NoLongerFits."""
        texts: dict[Path, str] = {}
        for edit in self.edits:
            path = root / edit.file
            texts[path] = edit.of(texts.get(path) or path.read_text(encoding="utf-8"))
        return texts


def listed() -> tuple[Fault, ...]:
    """Every fault of the list."""
    found = tomllib.loads(LIST.read_text(encoding="utf-8"))["fault"]
    return tuple(Fault(each["name"], tuple(_edits(each)), tuple(each["tests"])) for each in found)


def _edits(fault: dict[str, object]) -> Iterator[Edit]:
    """One place a fault; `also` names further ones of the same file, where no single place does the harm."""
    file = str(fault["file"])
    for each in (fault, *fault.get("also", ())):  # type: ignore[misc]
        yield Edit(file, each["old"], each["new"])


def copy_tree(to: Path) -> None:
    """All that git knows or would know of the working tree, as it is now."""
    asked = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listing = subprocess.run(asked, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, listing.split("\0")):
        if (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, to / name)


@contextmanager
def planted(fault: Fault, root: Path) -> Iterator[None]:
    """The tree under `root` has the fault until the end."""
    wrong = fault.texts(root)
    right = {path: path.read_text(encoding="utf-8") for path in wrong}
    _write(wrong)
    try:
        yield
    finally:
        _write(right)


def _write(texts: dict[Path, str]) -> None:
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")
        # Compiled code counts as new by second and size, and both can be the same.
        Path(cache_from_source(str(path))).unlink(missing_ok=True)
