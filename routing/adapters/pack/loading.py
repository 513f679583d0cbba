"""Checks and loads a pack: everything wrong is told at once, and only a whole pack is handed on."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from routing.adapters.pack.advice import ADVICE
from routing.adapters.pack.build import build_pack
from routing.adapters.pack.conflicts import CONFLICTS
from routing.adapters.pack.coverage import skills_without_cover
from routing.adapters.pack.declared import Declared, counts_of
from routing.adapters.pack.errors import PackError, PackErrors
from routing.adapters.pack.reading import Reading, read_folder, read_single
from routing.adapters.pack.schema import PolicyFile, Table
from routing.adapters.pack.shape import shape_of
from routing.domain.overflow import sentences
from routing.domain.pack import Pack

STARTER_FOLDER = Path(__file__).parent / "starter"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check found. With no errors the pack can be used; warnings say what could be better.

    `overflow` are the rules by which the search for a COp widens, in words; known of a whole pack without errors.
    """

    errors: list[PackError]
    warnings: list[PackError]
    counts: Mapping[str, int]
    overflow: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Examined:
    files: list[Table]
    policies: dict[str, PolicyFile]
    errors: list[PackError]
    declared: Declared


def check_path(path: Path) -> CheckResult:
    """Check a pack's folder, or one file by itself (then without what needs the other files)."""
    reading = read_folder(path) if path.is_dir() else read_single(path)
    examined = _examine(reading)
    warnings = [finding for rule in ADVICE for finding in rule(examined.declared)]
    warnings += [_not_read(file) for file in reading.ignored]
    overflow: tuple[str, ...] = ()
    if path.is_dir() and not examined.errors:
        pack = build_pack(examined.files, examined.policies)
        warnings += skills_without_cover(pack)
        overflow = sentences(pack.overflow, pack.markets)
    return CheckResult(examined.errors, warnings, counts_of(examined.declared), overflow)


def load_pack(folder: Path | None = None) -> Pack:
    """The pack in this folder; None means the starter pack. Raises PackErrors with everything that is wrong."""
    return pack_of(read_folder(folder or STARTER_FOLDER))


def pack_of(reading: Reading) -> Pack:
    """The pack that was read; raises PackErrors with everything that is wrong."""
    examined = _examine(reading)
    if examined.errors:
        raise PackErrors(examined.errors)
    return build_pack(examined.files, examined.policies)


def _examine(reading: Reading) -> _Examined:
    errors = list(reading.errors)
    files: list[Table] = []
    policies: dict[str, PolicyFile] = {}
    for document in reading.documents:
        file, misfits = shape_of(document)
        errors += misfits
        if isinstance(file, PolicyFile):
            policies[document.name] = file
        elif file is not None:
            files.append(file)
    declared = Declared.of(reading)
    errors += [finding for rule in CONFLICTS for finding in rule(declared)]
    return _Examined(files, policies, _in_file_order(errors), declared)


def _in_file_order(errors: list[PackError]) -> list[PackError]:
    return sorted(dict.fromkeys(errors), key=lambda error: error.file)


def _not_read(file: str) -> PackError:
    return PackError(
        file, "", "(not read)", "floor.toml, outside.toml, taxonomy/<family>.toml and policies/<name>.toml"
    )
