"""The matching's policy: weights and prices of one TOML file, with a version that changes whenever a value does."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from optimizer.errors import Fault, ParametersInvalid
from optimizer.parameters import MatchingParameters
from optimizer.pricing import PricingParameters
from optimizer.ranges import Range, ranges_of

TABLES: Mapping[str, type[MatchingParameters] | type[PricingParameters]] = {
    "matching": MatchingParameters,
    "pricing": PricingParameters,
}
"""The tables of a policy file."""


@dataclass(frozen=True, slots=True)
class MatchingPolicy:
    """What a team may tune about matching: `[matching]` weighs, `[pricing]` says how scarce time is priced."""

    matching: MatchingParameters = field(default_factory=MatchingParameters)
    pricing: PricingParameters = field(default_factory=PricingParameters)

    @property
    def version(self) -> str:
        """A digest of every value, whether written down or left at its default."""
        values = {f"{row.table}.{row.name}": row.value for row in rows_of(self)}
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """One value of a policy, and what it may be."""

    table: str
    name: str
    value: float | tuple[float, ...]
    allowed: Range
    is_default: bool


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """One value that differs between two policies."""

    table: str
    name: str
    before: float | tuple[float, ...]
    after: float | tuple[float, ...]
    unit: str


def rows_of(policy: MatchingPolicy) -> list[PolicyRow]:
    """Every value, by table, in the order of the documentation."""
    rows = []
    for table, kind in TABLES.items():
        part, allowed, default = getattr(policy, table), ranges_of(kind), kind()
        for name in (each.name for each in fields(kind)):
            value = _as_numbers(getattr(part, name))
            rows.append(PolicyRow(table, name, value, allowed[name], value == _as_numbers(getattr(default, name))))
    return rows


def differences(before: MatchingPolicy, after: MatchingPolicy) -> list[PolicyChange]:
    """What changes from one policy to the other; empty where they have the same version."""
    pairs = zip(rows_of(before), rows_of(after), strict=True)
    return [
        PolicyChange(old.table, old.name, old.value, new.value, old.allowed.unit)
        for old, new in pairs
        if old.value != new.value
    ]


def read_policy(path: Path) -> MatchingPolicy:
    """Read a policy file; raises `ParametersInvalid` naming every unknown table or name and every bad value.

    A file without tables is read as `[matching]` alone.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ParametersInvalid([Fault(str(path), str(error), "a readable TOML file is")]) from error
    if not any(isinstance(value, dict) for value in document.values()):
        document = {"matching": document}
    return policy_from(document)


def policy_from(document: Mapping[str, Any]) -> MatchingPolicy:
    """The policy that tables of plain data say; raises `ParametersInvalid` as `read_policy` does."""
    faults: list[Fault] = []
    for table, value in document.items():
        if table not in TABLES or not isinstance(value, dict):
            faults.append(Fault(table, repr(value), f"the tables are {', '.join(f'[{each}]' for each in TABLES)}"))
    parts: dict[str, Any] = {}
    for table, kind in TABLES.items():
        values = document.get(table)
        try:
            parts[table] = kind.from_mapping(values if isinstance(values, dict) else {})
        except ParametersInvalid as error:
            faults += [Fault(f"{table}.{fault.path}", fault.value, fault.allowed) for fault in error.faults]
    if faults:
        raise ParametersInvalid(faults)
    return MatchingPolicy(**parts)


def _as_numbers(value: Any) -> float | tuple[float, ...]:
    return tuple(float(each) for each in value) if isinstance(value, tuple) else float(value)
