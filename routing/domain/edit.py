"""Edits: what people change of the policy and the pack without touching the files, as versions."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

Values = Mapping[str, Mapping[str, Any]]
"""Entry -> field -> value: a table of the policy or an entry of the pack, with what it says, as plain data."""
ADDED = "added"
"""Field of an entry that the files do not have and that the edit brings whole."""
REMOVED = "removed"
"""Field of an entry that the files have and that is to count as gone."""
LONGEST_REASON = 200


class EditSubject(StrEnum):
    """What can be edited."""

    POLICY = "policy"
    ROSTER = "roster"
    TAXONOMY = "taxonomy"
    MARKETS = "markets"
    AGENTS = "agents"


JOINED = frozenset({EditSubject.ROSTER, EditSubject.AGENTS})
"""Subjects whose entries come and go by an edit: who takes offers."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One version of what differs from the files. `number` counts from 1 without gaps; `content` is all that differs.

    `rolled_back_to` is the number whose content it took over; 0 means the files alone, None that it is no roll-back.
    """

    subject: EditSubject
    number: int
    content: Values
    by: str
    reason: str
    at: datetime
    rolled_back_to: int | None = None

    @property
    def digest(self) -> str:
        """What the content comes to, in 12 hexadecimal digits."""
        return hashlib.sha256(json.dumps(self.content, sort_keys=True).encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One value that differs; None: the entry does not have it."""

    entry: str
    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class EditFault:
    """What is wrong with an edit: the place, the value as it was written, and what is allowed."""

    place: str
    value: str
    allowed: str

    def __str__(self) -> str:
        return f"{self.place} is {self.value}; allowed: {self.allowed}"


def laid_over(base: Values, content: Values) -> dict[str, dict[str, Any]]:
    """What the files say with an edit over it; entries that the files no longer have are left aside."""
    idle = set(idle_entries(base, content))
    found = {key: dict(base.get(key, {})) for key in [*base, *(key for key in content if key not in base)]}
    for key, fields in content.items():
        if fields.get(REMOVED) or key in idle:
            found.pop(key)
        else:
            found[key] |= {name: value for name, value in fields.items() if name not in (ADDED, REMOVED)}
    return found


def idle_entries(base: Values, content: Values) -> list[str]:
    """Entries that are edited, and that neither the files have nor the edit brings."""
    return [key for key, fields in content.items() if key not in base and not fields.get(ADDED)]


def changed(base: Values, content: Values, wanted: Values) -> dict[str, dict[str, Any]]:
    """The content with `wanted` fields in place of its own; what then says the same as the files is left out."""
    found = {key: dict(fields) for key, fields in content.items()}
    for key, fields in wanted.items():
        found[key] = {**found.get(key, {}), **fields}
    return lean(base, found)


def lean(base: Values, content: Values) -> dict[str, dict[str, Any]]:
    """The content without what the files say too; someone who was added and is removed again leaves nothing."""
    kept = {key: _lean(base.get(key), fields) for key, fields in content.items()}
    return {key: fields for key, fields in sorted(kept.items()) if fields}


def _lean(base: Mapping[str, Any] | None, fields: Mapping[str, Any]) -> dict[str, Any]:
    if fields.get(REMOVED):
        return {} if base is None else {REMOVED: True}
    said = {name: value for name, value in sorted(fields.items()) if name != REMOVED}
    if base is None:
        return said
    return {name: value for name, value in said.items() if name != ADDED and (name not in base or base[name] != value)}


def differences(before: Values, after: Values) -> list[FieldChange]:
    """What differs between two states as they are in force, by entry and field."""
    return list(_differences(before, after))


def _differences(before: Values, after: Values) -> Iterable[FieldChange]:
    for entry in sorted({*before, *after}):
        old, new = before.get(entry, {}), after.get(entry, {})
        for field in dict.fromkeys([*old, *new]):
            if old.get(field) != new.get(field):
                yield FieldChange(entry, field, old.get(field), new.get(field))
