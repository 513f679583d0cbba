"""`pointsman types`: issue types added, split, merged or retired in a model, with a preview of what it changes."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from routing.cli.fail import fail
from routing.cli.material import clear_errors
from routing.cli.types_listing import preview_lines

if TYPE_CHECKING:
    from encoders.classifier import IntentClassifier
    from encoders.training.taxonomy import Changed, Means, NewType

_Model = Annotated[Path, typer.Option("--model", help="model folder, made by `pointsman train`")]
_Out = Annotated[
    Path | None, typer.Option("--out", help="model folder to write, and nothing else; an older model is replaced")
]
_Preview = Annotated[bool, typer.Option("--preview", help="say what would change, and write nothing")]
_AsJson = Annotated[bool, typer.Option("--json", help="print JSON for a program to read")]
_Outside = Annotated[
    Path | None,
    typer.Option("--outside", help="messages about none of the issue types (CSV or JSONL with text); none are kept"),
]
_Key = Annotated[str, typer.Option("--key", help="the issue type's key")]
_Name = Annotated[str | None, typer.Option("--name", help="what people call it; the key if not given")]
_Description = Annotated[str, typer.Option("--description", help="what it is about, in a sentence or two")]

group = typer.Typer(no_args_is_help=True, help="Issue types of a model: add, split, merge, retire; without retraining.")


def register(app: typer.Typer) -> None:
    """Add the group to `app`."""
    app.add_typer(group, name="types")


@group.command("add")
def add_command(  # noqa: PLR0913, PLR0917 - one parameter an option
    model: _Model,
    key: _Key,
    out: _Out = None,
    name: _Name = None,
    description: _Description = "",
    examples: Annotated[
        Path | None, typer.Option("--examples", help="messages about it (CSV or JSONL with text); a few help much")
    ] = None,
    family: Annotated[str, typer.Option("--family", help="the family it belongs to")] = "",
    outside: _Outside = None,
    preview: _Preview = False,
    as_json: _AsJson = False,
) -> None:
    """Add an issue type, from a name and description alone or with messages too.

    Without messages nothing is promised for it. A message that the model learned as another type moves to this one.
    """
    from encoders.training.taxonomy import add

    with clear_errors():
        new = _new_type(key, name, description, _texts(examples) if examples else (), family)
        _carry_out(_Job(model, out, outside, preview, as_json), lambda found, means: add(found, key, new, means))


@group.command("retire")
def retire_command(  # noqa: PLR0913, PLR0917 - one parameter an option
    model: _Model,
    key: _Key,
    out: _Out = None,
    into: Annotated[
        str | None, typer.Option("--into", help="the type that its messages become; dropped if not given")
    ] = None,
    outside: _Outside = None,
    preview: _Preview = False,
    as_json: _AsJson = False,
) -> None:
    """Retire an issue type: its messages are forgotten, or become another type's."""
    from encoders.training.taxonomy import retire

    with clear_errors():
        _carry_out(_Job(model, out, outside, preview, as_json), lambda found, means: retire(found, key, into, means))


@group.command("merge")
def merge_command(  # noqa: PLR0913, PLR0917 - one parameter an option
    model: _Model,
    keys: Annotated[list[str], typer.Option("--key", help="an issue type to merge; name two or more")],
    into: Annotated[str, typer.Option("--into", help="the key of the whole: one of them, or a new one")],
    out: _Out = None,
    name: _Name = None,
    description: _Description = "",
    outside: _Outside = None,
    preview: _Preview = False,
    as_json: _AsJson = False,
) -> None:
    """Merge several issue types into one."""
    from encoders.training.taxonomy import merge

    with clear_errors():
        new = _new_type(into, name, description, (), "")
        _carry_out(
            _Job(model, out, outside, preview, as_json), lambda found, means: merge(found, keys, into, new, means)
        )


@group.command("split")
def split_command(  # noqa: PLR0913, PLR0917 - one parameter an option
    model: _Model,
    key: _Key,
    types: Annotated[
        Path,
        typer.Option("--types", help="the new types' names and descriptions (JSON, or CSV with key,name,description)"),
    ],
    out: _Out = None,
    examples: Annotated[
        Path | None, typer.Option("--examples", help="messages of the new types: a CSV with text,category, or a JSONL")
    ] = None,
    drop_unsure: Annotated[
        bool, typer.Option("--drop-unsure", help="forget messages that cannot be told apart; else the likeliest type's")
    ] = False,
    outside: _Outside = None,
    preview: _Preview = False,
    as_json: _AsJson = False,
) -> None:
    """Split an issue type: its messages go to the new type whose description and examples they are most like.

    What is dealt by likeness teaches the model and proves nothing: the new types need messages of their own for a
    promise. One of the new types may keep the old key.
    """
    from encoders.training.taxonomy import Unsure, split

    with clear_errors():
        into = _parts(types, examples)
        unsure = Unsure.DROP if drop_unsure else Unsure.LIKELIEST
        job = _Job(model, out, outside, preview, as_json)
        _carry_out(job, lambda found, means: split(found, key, into, means, unsure))


@dataclass(frozen=True, slots=True)
class _Job:
    model: Path
    out: Path | None
    outside: Path | None
    preview: bool
    as_json: bool


def _carry_out(job: _Job, change: Callable[[IntentClassifier, Means], Changed]) -> None:
    from encoders.classifier import IntentClassifier
    from encoders.training.taxonomy import Means

    if job.out is None and not job.preview:
        fail("--out names the folder for the changed model; --preview shows the change without writing one")
    outside = _texts(job.outside) if job.outside else ()
    classifier = IntentClassifier.load(job.model)
    started = perf_counter()
    changed = change(classifier, Means(outside, at=datetime.now(UTC).isoformat(timespec="seconds")))
    found = replace(changed.preview, seconds=round(perf_counter() - started, 2))
    written = job.out if job.out is not None and not job.preview else None
    if written is not None:
        changed.classifier.save(written)
    if job.as_json:
        facts = {"model": str(written) if written else None, "version": changed.classifier.version}
        print(
            json.dumps({**facts, "from_version": classifier.version, **found.as_dict()}, indent=2, ensure_ascii=False)
        )
        return
    for line in preview_lines(found):
        print(line)
    print(f"model {changed.classifier.version} in {written}" if written else "nothing was written")


def _new_type(key: str, name: str | None, description: str, examples: tuple[str, ...], family: str) -> NewType:
    from encoders.training import TypeDescription
    from encoders.training.taxonomy import NewType

    return NewType(TypeDescription(name or key, description), examples, family)


def _parts(types: Path, examples: Path | None) -> dict[str, NewType]:
    from encoders.training import read_descriptions, read_examples
    from encoders.training.taxonomy import NewType

    described = read_descriptions(types)
    read = read_examples(examples, frozenset(described)) if examples else None
    if read and read.rejects:
        first = read.rejects[0]
        print(
            f"warning: {len(read.rejects)} rows were not used; {first.file}:{first.line}: {first.reason}",
            file=sys.stderr,
        )
    taught = read.examples if read else ()
    return {
        key: NewType(about, tuple(one.text for one in taught if one.issue_type == key))
        for key, about in described.items()
    }


def _texts(path: Path) -> tuple[str, ...]:
    from encoders.errors import DataFileError
    from encoders.table import Unreadable, read_rows

    rows = [row for row in read_rows(path, "text") if not isinstance(row, Unreadable)]
    texts = tuple(text for row in rows if isinstance(text := row.values.get("text"), str) and text.strip())
    if not texts:
        raise DataFileError(path, "holds no message; a column or key `text` is read")
    return texts
