"""Rules between entries that a pack must keep: nothing is said twice, nothing refers to what is not there."""

from collections.abc import Callable, Iterable, Iterator

from routing.adapters.pack.declared import Declared, Entry, Spot, same_words, spots_of
from routing.adapters.pack.errors import PackError, shown
from routing.adapters.pack.experiments import EXPERIMENT_RULES
from routing.adapters.pack.keeping import RETENTION_RULES
from routing.adapters.pack.practice import PRACTICE_RULES
from routing.adapters.pack.schema import FileKind

FEWEST_ISSUE_TYPES = 2


def issue_type_keys_are_unique(declared: Declared) -> Iterator[PackError]:
    """Two issue types cannot share a key, in whatever files they are."""
    return _repeated(declared.issue_types, "key")


def market_keys_are_unique(declared: Declared) -> Iterator[PackError]:
    """Two markets cannot share a key."""
    return _repeated(declared.markets, "key")


def cop_ids_are_unique(declared: Declared) -> Iterator[PackError]:
    """Two COps, or a COp and an agent, cannot share an id."""
    return _repeated([*declared.cops, *declared.agents], "id")


def family_keys_are_unique(declared: Declared) -> Iterator[PackError]:
    """A family lives in one file."""
    first: dict[str, str] = {}
    for document, key in declared.families:
        if key in first:
            allowed = f"a key used once; {first[key]} has it too, put all issue types of a family in one file"
            yield PackError(document.file, "family.key", shown(key), allowed)
        first.setdefault(key, document.file)


def there_is_a_choice_of_issue_types(declared: Declared) -> Iterator[PackError]:
    """With one issue type there is nothing to understand."""
    count = len(declared.issue_types)
    if declared.knows(FileKind.TAXONOMY) and 0 < count < FEWEST_ISSUE_TYPES:
        entry = declared.issue_types[0]
        yield PackError(entry.document.file, "issue_type", f"{count} in the pack", "at least 2 issue types")


def cops_work_in_known_markets(declared: Declared) -> Iterator[PackError]:
    """A COp's markets exist."""
    known = {key for market in declared.markets if (key := market.text("key"))}
    for cop in [*declared.cops, *declared.agents]:
        for position, key in cop.texts("markets"):
            if known and key not in known:
                allowed = "a market of this file: " + ", ".join(sorted(known))
                yield cop.finding("markets", position, value=key, allowed=allowed)


def backups_are_neighbours(declared: Declared) -> Iterator[PackError]:
    """A back-up market is another market of the same matching group: only those are matched together."""
    groups = {market.text("key"): market.text("matching_group") for market in declared.markets}
    for market in declared.markets:
        own, group = market.text("key"), market.text("matching_group")
        near = sorted(key for key, other in groups.items() if key and key != own and other == group)
        for position, key in market.texts("backups"):
            if key not in near:
                allowed = "another market of its matching group: " + (", ".join(near) or "none")
                yield market.finding("backups", position, value=key, allowed=allowed)


def limits_name_what_is_there(declared: Declared) -> Iterator[PackError]:
    """Quotas, conflicts and hard cases name teams, COps and issue types of the pack."""
    teams = {team for cop in declared.cops if (team := cop.text("team"))}
    ids = {id for cop in declared.cops if (id := cop.text("id"))}
    yield from _unknown(declared.quotas, "teams", teams, "a team of some COp in this file")
    yield from _unknown(declared.conflicts, "cops", ids, "a COp of this file")
    if declared.knows(FileKind.TAXONOMY):
        types = {key for issue_type in declared.issue_types if (key := issue_type.text("key"))}
        named = [*declared.quotas, *declared.hard_cases]
        yield from _unknown(named, "issue_types", types, "an issue type of the pack")
        yield from _unknown_learning(declared.cops, "learning", types)
        yield from _unknown_learning(declared.agents, "success", types)
        yield from _attempts_the_fast_lane(declared)


def _attempts_the_fast_lane(declared: Declared) -> Iterator[PackError]:
    fast = {
        t.text("key") for t in declared.issue_types if t.data.get("fraud") is True or t.data.get("vulnerable") is True
    }
    for agent in declared.agents:
        for key in agent.weights("success"):
            if key in fast:
                allowed = "issue types that are neither fraud nor vulnerable: those always go to a person"
                yield agent.finding("success", value=key, allowed=allowed)


