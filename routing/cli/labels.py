"""`pointsman labels suspects`: labels that look wrong, for people to fix, with what fixing them would change."""

from __future__ import annotations

import csv
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from routing.cli.cells import as_cell
from routing.cli.fail import fail
from routing.cli.material import clear_errors
from routing.cli.progress import shown

if TYPE_CHECKING:
    from encoders.training import Example
    from encoders.training.suspects import Effect, Suspect

_MOST_SHOWN = 20
_MOST_SEED = 2**32 - 1
_ENCODER = "all-MiniLM-L6-v2"
_COLUMNS = ("place", "given", "proposed", "margin", "text")
labels_app = typer.Typer(no_args_is_help=True, help="Look after labelled messages.")


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    labels_app.command("suspects")(suspects_command)
    app.add_typer(labels_app, name="labels")


@labels_app.callback()
def _labels() -> None:
    """Look after labelled messages."""


def suspects_command(  # noqa: PLR0913, PLR0917 - one parameter an option
    data: Annotated[
        Path, typer.Option("--data", help="labelled messages: a CSV with text,category, a JSONL, or a folder of them")
    ],
    pack: Annotated[
        Path | None,
        typer.Option("--pack", help="look at this pack's messages too; its issue types are the allowed ones"),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="CSV to write: place, given, proposed, margin, text")
    ] = None,
    encoder: Annotated[str, typer.Option("--encoder", help="sentence-transformers model, by name or path")] = _ENCODER,
    seed: Annotated[int, typer.Option("--seed", min=0, max=_MOST_SEED, help="equal input and seed give one list")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON for a program to read")] = False,
) -> None:
    """List labels that models which had not seen the message contradict, the surest first. Nothing is changed."""
    from encoders.encoder import load_encoder
    from encoders.training.out_of_fold import out_of_fold
    from encoders.training.suspects import effect_of_fixing, find_suspects

    _require_place(out, data)
    with clear_errors(), shown("suspects") as progress:
        rows = _rows(data, pack)
        found = out_of_fold([row.example for row in rows], load_encoder(encoder), seed, progress)
        suspects = find_suspects(found)
        effect = effect_of_fixing(found, suspects)
        if out is not None:
            _write(out, [_document(rows, suspect) for suspect in suspects])
    if as_json:
        listed = [_document(rows, suspect) for suspect in suspects]
        print(json.dumps({"rows": len(rows), "suspects": listed, "effect": asdict(effect)}, indent=2))
    else:
        _tell(rows, suspects, effect)


@dataclass(frozen=True, slots=True)
class _Row:
    place: str
    example: Example


def _require_place(out: Path | None, data: Path) -> None:
    if out is not None and out.resolve() == data.resolve():
        fail(f"{out} is the data too, and would be replaced; name another --out")
    if out is not None and out.is_dir():
        fail(f"{out} is a folder; --out names the file to write")


def _rows(data: Path, pack: Path | None) -> list[_Row]:
    """Every labelled message with where it stands; the pack's own by their number."""
    from encoders.training import Example, read_examples
    from routing.adapters.pack import load_pack

    if pack and not pack.is_dir():
        fail(f"{pack}: no such folder; --pack names a pack, such as `pointsman init` writes")
    loaded = load_pack(pack) if pack else None
    read = read_examples(data, loaded.taxonomy.keys if loaded else None)
    for reject in read.rejects[:5]:
        print(f"warning: {reject.file}:{reject.line}: {reject.reason}", file=sys.stderr)
    if read.rejects:
        print(f"warning: {len(read.rejects)} rows were not looked at", file=sys.stderr)
    own = enumerate(loaded.training_examples if loaded else (), start=1)
    packed = [_Row(f"pack message {number}", Example(*pair)) for number, pair in own]
    return [*packed, *(_Row(*pair) for pair in zip(read.places, read.examples, strict=True))]


def _document(rows: list[_Row], suspect: Suspect) -> dict[str, Any]:
    row = rows[suspect.row]
    return {
        "place": row.place,
        "given": suspect.given,
        "proposed": suspect.proposed,
        "margin": round(suspect.margin, 4),
        "text": row.example.text,
    }


def _write(out: Path, documents: list[dict[str, Any]]) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("w", encoding="utf-8", errors="replace", newline="") as file:
        writer = csv.DictWriter(file, _COLUMNS)
        writer.writeheader()
        writer.writerows({**document, "text": as_cell(document["text"])} for document in documents)


def _tell(rows: list[_Row], suspects: list[Suspect], effect: Effect) -> None:
    for suspect in suspects[:_MOST_SHOWN]:
        print(f"{rows[suspect.row].place}  {suspect.given} -> {suspect.proposed}  margin {suspect.margin:.2f}")
    if len(suspects) > _MOST_SHOWN:
        print(f"and {len(suspects) - _MOST_SHOWN} more; --out writes them all")
    print(f"{len(suspects)} of {len(rows)} labels are suspect; look at each, for a model can be wrong too")
    if suspects and effect.rows:
        before, after = effect.before, effect.after
        print(f"were all changed as proposed, on the other {effect.rows} messages, none of them seen in training:")
        print(f"  accuracy          {before.accuracy:.2%} -> {after.accuracy:.2%}")
        print(f"  calibration error {before.calibration_error:.4f} -> {after.calibration_error:.4f}")
        print(f"  {effect.flips} answers would be others")
