"""`pointsman traffic`: recorded traffic as a scenario, for `pointsman simulate`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from routing.cli import configuration
from routing.cli.fail import fail
from routing.cli.replay import read_span

_A_DAY = timedelta(days=1)


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("traffic")(traffic_command)


def traffic_command(
    out: Annotated[Path, typer.Option("--out", metavar="FILE.toml", help="Write the scenario here.")],
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="From then on, such as 2026-11-21T08:00.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="Until before then; without both, yesterday (UTC).")
    ] = None,
    group: Annotated[str | None, typer.Option("--group", help="The matching group, where there are several.")] = None,
    data_dir: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="Where the database, models and rejects live."),
    ] = None,
) -> None:
    """Write a floor like the recorded one: how many wrote when, how patiently, and who was there to answer."""
    from reports import write_whole
    from routing.services.traffic import recorded
    from simulation.recorded import as_toml, scenario_document

    begin, end = _span(since, until)
    with configuration.told():
        service = configuration.service(configuration.settings(data_dir=data_dir))
        document = scenario_document(recorded(service.context, group, begin, end))
        write_whole(out, as_toml(document))
    print(document["description"])
    print(f"try it: pointsman simulate {out}")


def _span(since: str | None, until: str | None) -> tuple[datetime, datetime]:
    if (since is None) != (until is None):
        fail("--since and --until: one of the two is missing; give both, or none for yesterday")
    begin, end = read_span(since, until)
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return begin or today - _A_DAY, end or today
