"""`pointsman experiment`: whose turn it is, and what two policies that took turns did to customers."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from routing.cli import configuration
from routing.cli.fail import fail, fail_with
from routing.cli.options import AsJson
from routing.cli.replay import read_span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimizer.policy import MatchingPolicy
    from routing.domain.experiment import Arm, Experiment, Turn
    from routing.domain.pack import Pack
    from routing.services.experiment import ExperimentReport, Measure
    from routing.settings import Settings

Since = Annotated[str | None, typer.Option("--since", metavar="TIME", help="Turns that end after then.")]
Until = Annotated[
    str | None, typer.Option("--until", metavar="TIME", help="Turns before then; times without an offset are UTC.")
]
_REFUSED = 1


def register(app: typer.Typer) -> None:
    """Add `experiment show`, `experiment schedule` and `experiment analyse`."""
    group = typer.Typer(no_args_is_help=True, help="Two policies take turns on your floor: prove what one is worth.")
    group.command("show")(show)
    group.command("schedule")(schedule)
    group.command("analyse")(analyse)
    app.add_typer(group, name="experiment")


def show(as_json: AsJson = False) -> None:
    """Print the pack's experiment: the two policies and what differs, its time, its blocks, and whose turn it is."""
    settings, pack, experiment = _opened(None)
    facts = _facts(settings, pack, experiment, datetime.now(UTC))
    if as_json:
        typer.echo(json.dumps(facts, indent=2))
        return
    for name, value in facts.items():
        typer.echo(f"{name}\t{_shown(value)}")


def schedule(since: Since = None, until: Until = None, as_json: AsJson = False) -> None:
    """Print every turn: when it begins, the matching group, the arm and the probability it was drawn with."""
    _, pack, experiment = _opened(None)
    asked = read_span(since, until)
    begin, end = asked[0] or experiment.starts_at, asked[1] or experiment.ends_at
    if begin is None or end is None:
        fail("the experiment has no end; name --since and --until")
    turns = list(experiment.schedule(pack.matching_groups, begin, end))
    if as_json:
        typer.echo(json.dumps([_turn_document(experiment, each) for each in turns], indent=2))
        return
    typer.echo("begins\tgroup\tblock\tarm\tpolicy\tpropensity")
    for each in turns:
        typer.echo("\t".join(str(value) for value in _turn_document(experiment, each).values()))


def analyse(
    as_json: AsJson = False,
    data_dir: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="Where the database, models and rejects live."),
    ] = None,
) -> None:
    """Print what policy B adds to each figure, with its 95 % interval; ends with exit code 1 where none has one."""
    from routing.bootstrap import open_store
    from routing.services.experiment import analysis

    settings, pack, experiment = _opened(data_dir)
    with configuration.told():
        store = open_store(settings)
        try:
            report = analysis(store, pack, experiment, datetime.now(UTC))
        finally:
            store.close()
    if as_json:
        typer.echo(json.dumps(document(report), indent=2))
    else:
        for line in lines(report):
            typer.echo(line)
    if all(measure.refusal is not None for measure in report.measures):
        raise typer.Exit(_REFUSED)


def _opened(data_dir: Path | None) -> tuple[Settings, Pack, Experiment]:
    from routing.adapters.pack import load_pack

    settings = configuration.settings(data_dir=data_dir)
    with configuration.told():
        pack = load_pack(settings.pack)
    if pack.experiment is None:
        _no_experiment()
    return settings, pack, pack.experiment


def _no_experiment() -> NoReturn:
    fail("the pack has no experiment; write a table [experiment] into floor.toml (docs/experiments.md)")


def _facts(settings: Settings, pack: Pack, experiment: Experiment, now: datetime) -> dict[str, Any]:
    from optimizer.policy import differences
    from routing.domain.experiment import Arm

    policies = {arm: _policy(settings, experiment, arm) for arm in Arm}
    groups = [group for group in pack.matching_groups if experiment.groups is None or group in experiment.groups]
    turns = [turn for group in groups if (turn := experiment.turn_now(group, now))]
    return {
        "name": experiment.name,
        **{f"policy {arm}": _named(experiment, arm, policies[arm]) for arm in Arm},
        "differences": [
            {"name": f"{c.table}.{c.name}", "a": c.before, "b": c.after} for c in differences(*policies.values())
        ],
        "starts_at": _iso(experiment.starts_at),
        "ends_at": _iso(experiment.ends_at),
        "block_minutes": experiment.block_minutes,
        "settling_minutes": experiment.settling_minutes,
        "groups": groups,
        "pairs_of_blocks": None if experiment.pairs is None else experiment.pairs * len(groups),
        "fast_lane": "exempt" if experiment.spares_fast_lane else "included",
        "turns_now": {turn.group: str(turn.arm) for turn in turns},
    }


