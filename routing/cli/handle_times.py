"""`pointsman handle-times`: learn from a log how long work takes, how well that predicts, and how much COps differ."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from routing.cli import configuration
from routing.cli.fail import fail
from routing.cli.options import DataDir

if TYPE_CHECKING:
    from optimizer.handle_times.evaluation import Evaluation
    from optimizer.handle_times.log import HandlingLog
    from optimizer.handle_times.model import HandleTimes
    from optimizer.handle_times.spread import Estimate, Spread
    from routing.services.handle_time_log import HandledWork

_HELP = "Learn from a log how long work takes, and who is fast at what."
_MOST_REJECTS_SHOWN = 5
handle_times_app = typer.Typer(no_args_is_help=True, help=_HELP)
LogFile = Annotated[
    Path,
    typer.Argument(
        metavar="LOG", help="one conversation a row, JSON Lines or CSV (.csv), such as `handle-times export` writes"
    ),
]
Anonymous = Annotated[
    bool,
    typer.Option("--without-individuals", help="learn of issue types alone, not of COps; as the installation's switch"),
]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON for a program to read")]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    for name, command in (
        ("export", export_command),
        ("fit", fit_command),
        ("evaluate", evaluate_command),
        ("spread", spread_command),
    ):
        handle_times_app.command(name)(command)
    app.add_typer(handle_times_app, name="handle-times")


@handle_times_app.callback()
def _handle_times() -> None:
    """Learn from a log how long work takes, and who is fast at what."""


def export_command(
    out: Annotated[
        Path | None, typer.Option("--out", help="JSON Lines file to write; standard output if unset")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Write what COps worked on, from this installation's history: one conversation a row, no customer's words."""
    from routing.adapters.erasure.files import EXPORT_OF_HANDLE_TIMES
    from routing.services.handle_time_log import handled_work

    with configuration.told():
        service = configuration.service(configuration.settings(data_dir=data_dir))
        rows = handled_work(service.context)
        if out is None:
            sys.stdout.writelines(_lines(rows))
            return
        out.parent.mkdir(parents=True, exist_ok=True)
        with service.context.store.transaction() as uow:
            # Noted before it is there: an erasure takes customers out of it again.
            uow.exports.note(str(out.resolve()), EXPORT_OF_HANDLE_TIMES, service.context.clock.now())
            uow.commit()
        with out.open("w", encoding="utf-8") as file:
            file.writelines(_lines(rows))
    still_open = sum(not row.finished for row in rows)
    print(f"{len(rows)} conversations in {out}, {still_open} of them still open")


def fit_command(
    log: LogFile,
    out: Annotated[
        Path | None, typer.Option("--out", help="TOML file of matching parameters to write; printed if unset")
    ] = None,
    without_individuals: Anonymous = False,
    as_json: AsJson = False,
) -> None:
    """Learn the matcher's handle-time parameters from a log, and say what makes work longer."""
    from optimizer.handle_times.model import learn
    from optimizer.handle_times.policy import as_toml, learned

    _require_file(out, log)
    with _clear_errors():
        rows = _read(log, without_individuals)
        model = learn(rows)
        found = learned(model, rows)
        note = f"learned from {len(rows)} conversations, {int((~rows.finished).sum())} of them still open"
        if out is not None:
            out.write_text(as_toml(found, note), encoding="utf-8")
    if as_json:
        print(json.dumps({"rows": len(rows), "matching": found, **_learned_document(model)}, indent=2))
        return
    print(as_toml(found, note), end="")
    _tell_model(model)


def evaluate_command(
    log: LogFile,
    share: Annotated[
        float, typer.Option("--share", min=0.01, max=0.9, help="the last part of the log, to test on")
    ] = 0.25,
    without_individuals: Anonymous = False,
    as_json: AsJson = False,
) -> None:
    """Learn from the first part of a log and predict the rest: pinball loss, coverage of 80 % intervals, peers."""
    from optimizer.handle_times.evaluation import LEVELS, evaluate

    with _clear_errors():
        found = evaluate(_read(log, without_individuals), share)
    if as_json:
        print(json.dumps({"levels": LEVELS.tolist(), **asdict(found)}, indent=2))
    else:
        _tell_evaluation(found)


