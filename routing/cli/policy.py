"""`pointsman policy`: the weights and prices that matching goes by, shown, checked and compared."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from routing.cli.fail import fail
from routing.cli.options import AsJson

if TYPE_CHECKING:
    from optimizer.policy import MatchingPolicy, PolicyRow

File = Annotated[
    Path | None, typer.Argument(metavar="POLICY.toml", help="The policy file; without one, the one in use.")
]


def register(app: typer.Typer) -> None:
    """Add `policy show`, `policy check` and `policy diff`."""
    group = typer.Typer(no_args_is_help=True, help="Show, check and compare what matching weighs and how it prices.")
    group.command("show")(show)
    group.command("check")(check)
    group.command("diff")(diff)
    app.add_typer(group, name="policy")


def show(
    path: File = None,
    as_json: AsJson = False,
    changed: Annotated[bool, typer.Option("--changed", help="Only what differs from the defaults.")] = False,
) -> None:
    """Print every value of a policy with its unit, what is allowed and what it means."""
    from optimizer.policy import rows_of

    policy = _read(path)
    rows = [row for row in rows_of(policy) if not (changed and row.is_default)]
    if as_json:
        typer.echo(json.dumps({"version": policy.version, "values": [_document(row) for row in rows]}, indent=2))
        return
    typer.echo(f"policy {policy.version}")
    for row in rows:
        low, high = f"{row.allowed.low:g}", f"{row.allowed.high:g}"
        mark = "" if row.is_default else " *"
        cells = (f"{row.table}.{row.name}", f"{shown(row.value)}{mark}", row.allowed.unit, f"{low} to {high}")
        typer.echo("\t".join((*cells, row.allowed.meaning)))


def check(
    path: Annotated[Path, typer.Argument(metavar="POLICY.toml", help="The policy file to check.")],
) -> None:
    """Report everything wrong with a policy file: the value and what is allowed."""
    policy = _read(path)
    typer.echo(f"{path}: policy {policy.version}")


def diff(
    before: Annotated[Path, typer.Argument(metavar="A.toml", help="One policy file.")],
    after: Annotated[Path, typer.Argument(metavar="B.toml", help="The other.")],
    as_json: AsJson = False,
) -> None:
    """Print what changes from policy A to policy B; ends with exit code 1 where anything does."""
    from optimizer.policy import differences

    old, new = _read(before), _read(after)
    changes = differences(old, new)
    if as_json:
        found = [{"name": f"{c.table}.{c.name}", "before": c.before, "after": c.after, "unit": c.unit} for c in changes]
        typer.echo(json.dumps({"before": old.version, "after": new.version, "changes": found}, indent=2))
    else:
        typer.echo(f"{old.version} -> {new.version}")
        for c in changes:
            typer.echo(f"{c.table}.{c.name}\t{shown(c.before)} -> {shown(c.after)}\t{c.unit}")
    raise typer.Exit(1 if changes else 0)


def shown(value: float | tuple[float, ...]) -> str:
    """A value as a policy file would say it."""
    return f"[{', '.join(f'{each:g}' for each in value)}]" if isinstance(value, tuple) else f"{value:g}"


def _document(row: PolicyRow) -> dict[str, Any]:
    return {
        "name": f"{row.table}.{row.name}",
        "value": row.value,
        "default": row.is_default,
        "unit": row.allowed.unit,
        "low": row.allowed.low,
        "high": row.allowed.high,
        "meaning": row.allowed.meaning,
    }


def _read(path: Path | None) -> MatchingPolicy:
    from optimizer.errors import ParametersInvalid
    from optimizer.policy import MatchingPolicy, read_policy
    from routing.cli.configuration import settings

    chosen = path or settings().matching
    if chosen is None:
        return MatchingPolicy()
    try:
        return read_policy(chosen)
    except ParametersInvalid as error:
        fail("\n".join([f"{chosen}: {len(error.faults)} error(s)", *(f"  {fault}" for fault in error.faults)]))
