"""What a model is trained on, read from files of messages and packs; rows that cannot be used, with the reason."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from routing.cli.cells import as_cell
from routing.cli.fail import fail

if TYPE_CHECKING:
    from encoders.classifier import IntentClassifier
    from encoders.training import Example, ReadResult, Reject, TypeDescription
    from routing.domain.pack import Pack


_SLICES = ("language", "market")


@dataclass(frozen=True, slots=True)
class Material:
    """What a model is trained on, and how reading its file went."""

    examples: tuple[Example, ...]
    outside: tuple[str, ...]
    read: ReadResult
    families: Mapping[str, str] = field(default_factory=dict)
    descriptions: Mapping[str, TypeDescription] = field(default_factory=dict)

    @property
    def slices(self) -> dict[str, list[str]]:
        """Language and market of each example, empty where it has none, as those of a pack have."""
        own = [""] * (len(self.examples) - len(self.read.examples))
        return {name: [*own, *self.read.slices[name]] for name in _SLICES if name in self.read.slices}


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


def gathered(data: Path | None, pack: Path | None, outside: Path | None = None, types: Path | None = None) -> Material:
    """Everything in a file or folder of messages, in a pack, and in files of messages outside and of issue types."""
    from encoders.training import Example, ReadResult, read_descriptions, read_examples
    from encoders.training.hygiene import leaked
    from routing.adapters.pack import load_pack

    if data is None and pack is None and types is None:
        fail("nothing to train on; name labelled messages with --data, a pack with --pack, or issue types with --types")
    if pack and not pack.is_dir():
        fail(f"{pack}: no such folder; --pack names a pack, such as `pointsman init` writes")
    loaded = load_pack(pack) if pack else None
    read = read_examples(data, loaded.taxonomy.keys if loaded else None) if data else ReadResult((), ())
    described = {**_described(loaded), **(read_descriptions(types) if types else {})}
    own = tuple(Example(*pair) for pair in loaded.training_examples) if loaded else ()
    doubts = (*read.warnings, *leaked(read.examples, loaded.held_out_examples if loaded else ()))
    strange = (*(loaded.outside_calibration if loaded else ()), *(_texts(outside) if outside else ()))
    return Material((*own, *read.examples), strange, replace(read, warnings=doubts), _families(loaded), described)


def _texts(path: Path) -> list[str]:
    from encoders.table import Row, read_rows

    rows = (row.values.get("text") for row in read_rows(path, "text") if isinstance(row, Row))
    return [text for text in rows if isinstance(text, str) and text.strip()]


def _described(pack: Pack | None) -> dict[str, TypeDescription]:
    from encoders.training import TypeDescription

    issue_types = pack.taxonomy.issue_types if pack else {}
    return {key: TypeDescription(found.name, found.description) for key, found in issue_types.items()}


def _families(pack: Pack | None) -> dict[str, str]:
    return {key: found.family for key, found in pack.taxonomy.issue_types.items()} if pack else {}


def report_rejects(read: ReadResult, path: Path) -> None:
    """Write the refused rows beside the model; without any, an older file does not stay to mislead.

    Raises TrainingDataError when not one row of the files could be used: a pack alone is not what was asked for.
    """
    from encoders.errors import TrainingDataError

    for warning in read.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    if not read.rejects:
        path.unlink(missing_ok=True)
        return
    _write_rejects(read.rejects, path)
    if not read.examples:
        reason, count = Counter(reject.reason for reject in read.rejects).most_common(1)[0]
        files = ", ".join(sorted({reject.file for reject in read.rejects})[:3])
        raise TrainingDataError(
            f"all {len(read.rejects)} rows of {files} were refused, {count} of them because: {reason}; {path} has each"
        )
    print(f"warning: {len(read.rejects)} rows were not used; {path} says why", file=sys.stderr)


def report_model(classifier: IntentClassifier, material: Material, out: Path) -> None:
    """The report beside a model that was just saved in `out`, and warnings about what it learned from."""
    from encoders.report import report_training

    doubts = report_training(classifier, material.examples, out, material.read.warnings)
    for doubt in doubts[len(material.read.warnings) :]:
        print(f"warning: {doubt}", file=sys.stderr)


def _write_rejects(rejects: Sequence[Reject], path: Path) -> None:
    import csv

    from encoders.text import mask_personal_data

    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "line", "reason", "value"])
        writer.writerows(
            [as_cell(reject.file), reject.line, reject.reason, as_cell(mask_personal_data(reject.value).text)]
            for reject in rejects
        )
