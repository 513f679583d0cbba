"""`pointsman match`: solve a snapshot from a file, without a server."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from optimizer.explain import Better, Explanation
    from optimizer.plan import CostTerm, Plan
    from optimizer.snapshot import Snapshot
    from routing.domain.tick import TickRecord

BAD_FILE = 2


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("match")(match_command)


def match_command(  # noqa: PLR0913, PLR0917 - one parameter an option
    snapshot_path: Annotated[
        Path | None, typer.Argument(metavar="SNAPSHOT.json", help="who waits and who is free, as JSON")
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="say why for every conversation")] = False,
    conversation: Annotated[
        list[str] | None, typer.Option("--conversation", "-c", help="explain only this one; may be repeated")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON for a program to read")] = False,
    schema: Annotated[bool, typer.Option("--schema", help="print the JSON Schema of a snapshot")] = False,
    audit: Annotated[
        bool,
        typer.Option("--audit", help="solve it by CP-SAT too, which shares nothing with the flow (small snapshots)"),
    ] = False,
    tick: Annotated[
        str | None, typer.Option("--tick", metavar="ID", help="the snapshot kept with this tick, instead of a file")
    ] = None,
) -> None:
    """Match everyone waiting in a snapshot to COps at once, and check the plan."""
    if schema:
        _print_schema()
        return
    if (snapshot_path is None) == (tick is None):
        raise typer.BadParameter("name the snapshot file to solve, or a tick")
    record, recorded = _recorded(tick) if tick else (None, None)
    snapshot, plan = _solve(snapshot_path or Path(f"tick {tick}"), recorded, record)
    if audit:
        _audit(snapshot, as_json)
        return
    explanations = _explanations(snapshot, plan, conversation or []) if explain or conversation else []
    if as_json:
        print(json.dumps({**_document(plan, explanations), "experiment": _turn_document(record)}, indent=2))
        return
    if record is not None and record.arm is not None:
        print(_turn_line(record))
    if sys.stdout.isatty():
        _print_tables(plan, explanations)
    else:
        _print_lines(plan, explanations)


def _print_schema() -> None:
    from optimizer.wire import json_schema

    print(json.dumps(json_schema(), indent=2))


def _recorded(tick_id: str) -> tuple[TickRecord | None, Snapshot]:
    """A tick's record and what it was made from, while the service keeps it."""
    from routing.adapters.matcher import unpacked
    from routing.bootstrap import open_store
    from routing.cli import configuration

    with configuration.told():
        store = open_store(configuration.settings())
        try:
            with store.reading() as uow:
                kept, record = uow.ticks.snapshot(tick_id), uow.ticks.find(tick_id)
        finally:
            store.close()
    if kept is None:
        _fail([f"no snapshot is kept of tick {tick_id}; they are kept for two days"])
    return record, unpacked(kept)


def _turn_document(tick: TickRecord | None) -> dict[str, Any] | None:
    if tick is None or tick.arm is None:
        return None
    return {"name": tick.experiment, "arm": tick.arm, "block": tick.block, "propensity": tick.propensity}


def _turn_line(tick: TickRecord) -> str:
    return (
        f"experiment {tick.experiment}: policy {tick.arm} ({tick.policy_version}) in block {tick.block}, "
        f"drawn with probability {tick.propensity:g}"
    )


def _solve(path: Path, recorded: Snapshot | None, tick: TickRecord | None) -> tuple[Snapshot, Plan]:
    from optimizer.errors import OptimizerError, SnapshotInvalid
    from optimizer.matching import match
    from optimizer.plan import SolverName
    from optimizer.snapshot import read_snapshot
    from routing.adapters.replay import rule_of

    try:
        snapshot = recorded or read_snapshot(path)
        return snapshot, match(snapshot, rule=SolverName.MIN_COST_FLOW if tick is None else rule_of(tick))
    except SnapshotInvalid as error:
        _fail([f"{path}: {len(error.faults)} error(s)", *(f"  {fault}" for fault in error.faults)])
    except OptimizerError as error:
        _fail([f"{path}: {error}"])


def _audit(snapshot: Snapshot, as_json: bool) -> None:
    """Print what CP-SAT says of the plan; ends with exit code 1 where the plan is not as good as it says."""
    from optimizer.audit import audit
    from optimizer.errors import AuditTooLarge

    try:
        found = audit(snapshot)
    except AuditTooLarge as error:
        _fail([str(error)])
    report = {**asdict(found), "missing": found.missing, "holds": found.holds}
    print(json.dumps(report, indent=2) if as_json else "\n".join(f"{name}\t{value}" for name, value in report.items()))
    raise typer.Exit(0 if found.holds else 1)


def _fail(lines: Iterable[str]) -> NoReturn:
    for line in lines:
        print(line, file=sys.stderr)
    raise typer.Exit(BAD_FILE)


def _explanations(snapshot: Snapshot, plan: Plan, wanted: list[str]) -> list[Explanation]:
    from rich.console import Console
    from rich.progress import track

    from optimizer.explain import explain

    everyone = [each.id for each in snapshot.conversations]
    unknown = [each for each in wanted if each not in everyone]
    if unknown:
        _fail(f"no conversation {each} in the snapshot" for each in unknown)
    console = Console(stderr=True)
    ids = track(wanted or everyone, "Explaining", console=console, transient=True, disable=not console.is_terminal)
    return [explain(snapshot, plan, each) for each in ids]


def _document(plan: Plan, explanations: list[Explanation]) -> dict[str, Any]:
    from optimizer.costs import UNIT

    return {
        "solver": plan.solver,
        "fallback_reason": plan.fallback_reason,
        "fallback_detail": plan.fallback_detail,
        "objective": plan.objective,
        "priced": plan.priced,
        "gap": plan.gap,
        "unit": UNIT,
        "stats": asdict(plan.stats),
        "assignments": [_assignment_document(each) for each in plan.assignments],
        "unassigned": [asdict(each) for each in plan.unassigned],
        "explanations": [_explanation_document(each) for each in explanations],
    }


