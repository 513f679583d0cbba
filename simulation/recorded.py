"""A floor like one that was recorded: a scenario whose numbers are what happened there."""

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import fmean, linear_regression, median
from typing import Any

from routing.domain.conversation import ConversationState
from routing.domain.cop import Cop
from routing.domain.errors import Invalid
from routing.domain.issue import IssueType
from routing.domain.traffic import Traffic
from simulation.floor.scenario import scenario_of

STEP_SECONDS = 900.0
_FEWEST_TIMES = 5
"""Handle times of an issue type below which the taxonomy's own expectation is taken."""


def scenario_document(traffic: Traffic) -> dict[str, Any]:
    """The scenario as plain data, held to a scenario's rules; Invalid where the record gives no floor.

    Recorded are how many wrote in each quarter of an hour, in which languages and markets, how urgent they were, how
    long they waited before they left, who worked when and on how many chats. People's skills and paces are drawn.
    """
    types = _types(traffic)
    if not types or not traffic.cops:
        said = f"{len(types)} issue types, {len(traffic.cops)} COps"
        raise Invalid("recorded of the pack's own", said, "at least one of each")
    skills = sorted({each.skill for each in types})
    started = traffic.since
    document = {
        "description": _description(traffic),
        "weekday": started.strftime("%A").lower(),
        "start": f"{started:%H:%M}",
        "hours": round(traffic.seconds / 3600, 4),
        "warm_up_minutes": 0,
        "arrivals": _arrivals(traffic),
        "issues": _issues(traffic, types, len(skills)),
        "customers": _customers(traffic),
        "staff": _staff(traffic, skills),
    }
    scenario_of({"name": "recorded", **document}, Path())
    return document


def _description(traffic: Traffic) -> str:
    count, cops = len(traffic.conversations), len(traffic.cops)
    return f"Recorded: {traffic.group}, {traffic.since:%Y-%m-%d %H:%M} UTC, {count} customers, {cops} COps."


def _types(traffic: Traffic) -> list[IssueType]:
    keys = dict.fromkeys(each.issue_type for each in traffic.conversations)
    return [traffic.taxonomy.issue_types[key] for key in keys if key in traffic.taxonomy.keys]


def _arrivals(traffic: Traffic) -> dict[str, Any]:
    steps = max(1, round(traffic.seconds / STEP_SECONDS))
    counts = [0] * steps
    for each in traffic.conversations:
        at = (each.received_at - traffic.since).total_seconds() / traffic.seconds
        counts[min(int(at * steps), steps - 1)] += 1
    busiest = max(counts)
    return {
        "per_minute": round(busiest / (traffic.seconds / steps) * 60, 4),
        "profile": [round(count / busiest, 4) for count in counts],
        "markets": dict(Counter(each.market for each in traffic.conversations)),
        "languages": dict(Counter(each.language for each in traffic.conversations if each.language) or {"en": 1}),
    }


def _issues(traffic: Traffic, types: Sequence[IssueType], families: int) -> dict[str, Any]:
    times = sorted(_mean_times(traffic, types))
    frauds = sum(each.fraud for each in traffic.conversations)
    return {
        "families": families,
        "types_each": max(1, round(len(types) / families)),
        "fraud_share": round(frauds / len(traffic.conversations), 4) if families > 1 else 0.0,
        "popularity": round(_popularity(Counter(each.issue_type for each in traffic.conversations)), 3),
        "handle_seconds": [round(times[0], 1), round(times[-1], 1)],
    }


def _mean_times(traffic: Traffic, types: Sequence[IssueType]) -> Iterator[float]:
    worked: dict[str | None, list[float]] = defaultdict(list)
    for each in traffic.assignments:
        if each.handle_time_seconds:
            worked[each.issue_type].append(each.handle_time_seconds)
    for kind in types:
        known = worked[kind.key]
        yield max(1.0, fmean(known) if len(known) >= _FEWEST_TIMES else kind.handle_time_seconds)


