"""`pointsman train`: a model from files of messages."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from encoders.modes import Mode
from routing.cli.classification import classify_command
from routing.cli.evaluation import evaluate_command
from routing.cli.fail import fail
from routing.cli.material import Material, clear_errors, gathered, report_model, report_rejects
from routing.cli.progress import shown
from routing.cli.retraining import Promise, Wish, retrain_serving

if TYPE_CHECKING:
    from encoders.classifier import IntentClassifier

_TARGET_ERROR, _CONFIDENCE = 0.05, 0.95
_ENCODER = "all-MiniLM-L6-v2"
_MOST_SEED = 2**32 - 1
_AsJson = Annotated[bool, typer.Option("--json", help="print JSON for a program to read")]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command("train")(train_command)
    app.command("evaluate")(evaluate_command)
    app.command("classify")(classify_command)


def train_command(  # noqa: PLR0913, PLR0917 - one parameter an option
    data: Annotated[
        Path | None,
        typer.Option("--data", help="labelled messages: a CSV with text,category, a JSONL, or a folder of them"),
    ] = None,
    pack: Annotated[
        Path | None,
        typer.Option("--pack", help="train on this pack's messages too; its issue types are the allowed ones"),
    ] = None,
    types: Annotated[
        Path | None,
        typer.Option("--types", help="names and descriptions of issue types (JSON, or CSV with key,name,description)"),
    ] = None,
    mode: Annotated[
        Mode, typer.Option("--mode", help="auto: fast, or zero without messages; best and few tune the encoder")
    ] = Mode.AUTO,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="model folder to write, and nothing else; an older model there is replaced"),
    ] = None,
    with_feedback: Annotated[
        bool, typer.Option("--with-feedback", help="also learn from the verdicts and corrections people gave")
    ] = False,
    seed: Annotated[
        int, typer.Option("--seed", min=0, max=_MOST_SEED, help="equal input and seed give an equal model")
    ] = 0,
    target_error: Annotated[
        float | None,
        typer.Option("--target-error", help="error allowed among automatic decisions; 0.05 if not given"),
    ] = None,
    confidence: Annotated[
        float | None,
        typer.Option("--confidence", help="how sure it is that no more of them are wrong; 0.95 if not given"),
    ] = None,
    outside: Annotated[
        Path | None, typer.Option("--outside", help="messages about none of the issue types (CSV or JSONL with text)")
    ] = None,
    outside_share: Annotated[
        float | None,
        typer.Option("--outside-share", help="share of the traffic taken to be like those; counted as errors"),
    ] = None,
    encoder: Annotated[
        str | None,
        typer.Option("--encoder", help=f"sentence-transformers model, by name or path; {_ENCODER} if not given"),
    ] = None,
    as_json: _AsJson = False,
) -> None:
    """Train a model on labelled messages; rows that cannot be used go to <out>.rejects.csv with the reason.

    A report of what it does on messages held out is written to <out>.report.html and <out>.report.json.

    Without --out it is the installation's own model: trained on its pack too, and swapped in when it is no worse on
    messages held out.
    """
    promise = Promise(target_error, confidence, outside_share)
    if out is None:
        if outside is not None or types is not None:
            fail("--outside and --types need --out; the installation's own model takes what its pack says")
        retrain_serving(Wish(data, pack, with_feedback, mode, seed, promise, encoder, as_json))
        return
    if with_feedback:
        fail("--with-feedback retrains the model that serves; leave --out away")
    _train_into(out, _Sources(data, pack, outside, types), _Recipe(mode, seed, promise, encoder), as_json)


def _require_place(out: Path) -> None:
    """Training takes minutes: a place that cannot take the model is named before them, not after."""
    from encoders.artifacts import MANIFEST

    if out.is_file() or (out.is_dir() and any(out.iterdir()) and not (out / MANIFEST).exists()):
        fail(f"{out}: holds something else than a model and is not replaced; choose another folder")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.").cleanup()
    except OSError as error:
        fail(f"{out}: cannot be written: {error.strerror}")


@dataclass(frozen=True, slots=True)
class _Recipe:
    mode: Mode
    seed: int
    promise: Promise
    encoder: str | None


@dataclass(frozen=True, slots=True)
class _Sources:
    data: Path | None
    pack: Path | None
    outside: Path | None
    types: Path | None


def _train_into(out: Path, sources: _Sources, recipe: _Recipe, as_json: bool) -> None:
    from encoders.training import train

    with clear_errors():
        _require_place(out)
        material = gathered(sources.data, sources.pack, sources.outside, sources.types)
        report_rejects(material.read, Path(f"{out}.rejects.csv"))
        with shown("train") as progress, _resumable(recipe.mode):
            classifier = train(
                material.examples,
                mode=recipe.mode,
                descriptions=material.descriptions,
                outside=material.outside,
                target_error=_or(recipe.promise.target_error, _TARGET_ERROR),
                confidence=_or(recipe.promise.confidence, _CONFIDENCE),
                outside_share=_or(recipe.promise.outside_share, 0.0),
                families=material.families,
                slices=material.slices,
                encoder=recipe.encoder or _ENCODER,
                seed=recipe.seed,
                progress=progress,
            )
        classifier.save(out)
        report_model(classifier, material, out)
    _print_training(classifier, material, out, as_json)


@contextmanager
def _resumable(mode: Mode) -> Iterator[None]:
    """Tuning takes minutes: whoever stops it is told that they are not lost."""
    try:
        yield
    except KeyboardInterrupt:
        if mode.tunes:
            print("pointsman: interrupted; the same command goes on after the last whole epoch", file=sys.stderr)
        raise


def _or(given: float | None, otherwise: float) -> float:
    return otherwise if given is None else given


def _print_training(classifier: IntentClassifier, material: Material, out: Path, as_json: bool) -> None:
    gate = classifier.gate
    if as_json:
        facts = {
            "model": str(out),
            "version": classifier.version,
            "issue_types": len(classifier.issue_types),
            "rejects": len(material.read.rejects),
            **classifier.record,
            "gate": gate.as_dict(),
        }
        print(json.dumps(facts, indent=2))
        return
    held_out = classifier.record["held_out"]
    print(f"model {classifier.version} in {out}")
    print(f"  {len(material.examples)} messages, {len(classifier.issue_types)} issue types")
    if held_out["rows"]:
        print(f"  held-out accuracy {held_out['accuracy']:.1%} (five folds)")
        print(f"  decides {gate.share_auto:.1%} by itself, {gate.error_auto:.1%} of that wrongly")
    print(f"  {gate.note}")
