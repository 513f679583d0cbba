"""What a COp fills in: presence, a reason, the outcome of their work."""

import re
from collections.abc import Mapping

from routing.domain.cop import Presence
from routing.domain.errors import Invalid
from routing.domain.outcome import Disposition, WrapUp

LONGEST_REASON = 200
ALSO = "also."
_TIME = re.compile(r"(?:(\d{1,2}):)?(\d{1,3}):([0-5]\d)|(\d{1,4})")
"""h:mm:ss, m:ss, or whole minutes."""


def presence_of(form: Mapping[str, str]) -> Presence:
    """What a COp says of themselves; Invalid."""
    asked = form.get("presence", "")
    if asked not in set(Presence):
        raise Invalid("presence", asked[:LONGEST_REASON], ", ".join(Presence))
    return Presence(asked)


def reason_of(form: Mapping[str, str]) -> str:
    """The words of the COp's own if there are any, else the reason they chose; Invalid where it is too long."""
    said = form.get("own_reason", "").strip() or form.get("reason", "").strip()
    if len(said) > LONGEST_REASON:
        raise Invalid("reason", f"{len(said)} characters", f"at most {LONGEST_REASON}")
    return said


def handed_on_because(form: Mapping[str, str]) -> str:
    """Why work is handed on; Invalid where nothing is said."""
    reason = reason_of(form)
    if not reason:
        raise Invalid("reason", "", "a few words for whoever takes it next")
    return reason


def outcome_of(form: Mapping[str, str]) -> WrapUp:
    """How the work ended; Invalid names what is wrong."""
    asked = form.get("disposition", "")
    if asked not in set(Disposition):
        raise Invalid("disposition", asked[:LONGEST_REASON], ", ".join(Disposition))
    also = tuple(name.removeprefix(ALSO) for name, value in form.items() if name.startswith(ALSO) and value)
    return WrapUp(Disposition(asked), seconds_of(form.get("worked", "")), form.get("issue_type") or None, also)


def seconds_of(text: str) -> float:
    """A time of work as people write it, in seconds; Invalid."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise Invalid("time worked", text[:20], "minutes and seconds like 4:30, or whole minutes")
    hours, minutes, seconds, whole = (int(part or 0) for part in found.groups())
    return float(hours * 3600 + minutes * 60 + seconds + whole * 60)
