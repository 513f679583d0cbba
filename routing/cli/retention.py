"""`pointsman retention`: what is kept how long, what is past its time, and purging it now."""

from __future__ import annotations

import os
import socket
import uuid
from typing import TYPE_CHECKING

import typer

from routing.cli import configuration
from routing.cli.options import DataDir

if TYPE_CHECKING:
    from pathlib import Path

    from routing.bootstrap import Service

app = typer.Typer(no_args_is_help=True, help="How long things are kept, and purging what is past its time.")


def register(parent: typer.Typer) -> None:
    """Add the commands to `parent`."""
    parent.add_typer(app, name="retention")


@app.command("show")
def show_command(data_dir: DataDir = None) -> None:
    """Show every deadline of the pack, with how many conversations are past it now; nothing changes."""
    from routing.services.retention import overdue

    with configuration.told():
        service = _service(data_dir)
        found = overdue(service.context)
    for each in found:
        market = each.market or "(markets that left the pack)"
        print(f"{each.kept:<8} {market:<28} {each.days:>6} days  {each.conversations} past it")
    retention = service.context.packs.current().retention
    print(f"{'ticks':<8} {'(all)':<28} {retention.ticks_days:>6} days")
    print(f"{'letters':<8} {'(all dead letters)':<28} {retention.dead_letters_days:>6} days")


@app.command("run")
def run_command(data_dir: DataDir = None) -> None:
    """Purge now what is past its time; `serve` does the same every ten minutes."""
    from routing.adapters.erasure.purging import Purging

    with configuration.told():
        service = _service(data_dir)
        holder = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        conversations, letters = Purging(service.context, service.settings, holder).everything()
    print(f"{conversations} conversations past a deadline, {letters} dead letters")


def _service(data_dir: Path | None) -> Service:
    return configuration.service(configuration.settings(data_dir=data_dir))
