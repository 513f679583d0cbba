"""`pointsman models`: which models there are, which one is live, and the steps between."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from routing.cli import configuration
from routing.cli.caller import who
from routing.cli.fail import fail
from routing.cli.model_listing import (
    assessment_document,
    assessment_lines,
    check_document,
    check_lines,
    differences_document,
    differences_lines,
    event_document,
    event_line,
    model_document,
    model_line,
    model_lines,
)
from routing.cli.options import AsJson

if TYPE_CHECKING:
    from routing.bootstrap import Service
    from routing.domain.comparison import GateRules

DataDir = Annotated[Path | None, typer.Option(help="Where the database and models live.")]
Version = Annotated[str, typer.Argument(help="A model's version, or its first digits.")]
By = Annotated[str | None, typer.Option("--by", help="Who does it; the system's user if not given.")]
Alpha = Annotated[
    float | None, typer.Option("--alpha", help="Chance at which a slice counts as worse although it is not; 0.05.")
]
group = typer.Typer(no_args_is_help=True, help="Models: candidates, the shadow, the live one and its predecessors.")
REFUSED = 1


def register(app: typer.Typer) -> None:
    """Add the group to `app`."""
    app.add_typer(group, name="models")


@group.command("list")
def list_models(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """List every registered model, newest first."""
    from routing.services import models

    found = models.listed(_service(data_dir).context)
    if as_json:
        _print([model_document(model) for model in found])
        return
    for model in found:
        print(model_line(model))
    if not found:
        print("no model is registered; run `pointsman train`")


@group.command()
def show(version: Version, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Show what a model is, what training found, its thresholds, files with their hashes, and its history."""
    from routing.services import models

    service = _service(data_dir)
    with configuration.told():
        model = models.found(service.context, version)
        changed = models.changed_files(service.models, model)
        history = models.history(service.context, model.id)
    if as_json:
        events = [event_document(event) for event in history]
        _print({**model_document(model), "changed_files": list(changed), "history": events})
        return
    for line in model_lines(model, changed):
        print(line)
    for event in history:
        print(event_line(event))


@group.command()
def compare(
    version: Version,
    against: Annotated[str | None, typer.Argument(help="Another model's version; the live one if not given.")] = None,
    data_dir: DataDir = None,
    alpha: Alpha = None,
    as_json: AsJson = False,
) -> None:
    """Ask two models the same held-out messages, slice by slice; nothing changes."""
    from routing.services import models

    service = _service(data_dir)
    with configuration.told():
        other = models.found(service.context, against).id if against else None
        one = models.found(service.context, version).id
        assessment = models.compare(service.context, service.models, one, other, _rules(alpha))
    if as_json:
        _print(assessment_document(assessment))
        return
    for line in assessment_lines(assessment):
        print(line)


@group.command()
def promote(  # noqa: PLR0913, PLR0917 - one parameter an option
    version: Version,
    force: Annotated[bool, typer.Option("--force", help="Past the gate; needs --reason, which is recorded.")] = False,
    reason: Annotated[str | None, typer.Option("--reason", help="Why; recorded in the history.")] = None,
    by: By = None,
    alpha: Alpha = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make a model live if no slice of held-out messages is worse beyond chance. Exit 1 when the gate refuses."""
    from routing.services import models

    service = _service(data_dir)
    with configuration.told():
        authority = models.Authority(who(by), reason, force)
        one = models.found(service.context, version).id
        outcome = models.promote(service.context, service.models, one, authority, _rules(alpha))
    if as_json:
        told = {"promoted": outcome.promoted, "previous": outcome.previous, "by": authority.by}
        _print({**told, "assessment": assessment_document(outcome.assessment)})
    else:
        for line in assessment_lines(outcome.assessment):
            print(line)
        print(
            f"{one} is live" if outcome.promoted else f"{one} stays {outcome.model.state}; --force --reason ... insists"
        )
    raise typer.Exit(0 if outcome.promoted else REFUSED)


@group.command()
def rollback(
    reason: Annotated[str | None, typer.Option("--reason", help="Why; recorded in the history.")] = None,
    by: By = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make the model live again that was so before; running services take it up with their next message."""
    from routing.services import models

    service = _service(data_dir)
    with configuration.told():
        model = models.rollback(service.context, service.models, models.Authority(who(by), reason))
    if as_json:
        _print(model_document(model))
    else:
        print(f"{model.id} is live again")


@group.command()
def shadow(  # noqa: PLR0913, PLR0917 - one parameter an option
    version: Annotated[str | None, typer.Argument(help="Make this model the shadow; without it, report.")] = None,
    stop: Annotated[bool, typer.Option("--stop", help="End the shadow; its answers are kept two weeks.")] = False,
    of: Annotated[str | None, typer.Option("--of", help="Report on this model, which was a shadow before.")] = None,
    most: Annotated[int, typer.Option("--most", min=1, max=1_000, help="Differences to list of each kind.")] = 20,
    by: By = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Let a model answer unseen beside the live one, or report where the two differ."""
    from routing.services import models
    from routing.services import shadow as shadowing

    if sum((version is not None, stop, of is not None)) > 1:
        fail("one of VERSION, --stop and --of at a time")
    service = _service(data_dir)
    with configuration.told():
        if version is not None or stop:
            one = models.found(service.context, version).id if version else None
            model = (
                shadowing.start(service.context, service.models, one, who(by))
                if one
                else shadowing.stop(service.context, who(by))
            )
            _print(model_document(model)) if as_json else print(f"{model.id} is {model.state}")
            return
        named = models.found(service.context, of).id if of else None
        report = shadowing.report(service.context, named, most)
    if as_json:
        _print(differences_document(report))
        return
    for line in differences_lines(report):
        print(line)


@group.command()
def drift(
    now: Annotated[bool, typer.Option("--now", help="Measure now instead of showing the newest check.")] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Show how far messages and answers have moved from what the live model was judged on. Exit 1 on an alarm."""
    from routing.services import drift as drifting

    service = _service(data_dir)
    with configuration.told():
        fresh = drifting.check(service.context, service.classifier) if now else None
        check = fresh or drifting.latest(service.context)
    if check is None:
        fail("drift was never measured: `pointsman serve` does so every ten minutes, --now at once")
    if as_json:
        _print(check_document(check))
    else:
        for line in check_lines(check):
            print(line)
    raise typer.Exit(1 if check.alarms else 0)


def _service(data_dir: Path | None) -> Service:
    return configuration.service(configuration.settings(data_dir=data_dir))


def _rules(alpha: float | None) -> GateRules:
    from routing.domain.comparison import GateRules

    return GateRules() if alpha is None else GateRules(alpha)


def _print(document: object) -> None:
    print(json.dumps(document, indent=2, ensure_ascii=False))