def _popularity(counts: Mapping[str | None, int]) -> float:
    """The exponent of Zipf's law, by least squares over the logarithms of rank and count."""
    ranked = sorted(counts.values(), reverse=True)
    if len(ranked) < 3:
        return 0.0
    x = [math.log(rank) for rank in range(1, len(ranked) + 1)]
    y = [math.log(count) for count in ranked]
    return min(max(-linear_regression(x, y).slope, 0.0), 3.0)


def _customers(traffic: Traffic) -> dict[str, Any]:
    """Patience is the time waited by everybody for each one who left: what an exponential patience has as its mean."""
    told = traffic.conversations
    left = sum(each.state is ConversationState.ABANDONED for each in told)
    waits = ((each.answered_at or each.ended_at or traffic.until) - each.received_at for each in told)
    waited = sum(max(wait.total_seconds(), 0.0) for wait in waits)
    mean = min(max(waited / left, 1.0), 1e6) if left else 0.0
    found: dict[str, Any] = {
        "patience": "exponential" if left else "endless",
        "vulnerable_share": round(sum(each.vulnerable for each in told) / len(told), 4),
        "urgent_share": round(sum(each.priority == 2 for each in told) / len(told), 4),
    }
    if left:
        found["patience_seconds"] = [round(mean, 1)] * 3
    targets = [[each.target_seconds for each in told if each.priority == priority] for priority in (1, 2, 3)]
    if all(targets):
        found["target_seconds"] = [max(1.0, median(each)) for each in targets]
    return found


def _staff(traffic: Traffic, skills: Sequence[str]) -> dict[str, Any]:
    cops = traffic.cops
    known = [max(1, sum(skill in cop.skills for skill in skills)) for cop in cops]
    slots = [min(max(1, max(cop.capacity.values(), default=1)), 20) for cop in cops]
    return {
        "cops": len(cops),
        "skills": [min(known), max(known)],
        "slots": [min(slots), max(slots)],
        "second_language_share": round(sum(len(cop.languages) > 1 for cop in cops) / len(cops), 4),
        "second_market_share": round(sum(len(cop.markets) > 1 for cop in cops) / len(cops), 4),
        "shifts": list(_shifts(traffic)),
    }


def _shifts(traffic: Traffic) -> Iterator[dict[str, Any]]:
    """The shifts of those who worked; whoever worked outside any is there all the time."""
    counted = Counter(_shift(cop, traffic) for cop in traffic.cops)
    for (start, hours), cops in sorted(counted.items()):
        yield {"start": start, "hours": hours, "share": round(cops / len(traffic.cops), 6)}


def _shift(cop: Cop, traffic: Traffic) -> tuple[str, float]:
    for begins, ends in cop.shift.spans(traffic.since, traffic.until):
        return f"{begins:%H:%M}", round((ends - begins).total_seconds() / 3600, 4)
    return f"{traffic.since:%H:%M}", 24.0


def as_toml(document: Mapping[str, Any]) -> str:
    """A scenario's plain data as a TOML file."""
    return "\n".join(_lines(document, "")) + "\n"


def _lines(table: Mapping[str, Any], place: str) -> Iterator[str]:
    for name, value in table.items():
        if not isinstance(value, Mapping) and not _tables(value):
            yield f"{_key(name)} = {_value(value)}"
    for name, value in table.items():
        inner = f"{place}.{_key(name)}" if place else _key(name)
        if isinstance(value, Mapping):
            yield from ("", f"[{inner}]", *_lines(value, inner))
        elif _tables(value):
            for each in value:
                yield from ("", f"[[{inner}]]", *_lines(each, inner))


def _tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, Mapping) for each in value)


def _key(name: str) -> str:
    return name if name.isascii() and name.replace("_", "").replace("-", "").isalnum() else _value(name)


def _value(value: Any) -> str:
    """JSON's way with numbers, lists and escapes is TOML's too, but for DEL."""
    return json.dumps(value, ensure_ascii=True).replace("\x7f", "\\u007f")
