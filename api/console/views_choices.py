"""Every issue type, to be chosen from."""

from dataclasses import dataclass

from api.console.names import family_name
from routing.domain.issue import Taxonomy


@dataclass(frozen=True, slots=True)
class Choice:
    """One issue type of the search list."""

    key: str
    name: str
    description: str


@dataclass(frozen=True, slots=True)
class ChoiceGroup:
    """The issue types of one family."""

    family: str
    choices: tuple[Choice, ...]


def choices(taxonomy: Taxonomy) -> tuple[ChoiceGroup, ...]:
    """Every issue type, by family, in the pack's order."""
    groups: dict[str, list[Choice]] = {key: [] for key in taxonomy.families}
    for issue_type in taxonomy.issue_types.values():
        choice = Choice(issue_type.key, issue_type.name, issue_type.description)
        groups.setdefault(issue_type.family, []).append(choice)
    return tuple(ChoiceGroup(family_name(taxonomy, key), tuple(found)) for key, found in groups.items() if found)
