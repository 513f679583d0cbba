"""What-if questions: changes to a floor and to the parameters of its policy, from a file or from KEY=VALUE."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from optimizer.errors import Fault, ParametersInvalid
from optimizer.policy import TABLES
from reports.charts import clock
from routing.domain.errors import Invalid
from simulation.floor import FloorScenario, Tuning
from simulation.floor.scenario import scenario_of

_KEY = "KEY=VALUE, such as arrivals.load=1.3 or absences={start='16:00', minutes=60, cops=10, language='es'}"


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A named change: `document` holds what differs, in a scenario's words; `[matching]`, `[pricing]` in a policy's."""

    name: str
    document: Mapping[str, Any] = field(default_factory=dict)

    def scenario(self, base: FloorScenario) -> FloorScenario:
        """The changed floor; Invalid names the place, the value and what is allowed."""
        said = {name: value for name, value in self.document.items() if name not in TABLES}
        if "name" in said:
            raise Invalid("name", said["name"], "nothing: a change leaves the floor its name")
        changed = scenario_of(merged(asdict(base), said), Path())
        for table in ("absences", "surges", "outages"):
            _require_seen(table, getattr(base, table), getattr(changed, table), changed)
        return changed

    def tuning(self) -> Tuning:
        """The changed parameters; Invalid names the place, the value and what is allowed."""
        return tuning_of({name: value for name, value in self.document.items() if name in TABLES})


def _require_seen(table: str, old: Sequence[Any], new: Sequence[Any], floor: FloorScenario) -> None:
    """What begins when the floor is closed would change nothing, and nobody would notice."""
    for at, each in enumerate(new):
        if each not in old and floor.after_start(each.start) >= floor.seconds:
            opens, closes = clock(floor.start), clock(floor.start + floor.seconds)
            raise Invalid(f"{table}[{at}].start", clock(each.start), f"a time from {opens} to before {closes}")


def tuning_of(tables: Mapping[str, Any]) -> Tuning:
    """Parameters of `[matching]` and `[pricing]`, held to their ranges."""
    for table, values in tables.items():
        if not isinstance(values, Mapping):
            raise Invalid(table, values, "a table of parameters")
        try:
            TABLES[table].from_mapping(values)
        except ParametersInvalid as error:
            raise invalid(error.faults[0], f"{table}.") from error
    return Tuning(**{table: dict(values) for table, values in tables.items()})


def invalid(fault: Fault, within: str) -> Invalid:
    """What a policy says is wrong with a value, as this package says it; `within` leads to its place."""
    place = fault.path if fault.path in within else f"{within}{fault.path}"
    return Invalid(place, fault.value, fault.allowed.removeprefix("allowed is ").removesuffix(" is"))


def parse_changes(texts: Iterable[str]) -> WhatIf:
    """One change of all that KEY=VALUE texts say; a value is TOML, or a bare word."""
    document: dict[str, Any] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        parts = [part.strip() for part in key.split(".")]
        if not equals or not all(parts) or not value.strip():
            raise Invalid("--change", text, _KEY)
        nested: Any = _listed(parts, _value(text, value.strip()))
        for part in reversed(parts):
            nested = {part: nested}
        document = merged(document, nested)
    return WhatIf("changed", document)


def read_what_if(path: Path) -> WhatIf:
    """A change from a TOML file; it is called after the file."""
    try:
        return WhatIf(path.stem, tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Invalid(str(path), str(error), "a readable TOML file") from error


def merged(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with `change` over it: tables are merged, lists of tables grow (an empty list empties them)."""
    found = dict(base)
    for name, value in change.items():
        found[name] = _merged_value(found.get(name), value)
    return found


def _merged_value(old: Any, new: Any) -> Any:
    if isinstance(new, Mapping) and isinstance(old, tuple):
        return merged(dict(old), new)
    if isinstance(new, Mapping) and isinstance(old, Mapping):
        return merged(old, new)
    if _tables(new) and _tables(old):
        return [*old, *new]
    return new


def _tables(value: Any) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(each, Mapping) for each in value)


def _listed(parts: list[str], value: Any) -> Any:
    """A single table said of a list of tables is one more of them."""
    lists = ("surges", "outages", "absences", "training", "agents", "staff.shifts")
    return [value] if isinstance(value, Mapping) and ".".join(parts) in lists else value


def _value(text: str, value: str) -> Any:
    try:
        found = tomllib.loads(f"value = {value}")
    except tomllib.TOMLDecodeError:
        if value[0] in "[{\"'" or "\n" in value:
            raise Invalid("--change", text, _KEY) from None
        return value
    if set(found) != {"value"}:
        raise Invalid("--change", text, _KEY)
    return found["value"]
