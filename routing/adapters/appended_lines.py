"""Files of JSON lines that are only ever appended to; a line that a power cut tore is passed over."""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


def appended(path: Path) -> Iterator[tuple[int, Any]]:
    """Each line that is whole: its number from 1, and what it says; none where there is no file. OSError."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return
    for number, line in enumerate(lines, 1):
        try:
            yield number, json.loads(line)
        except ValueError:
            continue


def append(path: Path, values: Mapping[str, object]) -> None:
    """One more line, on disk when this returns. OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        # A torn last line must not swallow this one; an empty line between others means nothing.
        file.write(f"\n{json.dumps(values)}\n".encode())
        file.flush()
        os.fsync(file.fileno())