def spread_command(log: LogFile, as_json: AsJson = False) -> None:
    """Estimate how much COps differ, with 95 % intervals: whether choosing who takes what can gain anything."""
    from optimizer.handle_times.fitting import fit_log
    from optimizer.handle_times.spread import spread

    if not configuration.settings().individual_performance:
        fail("individual performance is switched off here (POINTSMAN_INDIVIDUAL_PERFORMANCE); COps are not compared")
    with _clear_errors():
        found = spread(fit_log(_read(log, without_individuals=False)))
    if as_json:
        print(json.dumps(asdict(found), indent=2))
    else:
        _tell_spread(found)


def _read(path: Path, without_individuals: bool) -> HandlingLog:
    from optimizer.handle_times.reading import read_log

    read = read_log(path, configuration.settings().individual_performance and not without_individuals)
    for reject in read.rejects[:_MOST_REJECTS_SHOWN]:
        print(f"warning: {path}:{reject.line}: {reject.reason}, found {reject.value!r}", file=sys.stderr)
    if read.rejects:
        print(f"warning: {len(read.rejects)} rows were not used", file=sys.stderr)
    return read.log


@contextmanager
def _clear_errors() -> Iterator[None]:
    from optimizer.errors import OptimizerError

    try:
        yield
    except OptimizerError as error:
        fail(*str(error).splitlines())
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}" if error.filename else str(error))


def _require_file(out: Path | None, log: Path) -> None:
    if out is not None and out.resolve() == log.resolve():
        fail(f"{out} is the log too, and would be replaced; name another --out")
    if out is not None and out.is_dir():
        fail(f"{out} is a folder; --out names the file to write")


def _lines(rows: Iterable[HandledWork]) -> Iterator[str]:
    for row in rows:
        document = asdict(row)
        document["opened_at"] = row.opened_at.isoformat()
        document["working_seconds"] = round(row.working_seconds, 1)
        yield json.dumps({name: value for name, value in document.items() if value is not None}) + "\n"


def _learned_document(model: HandleTimes) -> dict[str, Any]:
    from optimizer.handle_times.policy import factors, slopes

    return {"individual": model.individual, "factors": factors(model), "slopes": slopes(model)}


def _tell_model(model: HandleTimes) -> None:
    from optimizer.handle_times.policy import factors, slopes

    for block, found in factors(model).items():
        for name, factor in found.items():
            print(f"{block} {name or 'unknown'}: {factor:.2f} times the usual handle time")
    for name, slope in slopes(model).items():
        print(f"{name}: {slope:+.3f} log seconds a unit")
    if not model.individual:
        print("COps: not looked at")


def _tell_evaluation(found: Evaluation) -> None:
    from optimizer.handle_times.evaluation import BY_TYPE

    print(f"learned from {found.learned_from} conversations, {found.still_open} of them open at the time")
    print(f"tested on {found.tested_on} that began later")
    floor = found.scores[BY_TYPE].loss
    for name, score in found.scores.items():
        gain = f"{1 - score.loss / floor:+.1%} against quantiles of the type"
        print(f"{name:28s} pinball {score.loss:8.2f} s  80 % intervals hold {score.coverage:.1%}  {gain}")


def _tell_spread(found: Spread) -> None:
    from optimizer.handle_times.spread import Verdict

    print(
        f"{found.n_cops} COps, {found.n_pairs} pairs of COp and issue type, "
        f"{found.conversations_a_pair:.1f} conversations a pair"
    )
    print(f"cop_log_sd   {_in_words(found.cop)}")
    print(f"pair_log_sd  {_in_words(found.pair)}")
    saving, low, high = found.saving
    print(
        f"the best of five able COps takes {saving:.0%} less time ({low:.0%} to {high:.0%}), were everyone's pace known"
    )
    print(f"as it is known from this log: {found.saving_now:.0%} less")
    print(
        {
            Verdict.GAINS: "choosing the COp by their own handle times can gain",
            Verdict.NOTHING_TO_GAIN: "COps hardly differ: choosing by their own handle times gains next to nothing",
            Verdict.CANNOT_TELL: "the log does not tell whether choosing by own handle times gains: a longer one may",
        }[found.verdict]
    )


def _in_words(of: Estimate) -> str:
    return f"{of.sd:.3f}, 95 % interval {of.low:.3f} to {of.high:.3f}; as much by chance alone: p = {of.chance:.2g}"
