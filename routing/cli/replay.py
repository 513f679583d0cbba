"""`pointsman replay`: solve the recorded ticks again, and see whether the plans are the recorded ones."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from routing.cli import configuration
from routing.cli.fail import fail, fail_with
from routing.cli.progress import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimizer.policy import MatchingPolicy
    from routing.adapters.replay import Figures, OtherPolicy, ReplayedTick

MOST_SHOWN = 20
"""Differences that are printed; `--json` has them all."""
_DIFFERENT = 1


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("replay")(replay_command)


@dataclass(slots=True)
class Tally:
    """What a replay came to so far; `before` and `after` only with another policy."""

    replayed: int = 0
    different: list[ReplayedTick] = field(default_factory=list)
    skipped: list[ReplayedTick] = field(default_factory=list)
    before: Figures | None = None
    after: Figures | None = None
    changed: int = 0

    def count(self, tick: ReplayedTick) -> None:
        """Add one tick."""
        if tick.skipped is not None:
            self.skipped.append(tick)
            return
        self.replayed += 1
        if tick.differences:
            self.different.append(tick)
        if tick.other is not None:
            self._compare(tick.other)

    def _compare(self, other: OtherPolicy) -> None:
        self.changed += other.changed
        self.before = other.before if self.before is None else self.before.plus(other.before)
        self.after = other.after if self.after is None else self.after.plus(other.after)


def replay_command(
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="Ticks of then or later, such as 2026-11-21T08:00.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="Ticks before then; times without an offset are UTC.")
    ] = None,
    policy: Annotated[
        Path | None, typer.Option("--policy", metavar="FILE.toml", help="What this policy would have done instead.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")] = False,
    data_dir: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="Where the database, models and rejects live."),
    ] = None,
) -> None:
    """Solve recorded ticks again and compare; ends with exit code 1 where a plan is not the recorded one."""
    span = read_span(since, until)
    other = None if policy is None else _read(policy)
    tally = _replay(data_dir, span, other)
    if as_json:
        print(json.dumps(_document(tally), indent=2))
    else:
        print("\n".join(_lines(tally, other)))
    if not tally.replayed or (tally.different and policy is None):
        raise typer.Exit(_DIFFERENT)


def read_span(since: str | None, until: str | None) -> tuple[datetime | None, datetime | None]:
    """The values of --since and --until as UTC; ends the command where they are no span."""
    span = (_time("--since", since), _time("--until", until))
    _require_order(span)
    return span


def _time(option: str, text: str | None) -> datetime | None:
    """An ISO 8601 time, UTC; ends the command where it is none."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        fail(f"{option}: {text!r} is not allowed; allowed is a time such as 2026-11-21T08:00 or 2026-11-21T08:00+01:00")


def _require_order(span: tuple[datetime | None, datetime | None]) -> None:
    since, until = span
    if since is not None and until is not None and since >= until:
        fail(f"--until: {until.isoformat()} is not allowed; allowed is a time after --since, {since.isoformat()}")


def _read(path: Path) -> MatchingPolicy:
    from optimizer.errors import ParametersInvalid
    from optimizer.policy import read_policy

    try:
        return read_policy(path)
    except ParametersInvalid as error:
        fail_with([str(fault) for fault in error.faults], f"--policy: {path} is not a valid policy file")


def _replay(
    data_dir: Path | None, span: tuple[datetime | None, datetime | None], policy: MatchingPolicy | None
) -> Tally:
    from routing.adapters.replay import replayed
    from routing.bootstrap import open_store

    tally, parameters = Tally(), None if policy is None else policy.matching
    with configuration.told():
        store = open_store(configuration.settings(data_dir=data_dir))
        try:
            with store.reading() as uow:
                ids = uow.ticks.kept(*span)
            if not ids:
                fail("no tick is kept of that span; ticks that made offers are kept for two days")
            with shown("replaying") as told:
                for done, tick in enumerate(replayed(store, ids, parameters), start=1):
                    tally.count(tick)
                    told(done, len(ids), f"{len(ids)} ticks")
        finally:
            store.close()
    return tally


def _lines(tally: Tally, policy: MatchingPolicy | None) -> Iterator[str]:
    for name, count in _counts(tally).items():
        yield f"{name}\t{count}"
    yield from (f"skipped\t{tick.tick_id}\t{tick.skipped}" for tick in tally.skipped)
    yield from _difference_lines(tally)
    if policy is not None and tally.before is not None and tally.after is not None:
        yield from _table(tally.before, tally.after, tally.changed)
        if policy.pricing != type(policy)().pricing:
            yield "[pricing] of the file has no say: each tick keeps the prices it was made with"


def _counts(tally: Tally) -> dict[str, int]:
    different = len(tally.different)
    identical = tally.replayed - different
    return {
        "replayed": tally.replayed,
        "identical": identical,
        "different": different,
        "skipped": len(tally.skipped),
    }


def _difference_lines(tally: Tally) -> Iterator[str]:
    found = [(tick.tick_id, each) for tick in tally.different for each in tick.differences]
    for tick_id, each in found[:MOST_SHOWN]:
        of = each.conversation_id or "the tick"
        cops = f"recorded {each.recorded or 'nobody'}\treplayed {each.replayed or 'nobody'}"
        yield f"different\t{tick_id}\t{of}\t{cops}\t{each.what}"
    if len(found) > MOST_SHOWN:
        yield f"and {len(found) - MOST_SHOWN} more differences; --json has them all"


def _table(before: Figures, after: Figures, changed: int) -> Iterator[str]:
    yield f"changed assignments\t{changed}"
    yield "figure\trecorded policy\tthis policy\tchange"
    for name, (old, new) in _figures(before, after).items():
        digits = 0 if isinstance(old, int) and isinstance(new, int) else 2
        change = "-" if old is None or new is None else f"{new - old:+.{digits}f}"
        cells = ("-" if each is None else f"{each:.{digits}f}" for each in (old, new))
        yield "\t".join((name, *cells, change))


def _figures(before: Figures, after: Figures) -> dict[str, tuple[float | None, float | None]]:
    """Both figures by name; the value of a term is by each policy's own weights."""
    terms = sorted({*before.value, *after.value})
    return {
        "served": (before.served, after.served),
        "fraud served": (before.fraud, after.fraud),
        "vulnerable served": (before.vulnerable, after.vulnerable),
        "mean wait of those served (s)": (before.mean_waited_seconds, after.mean_waited_seconds),
        "value (s)": (sum(before.value.values()), sum(after.value.values())),
        **{f"value of {name} (s)": (before.value.get(name, 0.0), after.value.get(name, 0.0)) for name in terms},
    }


def _document(tally: Tally) -> dict[str, Any]:
    other = None
    if tally.before is not None and tally.after is not None:
        pairs = _figures(tally.before, tally.after)
        figures = [{"name": name, "recorded": old, "policy": new} for name, (old, new) in pairs.items()]
        other = {"changed_assignments": tally.changed, "figures": figures}
    return {
        **_counts(tally),
        "skipped_ticks": [{"tick_id": each.tick_id, "reason": each.skipped} for each in tally.skipped],
        "differences": [
            {"tick_id": tick.tick_id, **asdict(each)} for tick in tally.different for each in tick.differences
        ],
        "policy": other,
    }
