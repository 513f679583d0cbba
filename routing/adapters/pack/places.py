"""Names places in a file so that a person finds them: `cop[id=amara-okafor].shift.start`."""

import re
from collections import Counter
from collections.abc import Sequence

IDENTITIES = {"issue_type": "key", "market": "key", "cop": "id", "agent": "id"}
_PLAIN = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")

Step = str | int


def path_of(data: dict[str, object], steps: Sequence[Step]) -> str:
    """The path to a place; entries go by their key or id where it is there and unique, else by position from 0."""
    if len(steps) < 2 or not isinstance(steps[1], int):
        return _joined(steps)
    table, position = str(steps[0]), steps[1]
    identity = _identity(data.get(table), table, position)
    label = f"{table}[{IDENTITIES[table]}={identity}]" if identity else f"{table}[{position}]"
    rest = _joined(steps[2:])
    return f"{label}.{rest}" if rest else label


def _identity(entries: object, table: str, position: int) -> str | None:
    if table not in IDENTITIES or not isinstance(entries, list):
        return None
    names = [entry.get(IDENTITIES[table]) if isinstance(entry, dict) else None for entry in entries]
    name = names[position]
    if not isinstance(name, str) or not _PLAIN.fullmatch(name):
        return None
    return name if Counter(n for n in names if isinstance(n, str))[name] == 1 else None


def _joined(steps: Sequence[Step]) -> str:
    path = ""
    for step in steps:
        if isinstance(step, int):
            path += f"[{step}]"
        else:
            path += ("." if path else "") + _key(step)
    return path


def _key(name: str) -> str:
    if _BARE_KEY.fullmatch(name):
        return name
    printable = "".join(char if char.isprintable() else "?" for char in name[:40])
    return '"' + printable.replace('"', '\\"') + '"'
