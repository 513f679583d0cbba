"""Commands of the person who edits a pack: write the starter pack out, check files."""

import json
import shlex
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from routing.cli.fail import fail

if TYPE_CHECKING:
    from routing.adapters.pack import CheckResult, PackError

# The adapters load pydantic, which `pointsman --help` need not wait for.


def register(app: typer.Typer) -> None:
    """Add `init` and `check` to the command line."""
    app.command("init")(init)
    app.command("check")(check)


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")],
) -> None:
    """Write the starter pack into DIR, for a team to edit."""
    from routing.adapters.pack.starter_copy import FolderInUse, write_starter

    try:
        written = write_starter(folder)
    except FolderInUse as reason:
        fail(f"{reason}; name a new or empty folder")
    except OSError as reason:
        fail(f"{folder} cannot be written: {reason.strerror or reason}")
    typer.echo(f"Wrote {written} files to {folder}. Edit them, then run: pointsman check {shlex.quote(str(folder))}")


def check(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A pack's folder, or one of its files.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Report everything that is wrong with a pack: file, path, value, what is allowed."""
    from routing.adapters.pack import check_path

    try:
        if not path.exists():
            fail(f"{path} does not exist; name a pack's folder or one of its files")
        result = check_path(path)
    except OSError as reason:
        fail(f"{path} cannot be read: {reason.strerror or reason}")
    typer.echo(_as_json(path, result) if as_json else _as_text(path, result))
    raise typer.Exit(1 if result.errors else 0)


def _as_json(path: Path, result: "CheckResult") -> str:
    report = {
        "path": str(path),
        "ok": not result.errors,
        "errors": [asdict(error) for error in result.errors],
        "warnings": [asdict(warning) for warning in result.warnings],
        "counts": dict(result.counts),
        "overflow": list(result.overflow),
    }
    return json.dumps(report, indent=2)


def _as_text(path: Path, result: "CheckResult") -> str:
    """A plain list: it reads the same on a terminal, in a pipe and in a CI log."""
    lines = [line for error in result.errors for line in _finding("error", error)]
    lines += [line for warning in result.warnings for line in _finding("warning", warning)]
    counts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in result.counts.items() if count)
    verdict = "cannot be used" if result.errors else "can be used"
    totals = f"{_number(result.errors, 'error')}, {_number(result.warnings, 'warning')}"
    rules = ["While a customer waits:", *(f"  - {rule}" for rule in result.overflow)] if result.overflow else []
    return _encodable("\n".join([*lines, f"{path} {verdict}: {totals}", f"It holds: {counts or 'nothing'}", *rules]))


def _encodable(text: str) -> str:
    """What the terminal's encoding lacks, written as escapes: an emoji in a message must not end the report."""
    encoding = sys.stdout.encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def _finding(severity: str, finding: "PackError") -> list[str]:
    place = f"{finding.file}: {finding.path}" if finding.path else finding.file
    return [f"{severity}: {place}", f"  value:   {finding.value}", f"  allowed: {finding.allowed}"]


def _number(findings: list["PackError"], noun: str) -> str:
    return f"{len(findings)} {noun}" + ("" if len(findings) == 1 else "s")
