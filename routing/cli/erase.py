"""`pointsman erase` and `pointsman erasures`: erase a customer, and look at the receipts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from routing.cli import configuration
from routing.cli.caller import who
from routing.cli.fail import fail
from routing.cli.options import AsJson, DataDir

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from routing.bootstrap import Service
    from routing.domain.erasure import AffectedModel, Erasure
    from routing.services.erasure import Preview

By = Annotated[str | None, typer.Option("--by", help="Who asks; by default the user of this machine.")]
CHANGED = 1


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command("erase")(erase_command)
    app.command("erasures")(erasures_command)


def erase_command(  # noqa: PLR0913, PLR0917 - one parameter an option
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="The bank's own reference of the customer.")],
    reason: Annotated[
        str | None, typer.Option(help="Why: a case number, never a name. It stays in the receipt.")
    ] = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Only say what would go, and what stands against it.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    by: By = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Erase everything stored of a customer, here and in the dead letters and exports; prints the receipt.

    Asked again it goes on where it was broken off. Exit status 2: refused (a hold, a conversation that has not ended),
    or a place is out of reach; nothing of the database was touched then.
    """
    from routing.services import erasure

    with configuration.told():
        service = configuration.service(configuration.settings(data_dir=data_dir))
        seen = erasure.preview(service.context, service.erasing, customer)
        if preview:
            print(_json(seen) if as_json else "\n".join(_told(seen)))
            return
        _confirm(seen, reason, yes)
        asked = erasure.Request(customer, who(by), reason or "")
        done = erasure.erase(service.context, service.erasing, asked)
    print(_json(done) if as_json else "\n".join(receipt_lines(done)))


def erasures_command(  # noqa: PLR0913, PLR0917 - one parameter an option
    id: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="The receipt to show; the newest are listed.")
    ] = None,
    customer: Annotated[str | None, typer.Option(help="Receipts of this customer, by their digest.")] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Ask again those that are recorded outside, and unknown to the database.")
    ] = False,
    everyone: Annotated[
        bool, typer.Option("--everyone", help="With --again: also those it knows, where old messages came back.")
    ] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """List receipts of erasures, or show one. Exit status 1 where one is no longer as it was sealed.

    With --again those that a restored database does not know are asked again; exit status 1 where one cannot be.
    """
    from routing.cli.erase_again import NOT_ALL_ERASED, erase_again
    from routing.services import erasure

    if again:
        with configuration.told():
            stands = erase_again(configuration.settings(data_dir=data_dir), everyone=everyone)
        raise typer.Exit(NOT_ALL_ERASED if stands else 0)
    with configuration.told():
        service = configuration.service(configuration.settings(data_dir=data_dir))
        found = _receipts(service, id, customer)
        changed = [each for each in found if each.done_at and not erasure.is_as_sealed(service.context, each)]
    for each in found:
        print(_json(each) if as_json else "\n".join(receipt_lines(each)) if id else _line(each))
    for each in changed:
        print(f"CHANGED: receipt {each.id} is not the one that the history tells of")
    raise typer.Exit(CHANGED if changed else 0)


def _receipts(service: Service, id: str | None, customer: str | None) -> Sequence[Erasure]:
    from routing.services import erasure

    if id is not None:
        return [erasure.receipt(service.context, id)]
    if customer is not None:
        return erasure.preview(service.context, service.erasing, customer).before
    return erasure.receipts(service.context, 100)


def _confirm(seen: Preview, reason: str | None, yes: bool) -> None:
    if not reason:
        fail("--reason is missing: why is the customer erased? a case number will do, and stays in the receipt")
    if yes:
        return
    print("\n".join(_told(seen)))
    if not typer.confirm("erase all this for good?"):
        fail("nothing was erased")


def _told(seen: Preview) -> Iterator[str]:
    yield f"customer digest {seen.customer.digest}"
    yield from _counts(seen.counts)
    yield from _models(seen.models)
    for id, state in seen.open_ones.items():
        yield f"against it: conversation {id} is {state}; it has to end first"
    for hold in seen.holds:
        yield f"against it: hold {hold.id} on a {hold.kind}, set by {hold.set_by}: {hold.reason}"
    for each in seen.before:
        yield f"before: {_line(each)}"


def receipt_lines(done: Erasure) -> Iterator[str]:
    """A receipt in words."""
    yield f"receipt {done.id}, customer digest {done.customer.digest} (key {done.customer.key_id})"
    yield f"asked by {done.asked_by} at {done.asked_at.isoformat()}: {done.reason}"
    yield f"done at {done.done_at.isoformat()}" if done.done_at else "NOT DONE: ask for the same erasure again"
    yield from _counts(done.counts)
    yield from _models(done.models)
    for each in done.lingering:
        until = f"until {each.until.isoformat()}" if each.until else "as long as its keeper keeps it"
        yield f"lingers: {each.place}, {until}"
    if done.first:
        yield f"the first receipt of this customer is {done.first}"


def _counts(counts: Mapping[str, int]) -> Iterator[str]:
    yield from (f"{count:>8} {name}" for name, count in counts.items())


def _models(models: Sequence[AffectedModel]) -> Iterator[str]:
    for model in models:
        knows = "was taught nobody knows what" if model.labels is None else f"was taught {model.labels} of their labels"
        yield f"model {model.version} ({model.state}) {knows}: train anew, and promote the result"


def _line(each: Erasure) -> str:
    state = f"done {each.done_at.isoformat()[:19]}" if each.done_at else "NOT DONE"
    return f"{each.id}  {each.asked_at.isoformat()[:19]}  {each.asked_by}  {state}  {each.total} things  {each.reason}"


def _json(document: Any) -> str:
    from dataclasses import asdict

    return json.dumps(asdict(document), indent=2, default=str, ensure_ascii=False)
