"""What somebody fills in to edit the policy or an entry of the pack, as values like those of the files."""

import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import Depends

from api.console.access import fields
from routing.domain.cop import Channel
from routing.domain.edit import ADDED, LONGEST_REASON, EditSubject, Values
from routing.domain.errors import Invalid
from routing.services.editing import EditWish

MOST_FIELDS = 120
"""A policy has some fifty values, each a field of its form."""
LONGEST_CHANGE = 20_000
LARGEST_NUMBER = 1_000_000_000
SHIFT = ("start", "end", "time_zone")
OPENING = ("start", "end")


ManyFieldsDep = Annotated[Mapping[str, str], Depends(fields(MOST_FIELDS))]


def wish_of(subject: EditSubject, form: Mapping[str, str], before: Values) -> EditWish:
    """The edit that was asked for; Invalid names what no edit can be made of."""
    seen, reason = _number("seen", form.get("seen", "0")), form.get("reason", "")[: LONGEST_REASON + 1]
    if form.get("roll_back_to"):
        return EditWish(subject, seen, reason, roll_back_to=_number("roll_back_to", form["roll_back_to"]))
    if form.get("change"):
        return EditWish(subject, seen, reason, _given(form["change"]))
    return EditWish(subject, seen, reason, _filled_in(subject, form, before))


def _number(place: str, text: str) -> int:
    if not text.isdecimal() or int(text[:12]) > LARGEST_NUMBER:
        raise Invalid(place, text[:40], f"a whole number from 0 to {LARGEST_NUMBER}")
    return int(text)


def _given(text: str) -> Values:
    """A change as its preview carried it on."""
    try:
        found = json.loads(text) if len(text) <= LONGEST_CHANGE else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not all(isinstance(fields, dict) for fields in found.values()):
        raise Invalid("change", text[:40], f"entries with their fields, at most {LONGEST_CHANGE} characters")
    return found


def _filled_in(subject: EditSubject, form: Mapping[str, str], before: Values) -> Values:
    """Entry -> field -> value, of what differs from `before`."""
    if subject is EditSubject.POLICY:
        return _differing(before, _policy(form))
    key = form.get("entry", "").strip()[:64]
    if form.get("removed"):
        return {key: {"removed": form["removed"] == "yes"}}
    fields = FORMS[subject](form)
    if form.get("added"):
        return {key: {ADDED: True, **fields}}
    return _differing(before, {key: fields})


def _differing(before: Values, wanted: Values) -> Values:
    found = {
        key: {name: value for name, value in fields.items() if before.get(key, {}).get(name) != value}
        for key, fields in wanted.items()
    }
    kept = {key: fields for key, fields in found.items() if fields}
    if not kept:
        raise Invalid("change", "nothing", "a value other than the one in force")
    return kept


def _policy(form: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for place, text in form.items():
        table, dot, name = place.partition(".")
        if dot:
            numbers = [_value(each) for each in text.split(",")]
            found.setdefault(table, {})[name] = numbers if "," in text else numbers[0]
    return found


def _cop(form: Mapping[str, str]) -> dict[str, Any]:
    shift = {name: form.get(name, "").strip() for name in SHIFT}
    return {
        "name": form.get("name", "").strip(),
        "team": form.get("team", "").strip(),
        "markets": _words(form.get("markets", "")),
        "languages": _weights(form.get("languages", "")),
        "skills": _weights(form.get("skills", "")),
        "capacity": _capacity(form),
        "shift": {"days": _words(form.get("days", "")), **shift},
    }


def _issue_type(form: Mapping[str, str]) -> dict[str, Any]:
    return {
        "name": form.get("name", "").strip(),
        "description": " ".join(form.get("description", "").split()),
        "family": form.get("family", ""),
        "priority": _value(form.get("priority", ""), int),
        "service_target": {"share": _value(form.get("share", "")), "seconds": _value(form.get("seconds", ""))},
    }


def _market(form: Mapping[str, str]) -> dict[str, Any]:
    opening = {name: form.get(name, "").strip() for name in OPENING}
    return {
        "name": form.get("name", "").strip(),
        "languages": _words(form.get("languages", "")),
        "time_zone": form.get("time_zone", "").strip(),
        "opening": {"days": _words(form.get("days", "")), **opening},
        "holidays": _words(form.get("holidays", "")),
        "backups": _words(form.get("backups", "")),
    }


def _agent(form: Mapping[str, str]) -> dict[str, Any]:
    numbers = ("handle_time_seconds", "failure_cost_seconds", "least_certainty")
    return {
        "name": form.get("name", "").strip(),
        "markets": _words(form.get("markets", "")),
        "languages": _words(form.get("languages", "")),
        "capacity": _capacity(form),
        "success": _weights(form.get("success", "")),
        **{name: _value(form.get(name, "")) for name in numbers},
    }


FORMS: Mapping[EditSubject, Callable[[Mapping[str, str]], dict[str, Any]]] = {
    EditSubject.ROSTER: _cop,
    EditSubject.TAXONOMY: _issue_type,
    EditSubject.MARKETS: _market,
    EditSubject.AGENTS: _agent,
}
"""What each form makes of an entry's fields."""


def _capacity(form: Mapping[str, str]) -> dict[str, Any]:
    return {channel.value: _value(form.get(channel.value, "0"), int) for channel in Channel}


def _words(text: str) -> list[str]:
    return text.replace(",", " ").split()


def _weights(text: str) -> dict[str, Any]:
    """ "cards 0.9, payments 0.6" -> {"cards": 0.9, "payments": 0.6}; what is no number stays as it was written."""
    pairs = (each.split(None, 1) for each in text.split(",") if each.strip())
    return {pair[0]: _value(pair[1] if len(pair) > 1 else "") for pair in pairs}


def _value(text: str, kind: type[int] | type[float] = float) -> Any:
    """The number that was written, or the text, for the check of the whole to find."""
    try:
        return kind(text.strip())
    except ValueError:
        return text.strip()[:64]
