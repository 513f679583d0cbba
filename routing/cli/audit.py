"""`pointsman audit`: verify, search and anchor the sealed history."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from routing.cli import configuration
from routing.cli.fail import fail
from routing.cli.options import AsJson, DataDir

if TYPE_CHECKING:
    from collections.abc import Iterator

    from routing.domain.audit_check import Verification
    from routing.domain.events import Event, EventKind
    from routing.settings import Settings

TAMPERED = 1

app = typer.Typer(no_args_is_help=True, help="Verify, search and anchor the sealed history of decisions and actions.")


def register(parent: typer.Typer) -> None:
    """Add the commands to `parent`."""
    parent.add_typer(app, name="audit")


@app.command("verify")
def verify_command(
    anchors: Annotated[Path | None, typer.Option(help="File of anchors; by default the installation's own.")] = None,
    anchor: Annotated[list[str] | None, typer.Option(help="POSITION:DIGEST from the log; may be repeated.")] = None,
    require_anchor: Annotated[bool, typer.Option(help="Without any anchor, exit with status 1.")] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Read every seal and compare the anchors. Exit status: 0 whole, 1 changed, 2 could not be read."""
    from routing.adapters.audit_anchors import AnchorFile, parsed
    from routing.services.audit import verify

    settings = configuration.settings(data_dir=data_dir)
    with configuration.told():
        known = [*AnchorFile(anchors or settings.anchors_file).all(), *map(parsed, anchor or ())]
        with _opened(settings) as store:
            found = verify(store, known)
    print(json.dumps(_document(found), indent=2) if as_json else "\n".join(_lines(found)))
    if not found.whole or (require_anchor and not found.anchored):
        raise typer.Exit(TAMPERED)


@app.command("search")
def search_command(  # noqa: PLR0913, PLR0917 - one parameter an option
    actor: Annotated[str | None, typer.Option(help="Who did it.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="What was done, as offer.made; may be repeated.")] = None,
    conversation: Annotated[str | None, typer.Option(help="Id of a conversation.")] = None,
    cop: Annotated[str | None, typer.Option(help="Id of a COp.")] = None,
    since: Annotated[datetime | None, typer.Option(help="From this time on (UTC).")] = None,
    until: Annotated[datetime | None, typer.Option(help="Before this time (UTC).")] = None,
    most: Annotated[int, typer.Option(min=1, max=100_000, help="No more than so many.")] = 50,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """List sealed facts, newest first: position, when, who, what, about whom, why. Exit status 1 where none fits."""
    from routing.domain.audit import Wanted
    from routing.services.audit import search

    wanted = Wanted(actor, tuple(map(_kind, kind or ())), conversation, cop, _utc(since), _utc(until))
    with configuration.told(), _opened(configuration.settings(data_dir=data_dir)) as store:
        rows = search(store, wanted, most)
    facts = [_fact(row.seal.position, row.event) for row in rows if row.event is not None]
    for fact in facts:
        print(json.dumps(fact) if as_json else _line(fact))
    if not facts:
        raise typer.Exit(1)


@app.command("anchor")
def anchor_command(
    after_restore: Annotated[
        str | None,
        typer.Option(metavar="REASON", help="Set aside the anchors that a restored back-up contradicts, and say why."),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Copy the newest seal out of the database now, to the places of POINTSMAN_AUDIT_ANCHOR_TO."""
    from routing.adapters.audit_anchors import anchor_places
    from routing.services.audit import anchor, anchor_restored

    settings = configuration.settings(data_dir=data_dir)
    if after_restore is not None and not after_restore.strip():
        fail("--after-restore needs a reason: it sets older anchors aside")
    with configuration.told(), _opened(settings) as store:
        places = anchor_places(settings.anchors_file, settings.audit_anchor_to)
        now = datetime.now(UTC)
        made = anchor_restored(store, places, now, after_restore) if after_restore else anchor(store, places, now)
    print(f"{made.position}:{made.chained}" if made else "nothing is sealed yet")


def _opened(settings: Settings) -> Any:
    from contextlib import closing

    from routing.bootstrap import is_there, open_store

    if not is_there(settings.sqlalchemy_url):
        fail("there is no database yet; POINTSMAN_DATA_DIR or --data-dir says where it is")
    return closing(open_store(settings))


def _lines(found: Verification) -> Iterator[str]:
    yield f"{found.checked} facts read, {found.erased} of them forgotten on purpose"
    for finding in found.findings:
        yield str(finding)
    if found.flaws > len(found.findings):
        yield f"and {found.flaws - len(found.findings)} more"
    if found.anchored:
        yield f"anchored up to position {found.anchored}; what came after could be cut off unseen"
    else:
        yield "no anchor: the end could be cut off, or everything rewritten, unseen"
    yield "whole" if found.whole else "CHANGED"


def _document(found: Verification) -> dict[str, Any]:
    return {
        "whole": found.whole,
        "checked": found.checked,
        "erased": found.erased,
        "anchored": found.anchored,
        "head": found.head and {"position": found.head.position, "chained": found.head.chained},
        "flaws": found.flaws,
        "findings": [{"flaw": each.flaw, "position": each.position, "seq": each.seq} for each in found.findings],
    }


def _fact(position: int, event: Event) -> dict[str, Any]:
    return {
        "position": position,
        "seq": event.seq,
        "at": event.at.isoformat(),
        "actor": event.actor,
        "kind": event.kind,
        "conversation_id": event.conversation_id,
        "cop_id": event.cop_id,
        "data": event.data,
    }


def _line(fact: dict[str, Any]) -> str:
    subject = " ".join(filter(None, (fact["conversation_id"], fact["cop_id"])))
    why = json.dumps(fact["data"], ensure_ascii=True, separators=(",", ":"))
    return "\t".join((str(fact["position"]), fact["at"], fact["actor"], fact["kind"], subject or "-", why))


def _kind(text: str) -> EventKind:
    from routing.domain.events import EventKind

    try:
        return EventKind(text)
    except ValueError:
        fail(f"--kind {text!r} is no kind of fact; known are {', '.join(EventKind)}")


def _utc(at: datetime | None) -> datetime | None:
    return at and (at if at.tzinfo else at.replace(tzinfo=UTC))