def _unknown(entries: list[Entry], field: str, known: set[str], what: str) -> Iterator[PackError]:
    for entry in entries:
        for position, name in entry.texts(field):
            if known and name not in known:
                yield entry.finding(field, position, value=name, allowed=_one_of(what, known))


def _unknown_learning(entries: list[Entry], field: str, types: set[str]) -> Iterator[PackError]:
    for entry in entries:
        for key in entry.weights(field):
            if types and key not in types:
                yield entry.finding(field, value=key, allowed=_one_of("an issue type of the pack", types))


def _one_of(what: str, known: set[str]) -> str:
    listed = sorted(known)
    return f"{what}: {', '.join(listed[:12])}" + (", ..." if len(listed) > 12 else "")


def every_issue_type_can_be_served(declared: Declared) -> Iterator[PackError]:
    """Somebody on the roster has the skill that an issue type needs."""
    skills = {key for cop in declared.cops for key, share in cop.weights("skills").items() if share > 0}
    if not (declared.knows(FileKind.FLOOR, FileKind.TAXONOMY) and skills):
        return
    for issue_type in declared.issue_types:
        skill = issue_type.text("skill")
        if skill and skill not in skills:
            allowed = "a skill that a COp in floor.toml has: " + ", ".join(sorted(skills))
            yield issue_type.finding("skill", value=skill, allowed=allowed)


def a_message_means_one_issue_type(declared: Declared) -> Iterator[PackError]:
    """The same message under two issue types teaches a contradiction."""
    first: dict[str, Spot] = {}
    for spot in spots_of(declared.issue_types, "examples", "held_out"):
        other = first.setdefault(same_words(spot.text), spot)
        if other.entry != spot.entry:
            yield spot.finding(f"a message of one issue type only; {other} has it too")


def held_out_is_never_learnt(declared: Declared) -> Iterator[PackError]:
    """A message that measures is not among those that teach."""
    for issue_type in declared.issue_types:
        learnt = {same_words(spot.text): spot for spot in spots_of([issue_type], "examples")}
        yield from _among(spots_of([issue_type], "held_out"), learnt, "a message that is not among the examples")


def outside_is_no_issue_type(declared: Declared) -> Iterator[PackError]:
    """A message cannot be outside the taxonomy and in it."""
    inside = {same_words(spot.text): spot for spot in spots_of(declared.issue_types, "examples", "held_out")}
    outside = spots_of(declared.outside, "calibration", "held_out")
    yield from _among(outside, inside, "a message that no issue type has")


def outside_held_out_sets_no_threshold(declared: Declared) -> Iterator[PackError]:
    """A message that measures novelty is not among those that set its threshold."""
    sets = {same_words(spot.text): spot for spot in spots_of(declared.outside, "calibration")}
    yield from _among(spots_of(declared.outside, "held_out"), sets, "a message that is not under calibration")


CONFLICTS: tuple[Callable[[Declared], Iterable[PackError]], ...] = (
    family_keys_are_unique,
    issue_type_keys_are_unique,
    there_is_a_choice_of_issue_types,
    every_issue_type_can_be_served,
    a_message_means_one_issue_type,
    held_out_is_never_learnt,
    market_keys_are_unique,
    cop_ids_are_unique,
    cops_work_in_known_markets,
    backups_are_neighbours,
    limits_name_what_is_there,
    outside_is_no_issue_type,
    outside_held_out_sets_no_threshold,
    *EXPERIMENT_RULES,
    *PRACTICE_RULES,
    *RETENTION_RULES,
)


def _among(spots: Iterable[Spot], taken: dict[str, Spot], allowed: str) -> Iterator[PackError]:
    for spot in spots:
        other = taken.get(same_words(spot.text))
        if other is not None:
            yield spot.finding(f"{allowed}; {other} is the same")


def _repeated(entries: list[Entry], field: str) -> Iterator[PackError]:
    first: dict[str, Entry] = {}
    for entry in entries:
        name = entry.text(field)
        if name is None:
            continue
        if name in first:
            allowed = f"used once; {first[name].document.file} {first[name].place(field)} has it too"
            yield entry.finding(field, value=name, allowed=allowed)
        first.setdefault(name, entry)
