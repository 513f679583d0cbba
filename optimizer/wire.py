"""A snapshot as JSON: the schema, reading with every fault at once, and writing."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from optimizer.errors import Fault, ParametersInvalid, SnapshotInvalid
from optimizer.parameters import MatchingParameters, ranges
from optimizer.side.limit import Limit
from optimizer.side.practice import Practice
from optimizer.snapshot import CopState, HandleTimeFact, IssueTypeFacts, Snapshot, SteeringFacts, WaitingConversation
from optimizer.wire_schema import ConversationFile, CopFile, LimitFile, PracticeFile, SnapshotFile, SteeringFile


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a snapshot file."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **SnapshotFile.model_json_schema()}


def snapshot_from_json(path: Path) -> Snapshot:
    """Read and validate a file; raises `SnapshotInvalid` with every fault it has."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise SnapshotInvalid([Fault(str(path), str(error), "expected a readable JSON file")]) from error
    return snapshot_from_document(document)


def snapshot_from_document(document: Any) -> Snapshot:
    """The same from parsed JSON."""
    faults = list(_reference_faults(document))
    try:
        file = SnapshotFile.model_validate(document)
        faults += _parameter_faults(file)
    except ValidationError as error:
        faults = [*(_fault(each) for each in error.errors(include_url=False)), *faults]
    if faults:
        raise SnapshotInvalid(faults)
    return _snapshot(file)


def document_of(snapshot: Snapshot) -> dict[str, Any]:
    """A snapshot as plain JSON data; reading it back gives the same snapshot."""
    return {
        "at": snapshot.at.isoformat(),
        "conversations": [_conversation_document(each) for each in snapshot.conversations],
        "cops": [_cop_document(each) for each in snapshot.cops],
        "issue_types": [_fields_of(each) for each in snapshot.issue_types],
        "handle_times": handle_time_documents(snapshot.handle_times),
        "parameters": {name: getattr(snapshot.parameters, name) for name in ranges()},
        "steering": None if snapshot.steering is None else _steering_document(snapshot.steering),
        "limits": [_limit_document(each) for each in snapshot.limits],
        "practices": [{**_fields_of(each), "issue_types": sorted(each.issue_types)} for each in snapshot.practices],
    }


def handle_time_documents(facts: Iterable[HandleTimeFact]) -> list[dict[str, Any]]:
    """Handle times as plain JSON data, as they stand in a snapshot's `handle_times`."""
    return [_fields_of(each) for each in facts]


def _steering_document(facts: SteeringFacts) -> dict[str, Any]:
    prices = dict(sorted(facts.cop_prices.items()))
    tables = {name: _places_document(getattr(facts, name)) for name in ("cheapest", "seconds_between")}
    reserves = dict(sorted(facts.cop_reserves.items()))
    at = facts.at.isoformat()
    return {**_fields_of(facts), "at": at, "cop_prices": prices, "cop_reserves": reserves, **tables}


def _places_document(table: Mapping[tuple[str, str, str], float]) -> list[dict[str, Any]]:
    return [{"issue_type": t, "market": k, "language": n, "seconds": s} for (t, k, n), s in sorted(table.items())]


def _steering(file: SteeringFile) -> SteeringFacts:
    cheapest, between = (
        {(each.issue_type, each.market, each.language): each.seconds for each in rows}
        for rows in (file.cheapest, file.seconds_between)
    )
    at = file.at.astimezone(UTC)
    prices, reserves = dict(file.cop_prices), dict(file.cop_reserves)
    return SteeringFacts(at, file.version, file.occupancy, file.trust, prices, cheapest, reserves, between)


def _conversation_document(each: WaitingConversation) -> dict[str, Any]:
    told = {
        name: [{"issue_type": key, "probability": share} for key, share in getattr(each, name)]
        for name in ("candidates", "all_candidates")
    }
    barred = {name: sorted(getattr(each, name)) for name in ("excluded_cop_ids", "forbidden_cop_ids")}
    return {**_fields_of(each), **told, **barred}


def _limit_document(each: Limit) -> dict[str, Any]:
    types = None if each.issue_types is None else sorted(each.issue_types)
    return {**_fields_of(each), "cop_ids": sorted(each.cop_ids), "issue_types": types, "kind": str(each.kind)}


