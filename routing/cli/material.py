"""What a model is trained on, read from files of messages and packs; rows that cannot be used, with the reason."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from routing.cli.fail import fail

if TYPE_CHECKING:
    from encoders.training import Example, ReadResult, Reject
    from routing.domain.pack import Pack


@dataclass(frozen=True, slots=True)
class Material:
    """What a model is trained on, and how reading its file went."""

    examples: tuple[Example, ...]
    outside: tuple[str, ...]
    read: ReadResult


@contextmanager
def clear_errors() -> Iterator[None]:
    """Anything a user can mend ends the command with one line and status 2."""
    from encoders.errors import EncodersError
    from routing.adapters.pack import PackErrors

    try:
        yield
    except (EncodersError, PackErrors) as error:
        fail(*str(error).splitlines())
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}" if error.filename else str(error))


def gathered(data: Path | None, pack: Path | None) -> Material:
    """Everything in a file or folder of messages, and in a pack."""
    from encoders.training import Example, ReadResult, read_examples
    from routing.adapters.pack import load_pack

    if data is None and pack is None:
        fail("nothing to train on; name labelled messages with --data, or a pack with --pack")
    if pack and not pack.is_dir():
        fail(f"{pack}: no such folder; --pack names a pack, such as `pointsman init` writes")
    loaded = load_pack(pack) if pack else None
    read = read_examples(data, loaded.taxonomy.keys if loaded else None) if data else ReadResult((), ())
    own = tuple(Example(*pair) for pair in loaded.training_examples) if loaded else ()
    return Material((*own, *read.examples), _outside(loaded), read)


def _outside(pack: Pack | None) -> tuple[str, ...]:
    return pack.outside_calibration if pack else ()


def report_rejects(read: ReadResult, path: Path) -> None:
    """Write the refused rows beside the model; without any, an older file does not stay to mislead."""
    for warning in read.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    if not read.rejects:
        path.unlink(missing_ok=True)
        return
    _write_rejects(read.rejects, path)
    print(f"warning: {len(read.rejects)} rows were not used; {path} says why", file=sys.stderr)


def _write_rejects(rejects: Sequence[Reject], path: Path) -> None:
    import csv

    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "line", "reason", "value"])
        writer.writerows([reject.file, reject.line, reject.reason, reject.value] for reject in rejects)
