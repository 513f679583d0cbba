"""`pointsman holds`: legal holds, under which nothing is erased or purged."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from routing.cli import configuration
from routing.cli.caller import who
from routing.cli.erase import By
from routing.cli.options import DataDir

if TYPE_CHECKING:
    from routing.bootstrap import Service
    from routing.domain.erasure import Hold

app = typer.Typer(no_args_is_help=True, help="Keep customers or conversations from being erased or purged.")


def register(parent: typer.Typer) -> None:
    """Add the commands to `parent`."""
    parent.add_typer(app, name="holds")


@app.command("list")
def list_command(data_dir: DataDir = None) -> None:
    """List the holds in force, oldest first."""
    from routing.services import holds

    with configuration.told():
        found = holds.in_force(_service(data_dir).context)
    for hold in found:
        print(_line(hold))
    if not found:
        print("no holds are in force")


@app.command("set")
def set_command(
    reason: Annotated[str, typer.Option(help="Why: a case number, never a name.")],
    customer: Annotated[str | None, typer.Option(help="The bank's own reference of a customer, known or not.")] = None,
    conversation: Annotated[str | None, typer.Option(help="Id of one conversation.")] = None,
    by: By = None,
    data_dir: DataDir = None,
) -> None:
    """Hold one customer, or one conversation."""
    from routing.services import holds

    with configuration.told():
        made = holds.set_hold(_service(data_dir).context, who(by), reason, customer, conversation)
    print(_line(made))


@app.command("lift")
def lift_command(
    id: Annotated[str, typer.Argument(metavar="ID", help="The hold's id.")], by: By = None, data_dir: DataDir = None
) -> None:
    """End a hold: what it covered can be erased, and is purged when its time has come."""
    from routing.services import holds

    with configuration.told():
        lifted = holds.lift_hold(_service(data_dir).context, id, who(by))
    print(f"{lifted.id} lifted by {lifted.lifted_by}")


def _service(data_dir: Path | None) -> Service:
    return configuration.service(configuration.settings(data_dir=data_dir))


def _line(hold: Hold) -> str:
    covered = hold.customer_id or hold.conversation_id
    return f"{hold.id}  {hold.set_at.isoformat()[:19]}  {hold.kind} {covered}  {hold.set_by}: {hold.reason}"