def _policy(settings: Settings, experiment: Experiment, arm: Arm) -> MatchingPolicy:
    from optimizer.errors import ParametersInvalid
    from optimizer.policy import policy_from
    from routing.adapters.policy_file import PolicyFile

    values = experiment.arms[arm].values
    try:
        return PolicyFile(settings.matching).current if values is None else policy_from(values)
    except ParametersInvalid as error:
        fail_with([str(fault) for fault in error.faults], f"{settings.matching} is not a valid policy file")


def _named(experiment: Experiment, arm: Arm, policy: MatchingPolicy) -> str:
    chosen = experiment.arms[arm]
    return f"{chosen.name} ({policy.version})" if chosen.way == "policy" else f"{chosen.name}, a plain rule"


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}: {each}" for name, each in value.items()) or "nobody's"
    if isinstance(value, list):
        return "; ".join(_shown(each) if isinstance(each, dict) else str(each) for each in value) or "none"
    return "-" if value is None else str(value)


def _turn_document(experiment: Experiment, turn: Turn) -> dict[str, Any]:
    return {
        "begins": experiment.begin_of(turn.block).isoformat(),
        "group": turn.group,
        "block": turn.block,
        "arm": str(turn.arm),
        "policy": experiment.arms[turn.arm].name,
        "propensity": turn.propensity,
    }


def document(report: ExperimentReport) -> dict[str, Any]:
    """Plain values for JSON."""
    from routing.domain.switchback import detectable

    def measured(measure: Measure) -> dict[str, Any]:
        found = measure.effect
        spread = None if found is None else found.spread
        least = None if found is None or spread is None else detectable(spread, found.pairs)
        return {**asdict(measure), "detectable": least}

    return {
        "name": report.experiment.name,
        "until": report.until.isoformat(),
        "blocks": {"kept": len(report.blocks.kept), "silent": report.blocks.silent, "astray": report.blocks.astray},
        "customers": report.customers,
        "crossed": report.crossed,
        "arms": [asdict(each) for each in report.arms],
        "measures": [measured(each) for each in report.measures],
        "notes": list(report.notes),
    }


def lines(report: ExperimentReport) -> Iterator[str]:
    """Tab-separated lines: what it rests on, then one line a figure."""
    blocks = report.blocks
    yield f"{report.experiment.name}, up to {report.until.isoformat()}"
    yield f"blocks\t{len(blocks.kept)} kept\t{blocks.silent} without a recorded tick\t{blocks.astray} not as drawn"
    crossed = "-" if report.crossed is None else f"{report.crossed:.1%}"
    yield f"customers\t{report.customers}\tanswered in a block of the other policy\t{crossed}"
    for each in report.arms:
        versions = ", ".join(each.versions) or "no ticks"
        yield (
            f"policy {each.arm}\t{each.policy}\t{versions}\t{each.ticks} ticks, {each.fallbacks} fell back, "
            f"{each.unpriced} unpriced"
        )
    yield "figure\ta\tb\tb less a\t95 % interval\tpairs\tcustomers\tfound 4 times of 5 from"
    yield from (_line(measure) for measure in report.measures)
    yield from (f"note\t{note}" for note in report.notes)


def _line(measure: Measure) -> str:
    from routing.domain.switchback import detectable

    found, share = measure.effect, measure.unit == "share"
    if found is None:
        return f"{measure.name}\trefused: {measure.refusal}"

    def told(value: float, sign: str = "") -> str:
        return f"{value:{sign}.2%}" if share else f"{value:{sign}.1f} {measure.unit}"

    if found.low is None or found.high is None:
        within = f"refused: {measure.refusal}"
    else:
        mark = " *" if found.low > 0 or found.high < 0 else ""
        within = f"{told(found.low, '+')} to {told(found.high, '+')}{mark}"
    least = "-" if found.spread is None else told(detectable(found.spread, found.pairs))
    cells = (told(found.a), told(found.b), told(found.mean, "+"), within, str(found.pairs), str(found.customers), least)
    return "\t".join((measure.name, *cells))
