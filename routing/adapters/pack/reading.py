"""Reads the TOML files of a pack and tells which kind each one is."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from routing.adapters.pack.errors import PackError, clipped
from routing.adapters.pack.schema import FileKind

FLOOR_NAME = "floor.toml"
OUTSIDE_NAME = "outside.toml"
TAXONOMY_FOLDER = "taxonomy"
POLICIES_FOLDER = "policies"
LARGEST_FILE_BYTES = 20_000_000

_AT = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")
_TABLES_OF = {
    "family": FileKind.TAXONOMY,
    "issue_type": FileKind.TAXONOMY,
    "market": FileKind.FLOOR,
    "cop": FileKind.FLOOR,
    "outside": FileKind.OUTSIDE,
    "matching": FileKind.POLICY,
    "pricing": FileKind.POLICY,
}


@dataclass(frozen=True, slots=True)
class Document:
    """One file that is TOML, whatever it says. `file` is relative to the pack's folder."""

    file: str
    kind: FileKind
    data: dict[str, Any]

    @property
    def name(self) -> str:
        """The file's own name, without folder and ending: what a policy file is called by."""
        return Path(self.file).stem


@dataclass(frozen=True, slots=True)
class Reading:
    """What could be read of a pack. `unread` are the kinds of which some file could not be."""

    documents: tuple[Document, ...]
    errors: tuple[PackError, ...]
    unread: frozenset[FileKind]
    ignored: tuple[str, ...] = ()


def pack_files(folder: Path) -> list[tuple[Path, FileKind]]:
    """The files a pack consists of, whether they exist or not, in a fixed order."""
    taxonomy = [(path, FileKind.TAXONOMY) for path in _toml_files(folder / TAXONOMY_FOLDER)]
    outside = folder / OUTSIDE_NAME
    extra = [(outside, FileKind.OUTSIDE)] if _may_exist(outside) else []
    policies = [(path, FileKind.POLICY) for path in _toml_files(folder / POLICIES_FOLDER)]
    return [(folder / FLOOR_NAME, FileKind.FLOOR), *taxonomy, *extra, *policies]


def read_folder(folder: Path) -> Reading:
    """Every file of a pack; one that cannot be read does not stop the others."""
    documents: list[Document] = []
    errors: list[PackError] = []
    unread: set[FileKind] = set()
    for path, kind in pack_files(folder):
        data = read_toml(path, path.relative_to(folder).as_posix())
        if isinstance(data, PackError):
            errors.append(data)
            unread.add(kind)
        else:
            documents.append(Document(path.relative_to(folder).as_posix(), kind, data))
    if not any(kind is FileKind.TAXONOMY for _, kind in pack_files(folder)):
        errors.append(PackError(TAXONOMY_FOLDER, "", "(no *.toml file)", "at least one file taxonomy/<family>.toml"))
        unread.add(FileKind.TAXONOMY)
    return Reading(tuple(documents), tuple(errors), frozenset(unread), _ignored(folder))


def read_single(path: Path) -> Reading:
    """One file of any kind, recognised by its tables."""
    data = read_toml(path, path.name)
    if isinstance(data, PackError):
        return Reading((), (data,), frozenset(FileKind))
    kind = kind_of(data)
    if kind is None:
        allowed = "tables [family] and [[issue_type]], or [[market]] and [[cop]], or [[outside]], or [matching]"
        error = PackError(path.name, "", clipped(", ".join(data) or "(empty)"), allowed)
        return Reading((), (error,), frozenset(FileKind))
    # A family is one of many; the floor and the outside file are whole by themselves.
    whole = {kind} - {FileKind.TAXONOMY}
    return Reading((Document(path.name, kind, data),), (), frozenset(FileKind) - whole)


def kind_of(data: dict[str, Any]) -> FileKind | None:
    """Which kind of file has these tables; None when it is none of ours."""
    return next((kind for table, kind in _TABLES_OF.items() if table in data), None)


def read_toml(path: Path, file: str) -> dict[str, Any] | PackError:
    """The content of a TOML file, or why it cannot be read."""
    text = ""
    try:
        if path.stat().st_size > LARGEST_FILE_BYTES:
            return PackError(file, "", f"{path.stat().st_size} bytes", f"at most {LARGEST_FILE_BYTES} bytes")
        # Editors on Windows begin UTF-8 files with a byte-order mark.
        text = path.read_bytes().decode("utf-8-sig")
        return tomllib.loads(text)
    except UnicodeDecodeError as error:
        return PackError(file, f"byte {error.start}", f"0x{error.object[error.start]:02x}", "text in UTF-8")
    except ValueError as error:
        return _syntax_error(file, text, str(error))
    except RecursionError:
        return PackError(file, "", "(nested too deeply)", "tables and lists a few levels deep")
    except OSError as error:
        return PackError(file, "", clipped(f"({error.strerror or error})"), "a TOML file that can be read")


def _syntax_error(file: str, text: str, message: str) -> PackError:
    at = _AT.search(message)
    what = _AT.sub("", message)
    if at is None:
        return PackError(file, "", "(not TOML)", f"TOML: {clipped(what)}")
    lines = text.replace("\r\n", "\n").split("\n")
    line, column = (int(at[1]), int(at[2])) if at[1] else (len(lines), len(lines[-1]) + 1)
    return PackError(
        file, f"line {line}, column {column}", clipped(lines[line - 1].strip()) or "(end)", f"TOML: {what}"
    )


def _toml_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.toml") if not path.name.startswith("."))


def _may_exist(path: Path) -> bool:
    """False only when the file is surely absent; one behind a locked door is reported by reading it."""
    try:
        return path.exists()
    except OSError:
        return True


def _ignored(folder: Path) -> tuple[str, ...]:
    """TOML files that somebody may believe to be part of the pack."""
    read = {path for path, _ in pack_files(folder)}
    nested = [path for name in (TAXONOMY_FOLDER, POLICIES_FOLDER) for path in (folder / name).glob("*/*.toml")]
    found = {*_toml_files(folder), *nested}
    return tuple(path.relative_to(folder).as_posix() for path in sorted(found - read))
