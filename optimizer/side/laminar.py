"""Which sets nest: limits whose sets are nested or disjoint are nodes of a flow, the others cross."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Element = TypeVar("Element", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Forest(Generic[Element]):
    """Nested or disjoint sets by name.

    parent: each set's smallest superset, None at the top; home: each element's smallest set; crossing: names of the
    sets that had to be left out.
    """

    parent: Mapping[int, int | None]
    home: Mapping[Element, int]
    crossing: tuple[int, ...]


def forest_of(kept: Mapping[int, frozenset[Element]], wanted: Mapping[int, frozenset[Element]]) -> Forest[Element]:
    """Nest the sets `kept`, which do nest, and as many of `wanted` as nest with them, the largest first."""
    members = dict(kept)
    crossing: list[int] = []
    for name in sorted(wanted, key=lambda each: (-len(wanted[each]), each)):
        if all(_nest(wanted[name], other) for other in members.values()):
            members[name] = wanted[name]
        else:
            crossing.append(name)
    return _nested(members, tuple(crossing))


def _nest(one: frozenset[Element], other: frozenset[Element]) -> bool:
    return one <= other or other <= one or one.isdisjoint(other)


def _nested(members: Mapping[int, frozenset[Element]], crossing: tuple[int, ...]) -> Forest[Element]:
    # Widest first, so that what comes later lies inside; of equal sets the later one is the inner one.
    order: Sequence[int] = sorted(members, key=lambda each: (-len(members[each]), each))
    home: dict[Element, int] = {}
    parent: dict[int, int | None] = {}
    for name in order:
        some = next(iter(members[name]), None)
        parent[name] = None if some is None else home.get(some)
        home.update(dict.fromkeys(members[name], name))
    return Forest(parent, home, crossing)
