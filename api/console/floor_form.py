"""What a manager fills in to change something for a while."""

from collections.abc import Mapping

from routing.domain.errors import Invalid
from routing.domain.override import OverrideKind
from routing.services.overrides import Wish

FIELDS = ("kind", "minutes", "reason", "market", "family", "cop_id", "skill", "proficiency", "priority", "backup")
LONGEST = 200


def given(form: Mapping[str, str]) -> dict[str, str]:
    """The fields that a change is made of, as they were filled in; empty ones are left out."""
    found = {name: form.get(name, "").strip()[: LONGEST + 1] for name in FIELDS}
    return {name: value for name, value in found.items() if value}


def wish_of(form: Mapping[str, str]) -> Wish:
    """The change that was asked for; Invalid names what is wrong."""
    said = given(form)
    kind = said.get("kind", "")
    if kind not in set(OverrideKind):
        raise Invalid("kind", kind, ", ".join(OverrideKind))
    return Wish(
        kind=OverrideKind(kind),
        minutes=_number(said, "minutes", 60.0),
        reason=said.get("reason", ""),
        market=said.get("market"),
        family=said.get("family"),
        cop_id=said.get("cop_id"),
        skill=said.get("skill"),
        proficiency=_number(said, "proficiency", 0.0) or None,
        priority=int(_number(said, "priority", 0.0)) or None,
        backup=said.get("backup"),
    )


def _number(said: Mapping[str, str], place: str, otherwise: float) -> float:
    try:
        found = float(said.get(place, otherwise))
    except ValueError:
        raise Invalid(place, said[place], "a number") from None
    if not 0 <= found < 1e6:
        raise Invalid(place, found, "a number of 0 or more")
    return found
