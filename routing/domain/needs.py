"""Several needs of one customer: the most urgent routes, and none of the others is lost."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from routing.domain.events import Event, EventKind
from routing.domain.issue import Decision, Taxonomy, Triage

MOST_NEEDS = 5
FINDS = frozenset({EventKind.CONVERSATION_TRIAGED, EventKind.REVIEW_DECIDED})
EXPLAINED_BY_SEVERAL_NEEDS = frozenset({"low_confidence", "outside_taxonomy"})
"""Why a message of two needs is unclear as a whole, although each of them is clear."""


def route_most_urgent(triage: Triage, taxonomy: Taxonomy) -> Triage:
    """Route by the most urgent of the needs found; `needs` keeps the others, the most urgent first.

    Fraud and vulnerability come first, then priority, then the order in which they were written. A whole that was only
    unclear because it held several needs is decided by them; any other reason for a review stands.
    """
    needs = [need for need in triage.needs if need[0] in taxonomy.keys]
    if len(needs) < 2:
        return replace(triage, needs=()) if triage.needs else triage
    ordered = sorted(needs, key=lambda need: _urgency(need[0], taxonomy))
    (first, confidence), *others = ordered
    held = triage.decision is Decision.REVIEW and not set(triage.reasons) <= EXPLAINED_BY_SEVERAL_NEEDS
    routed = replace(triage, issue_type=first, confidence=confidence, prediction_set=(first,), needs=tuple(others))
    return routed if held else replace(routed, decision=Decision.AUTO, reasons=())


def most_urgent_first(keys: Iterable[str], taxonomy: Taxonomy) -> tuple[str, ...]:
    """Several needs in the order in which they route, each once; UnknownIssueType for one that is none."""
    return tuple(sorted(dict.fromkeys(keys), key=lambda key: _urgency(key, taxonomy)))


def _urgency(key: str, taxonomy: Taxonomy) -> tuple[bool, int]:
    facts = taxonomy.get(key)
    return (not facts.never_waits, facts.priority)


def open_needs(history: Iterable[Event], current: str | None) -> tuple[str, ...]:
    """What a customer also asked about and nobody has handled yet, as the history of one conversation tells it.

    A need is found by triage or by a verdict, where there were several; it is handled when work is wrapped up as it, or
    when a wrap-up names it; a verdict that is taken back takes its finds along. `current`: the type that is being
    handled now. The newest find comes first.
    """
    found: dict[str, None] = {}
    by_verdict: dict[object, set[str]] = {}
    for event in history:
        if event.kind in FINDS:
            new = _found(event.data)
            by_verdict[event.data.get("review_id")] = set(new) - set(found)
            found = dict.fromkeys([*new, *found])
        elif event.kind is EventKind.REVIEW_UNDONE:
            taken_back = by_verdict.pop(event.data.get("review_id"), set())
            found = {key: None for key in found if key not in taken_back}
        elif event.kind is EventKind.ASSIGNMENT_WRAPPED_UP:
            handled = {event.data.get("issue_type"), *_keys(event.data.get("also_handled"))}
            found = {key: None for key in found if key not in handled}
    return tuple(key for key in found if key != current)


def _found(data: Mapping[str, object]) -> list[str]:
    """The type that was routed was found as one of several needs: it stays one when a person routes by another."""
    others = _keys(data.get("needs"))
    return [*others, str(data["issue_type"])] if others else []


def _keys(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, Sequence) and not isinstance(value, str) else []
