"""Rules a pack may break and still run: each is a warning."""

from collections.abc import Callable, Iterable, Iterator

from routing.adapters.pack.declared import Declared, Spot, same_words, spots_of
from routing.adapters.pack.errors import PackError
from routing.adapters.pack.reading import OUTSIDE_NAME
from routing.adapters.pack.schema import FileKind

ENOUGH_EXAMPLES = 20
ENOUGH_HELD_OUT = 5
ENOUGH_OUTSIDE = 100


def a_message_is_said_once(declared: Declared) -> Iterator[PackError]:
    """A message twice under one issue type counts double."""
    entries = [*declared.issue_types, *declared.outside]
    for entry in entries:
        for field in ("examples", "calibration", "held_out"):
            first: dict[str, Spot] = {}
            for spot in spots_of([entry], field):
                other = first.setdefault(same_words(spot.text), spot)
                if other is not spot:
                    yield spot.finding(f"a message once; {other.entry.place(field, other.position)} is the same")


def there_is_enough_to_learn_from(declared: Declared) -> Iterator[PackError]:
    """Few messages make an issue type hard to tell from its neighbours, or hard to measure."""
    for issue_type in declared.issue_types:
        for field, enough in (("examples", ENOUGH_EXAMPLES), ("held_out", ENOUGH_HELD_OUT)):
            count = len(issue_type.texts(field))
            if count < enough:
                place = issue_type.place(field)
                yield PackError(issue_type.document.file, place, f"{count} messages", f"better {enough} or more")


def there_is_enough_outside(declared: Declared) -> Iterator[PackError]:
    """Without messages outside the taxonomy nobody knows whether novelty is seen."""
    if not declared.knows(FileKind.OUTSIDE):
        return
    for field in ("calibration", "held_out"):
        count = sum(1 for _ in spots_of(declared.outside, field))
        if count < ENOUGH_OUTSIDE:
            file = declared.outside[0].document.file if declared.outside else OUTSIDE_NAME
            yield PackError(file, f"outside.{field}", f"{count} messages", f"better {ENOUGH_OUTSIDE} or more")


def every_skill_is_needed(declared: Declared) -> Iterator[PackError]:
    """A skill that no issue type needs may be a misspelt one."""
    needed = {skill for issue_type in declared.issue_types if (skill := issue_type.text("skill"))}
    if not (declared.knows(FileKind.TAXONOMY) and needed):
        return
    for cop in declared.cops:
        for skill in cop.weights("skills"):
            if skill not in needed:
                allowed = "a skill that some issue type needs: " + ", ".join(sorted(needed))
                yield cop.finding("skills", value=skill, allowed=allowed)


def every_market_language_is_spoken(declared: Declared) -> Iterator[PackError]:
    """A COp of the market speaks each of its languages."""
    for market in declared.markets:
        key = market.text("key")
        cops = [cop for cop in declared.cops if key in {name for _, name in cop.texts("markets")}]
        spoken = {code for cop in cops for code, share in cop.weights("languages").items() if share > 0}
        for position, code in market.texts("languages"):
            if code not in spoken:
                allowed = "a language that a COp of this market speaks: " + (", ".join(sorted(spoken)) or "none")
                yield market.finding("languages", position, value=code, allowed=allowed)


def every_cop_speaks_to_customers(declared: Declared) -> Iterator[PackError]:
    """A COp who speaks no language of their markets gets no work."""
    languages = {market.text("key"): {code for _, code in market.texts("languages")} for market in declared.markets}
    for cop in declared.cops:
        keys = [key for _, key in cop.texts("markets") if key in languages]
        wanted = set().union(*(languages[key] for key in keys))
        if wanted and wanted.isdisjoint(cop.weights("languages")):
            allowed = "a language of the COp's markets: " + ", ".join(sorted(wanted))
            yield cop.finding("languages", value=cop.data.get("languages"), allowed=allowed)


def every_cop_can_hold_work(declared: Declared) -> Iterator[PackError]:
    """A COp with room on no channel gets no work."""
    for cop in declared.cops:
        capacity = cop.data.get("capacity")
        if isinstance(capacity, dict) and not any(cop.weights("capacity").values()):
            yield cop.finding("capacity", value=capacity, allowed="above 0 on some channel")


def every_cop_works_in_one_group(declared: Declared) -> Iterator[PackError]:
    """Groups that share nobody run apart; a COp of two groups is promised to both at once, and one of them loses."""
    groups = {market.text("key"): market.text("matching_group") for market in declared.markets}
    for cop in declared.cops:
        named = {group for _, key in cop.texts("markets") if (group := groups.get(key))}
        if len(named) > 1:
            allowed = "better markets of one matching_group; these are of " + ", ".join(sorted(named))
            yield cop.finding("markets", value=cop.data.get("markets"), allowed=allowed)


def holidays_close_something(declared: Declared) -> Iterator[PackError]:
    """Holidays are only heeded where a closed market's customers wait."""
    if not declared.knows(FileKind.FLOOR) or declared.overflow.get("outside_hours") == "wait":
        return
    for market in declared.markets:
        if market.data.get("holidays"):
            allowed = '[overflow] with outside_hours = "wait"; without it no market ever closes'
            yield market.finding("holidays", value=market.data["holidays"], allowed=allowed)


ADVICE: tuple[Callable[[Declared], Iterable[PackError]], ...] = (
    a_message_is_said_once,
    there_is_enough_to_learn_from,
    there_is_enough_outside,
    every_skill_is_needed,
    every_market_language_is_spoken,
    every_cop_speaks_to_customers,
    every_cop_can_hold_work,
    every_cop_works_in_one_group,
    holidays_close_something,
)