def _cop_document(each: CopState) -> dict[str, Any]:
    maps = {name: dict(getattr(each, name)) for name in ("skills", "languages", "free", "attempt_seconds")}
    return {**_fields_of(each), **maps, "markets": sorted(each.markets)}


def _fields_of(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


def _snapshot(file: SnapshotFile) -> Snapshot:
    return Snapshot(
        at=file.at.astimezone(UTC),
        conversations=tuple(_conversation(each) for each in file.conversations),
        cops=tuple(_cop(each) for each in file.cops),
        issue_types=tuple(IssueTypeFacts(**each.model_dump()) for each in file.issue_types),
        handle_times=tuple(HandleTimeFact(**each.model_dump()) for each in file.handle_times),
        parameters=_parameters(file),
        steering=None if file.steering is None else _steering(file.steering),
        limits=tuple(_limit(each) for each in file.limits),
        practices=tuple(_practice(each) for each in file.practices),
    )


def _conversation(each: ConversationFile) -> WaitingConversation:
    values = each.model_dump()
    for name in ("candidates", "all_candidates"):
        values[name] = tuple((one.issue_type, one.probability) for one in getattr(each, name))
    values["excluded_cop_ids"] = frozenset(each.excluded_cop_ids)
    values["forbidden_cop_ids"] = frozenset(each.forbidden_cop_ids)
    return WaitingConversation(**values)


def _practice(each: PracticeFile) -> Practice:
    return Practice(each.name, each.cop_id, each.least, frozenset(each.issue_types))


def _limit(each: LimitFile) -> Limit:
    types = None if each.issue_types is None else frozenset(each.issue_types)
    return Limit(each.name, frozenset(each.cop_ids), each.most, types, each.kind)


def _cop(each: CopFile) -> CopState:
    return CopState(**{**each.model_dump(), "markets": frozenset(each.markets)})


def _parameters(file: SnapshotFile) -> MatchingParameters:
    return MatchingParameters.from_mapping(file.parameters.model_dump())  # type: ignore[attr-defined]


def _parameter_faults(file: SnapshotFile) -> list[Fault]:
    try:
        _parameters(file)
    except ParametersInvalid as error:
        return [Fault(f"parameters.{each.path}", each.value, each.allowed) for each in error.faults]
    return []


def _fault(error: Any) -> Fault:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error["loc"])
    value = "nothing" if error["type"] == "missing" else _short(error["input"])
    return Fault(path.lstrip(".") or "the file", value, error["msg"])


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _reference_faults(document: Any) -> Iterator[Fault]:
    """Ids given twice and issue types nobody defined; looks only at what has the right shape."""
    for name, key in (("conversations", "id"), ("cops", "id"), ("issue_types", "key")):
        counts = Counter(value for _, value in _values(document, name, key))
        for position, value in _values(document, name, key):
            if counts[value] > 1:
                yield Fault(f"{name}[{position}].{key}", repr(value), f"each {key} may appear once")
    known = {value for _, value in _values(document, "issue_types", "key")}
    for position, value in _values(document, "handle_times", "issue_type"):
        if value not in known:
            yield Fault(f"handle_times[{position}].issue_type", repr(value), _KNOWN)
    yield from _candidate_faults(document, known)


_KNOWN = "it must be a key of issue_types"


def _candidate_faults(document: Any, known: set[str]) -> Iterator[Fault]:
    for position, conversation in enumerate(_rows(document, "conversations")):
        place = f"conversations[{position}].candidates"
        keys = [value for _, value in _values(conversation, "candidates", "issue_type")]
        for at, key in enumerate(keys):
            if key not in known:
                yield Fault(f"{place}[{at}].issue_type", repr(key), _KNOWN)
        for key, count in Counter(keys).items():
            if count > 1:
                yield Fault(place, repr(key), "each issue type may appear once")


def _rows(document: Any, name: str) -> list[Any]:
    rows = document.get(name) if isinstance(document, dict) else None
    return rows if isinstance(rows, list) else []


def _values(document: Any, name: str, key: str) -> list[tuple[int, str]]:
    rows = enumerate(_rows(document, name))
    pairs = ((at, row.get(key)) for at, row in rows if isinstance(row, dict))
    return [(at, value) for at, value in pairs if isinstance(value, str)]
