"""`pointsman dead-letters`: what could not be read, and sending it again once its cause is mended."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from routing.cli import configuration
from routing.cli.fail import fail
from routing.cli.options import DataDir

if TYPE_CHECKING:
    from collections.abc import Callable

    from routing.adapters.kafka.letters import Letter
    from routing.settings import Settings

letters_app = typer.Typer(no_args_is_help=True, help="What Kafka brought and nobody could read.")
Reason = Annotated[str | None, typer.Option(help="only those with this reason, like unknown_market")]
Ids = Annotated[
    list[str] | None,
    typer.Argument(help="letters by partition:offset, as `list` shows them", metavar="ID"),
]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    letters_app.command("list")(list_command)
    letters_app.command("replay")(replay_command)
    app.add_typer(letters_app, name="dead-letters")


def list_command(
    reason: Reason = None,
    data_dir: DataDir = None,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON for a program to read")] = False,
) -> None:
    """Show every dead letter: where it lies, where it came from and why; never its content, a customer's words."""
    from routing.adapters.kafka.letters import read_letters

    with configuration.told():
        found = [letter for letter in read_letters(_settings(data_dir)) if reason in (None, letter.reason)]
    if as_json:
        print(json.dumps([document(letter) for letter in found], indent=2))
        return
    for letter in found:
        print(line(letter))
    print(f"{len(found)} dead letters")


def replay_command(
    ids: Ids = None,
    reason: Reason = None,
    everything: Annotated[bool, typer.Option("--all", help="every letter")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say what would be sent, and send nothing")] = False,
    data_dir: DataDir = None,
) -> None:
    """Send dead letters back to the topic they came from. Those that were stored after all change nothing.

    Mend the cause first: what still cannot be read becomes a dead letter again. Exit 1 when one could not be sent.
    """
    from routing.adapters.kafka.letters import read_letters, replay
    from routing.adapters.kafka.producing import Producer, producer_of
    from routing.adapters.kafka.topics import Topics

    found = _settings(data_dir)
    chosen = choice(ids or [], reason, everything)
    producer = None if dry_run else Producer(lambda: producer_of(found))
    kept = 0
    with configuration.told():
        # All are read before the first is sent: one that fails again must not be met in the same run.
        for done in replay(list(read_letters(found)), producer, Topics(found.kafka_prefix), chosen):
            kept += done.obstacle is not None
            said = done.obstacle or ("would be sent again" if dry_run else "sent again")
            print(f"{line(done.letter)}: {said}")
    if producer is not None:
        producer.close()
    raise typer.Exit(kept > 0)


def choice(ids: list[str], reason: str | None, everything: bool) -> Callable[[Letter], bool]:
    """Which letters are meant; at least one way of choosing has to be used, so that nothing is sent by mistake."""
    if not ids and reason is None and not everything:
        fail("which letters? give their ids, --reason or --all", "`pointsman dead-letters list` shows them")
    wanted = frozenset(ids)
    return lambda letter: (not wanted or letter.id in wanted) and reason in (None, letter.reason)


def document(letter: Letter) -> dict[str, Any]:
    """Plain values for JSON, without the content."""
    names = ("id", "topic", "reason", "place", "dead_at", "is_whole")
    return {**{name: getattr(letter, name) for name in names}, "bytes": len(letter.value or b"")}


def line(letter: Letter) -> str:
    """One letter in words."""
    place = f" at {letter.place}" if letter.place else ""
    return f"{letter.id:>10}  {letter.dead_at[:19]}  {letter.topic}  {letter.reason}{place}"


def _settings(data_dir: Path | None) -> Settings:
    found = configuration.settings(data_dir=data_dir)
    if found.kafka_bootstrap is None:
        fail("POINTSMAN_KAFKA_BOOTSTRAP is not set; it names the brokers, like 127.0.0.1:9092")
    return found