def _assignment_document(assignment: Any) -> dict[str, Any]:
    values = {name: getattr(assignment, name) for name in ("conversation_id", "cop_id", "value", "runner_up")}
    ahead = assignment.passed_over
    return {
        **values,
        "terms": _term_documents(assignment.terms),
        "runner_up_terms": _term_documents(assignment.runner_up_terms),
        "passed_over": None if ahead is None else ahead._asdict(),
    }


def _term_documents(terms: Iterable[CostTerm]) -> list[dict[str, Any]]:
    return [{"name": term.name, "value": term.value, "note": term.note} for term in terms]


def _explanation_document(explanation: Explanation) -> dict[str, Any]:
    return {
        "conversation_id": explanation.conversation_id,
        "sentence": explanation.sentence,
        "chosen": explanation.chosen.cop_id if explanation.chosen else None,
        "reason": explanation.reason,
        "flip": asdict(explanation.flip) if explanation.flip else None,
        "decided_by": explanation.decided_by,
        "better": [asdict(each) for each in explanation.better],
        "changes": [asdict(each) | {"sentence": each.sentence} for each in explanation.changes],
        "barred": [asdict(each) for each in explanation.barred],
        "alternatives": [
            {"cop_id": each.cop_id, "value": each.value, "slots_left": each.slots_left}
            | {"terms": _term_documents(each.terms)}
            for each in explanation.alternatives
        ],
    }


def _print_lines(plan: Plan, explanations: list[Explanation]) -> None:
    """One tab-separated line a conversation, for grep and cut."""
    print(_summary(plan))
    for each in plan.assignments:
        print("assigned", each.conversation_id, each.cop_id, f"{each.value / 100:.2f}", sep="\t")
    for waiting in plan.unassigned:
        print("waits", waiting.conversation_id, waiting.reason, waiting.detail, sep="\t")
    for explanation in explanations:
        print("because", explanation.conversation_id, explanation.sentence, sep="\t")
        for term in explanation.chosen.terms if explanation.chosen else ():
            print("term", explanation.conversation_id, term.name, f"{term.seconds:.2f}", term.note, sep="\t")
        for alternative in explanation.alternatives:
            worth = f"{alternative.value / 100:.2f}"
            print("alternative", explanation.conversation_id, alternative.cop_id, worth, sep="\t")
        for better in explanation.better:
            worth = f"{better.value / 100:.2f}"
            print("better", explanation.conversation_id, better.cop_id, worth, _obstacle(better), sep="\t")
        for change in explanation.changes:
            print("change", explanation.conversation_id, change.kind, change.sentence, sep="\t")
        for barred in explanation.barred:
            print("barred", explanation.conversation_id, barred.cop_id, ",".join(barred.rules), sep="\t")


def _obstacle(better: Better) -> str:
    if better.rules:
        return f"barred by {', '.join(better.rules)}"
    return f"gives their slots to {', '.join(better.given)}"


def _summary(plan: Plan) -> str:
    late = f"; fell back: {plan.fallback_reason} ({plan.fallback_detail})" if plan.fallback_reason else ""
    spent = plan.stats.build_ms + plan.stats.solve_ms + plan.stats.check_ms
    unpriced = "" if plan.priced else ", unpriced"
    return (
        f"{len(plan.assignments)} assigned, {len(plan.unassigned)} waiting, worth {plan.objective / 100:.2f} s "
        f"of weighted wait, by {plan.solver}{unpriced} in {spent:.0f} ms{late}"
    )


def _print_tables(plan: Plan, explanations: list[Explanation]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    table = Table("conversation", "COp", "worth (s)", "next best", title="Plan")
    for each in plan.assignments:
        rival = f"{each.runner_up[0]} ({each.runner_up[1] / 100:.1f})" if each.runner_up else "nobody"
        worth = f"{each.value / 100:.1f}"
        table.add_row(escape(each.conversation_id), escape(each.cop_id), worth, escape(rival))
    for waiting in plan.unassigned:
        why = escape(waiting.detail or waiting.reason.sentence)
        table.add_row(escape(waiting.conversation_id), "[dim]waits[/dim]", "", why)
    console.print(table)
    for explanation in explanations:
        console.print(_explanation_table(explanation))
    console.print(_summary(plan), markup=False)


def _explanation_table(explanation: Explanation) -> Any:
    from rich.markup import escape
    from rich.table import Table

    title = escape(f"{explanation.conversation_id}: {explanation.sentence}")
    table = Table("COp", "worth (s)", "why", title=title, title_justify="left")
    if explanation.chosen:
        table.add_row(
            f"[bold]{escape(explanation.chosen.cop_id)}[/bold]",
            f"{explanation.chosen.value / 100:.1f}",
            _why(explanation.chosen.terms),
        )
    for each in explanation.alternatives:
        table.add_row(escape(each.cop_id), f"{each.value / 100:.1f}", _why(each.terms))
    for better in explanation.better:
        obstacle = f"would have been better; {_obstacle(better)}"
        table.add_row(escape(better.cop_id), f"{better.value / 100:.1f}", escape(obstacle))
    for change in explanation.changes:
        table.add_row("", "", escape(change.sentence))
    for barred in explanation.barred:
        table.add_row(f"[dim]{escape(barred.cop_id)}[/dim]", "", f"barred by {', '.join(barred.rules)}")
    return table


def _why(terms: Iterable[CostTerm]) -> str:
    return "\n".join(f"{term.name} {term.seconds:+.1f} ({term.note})" for term in terms if term.value)
