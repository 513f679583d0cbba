"""Groups of messages that say the same and belong to no issue type: found by nearness, named by their own words."""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

FEWEST = 3
MOST_WORDS = 4
_WORD = re.compile(r"[^\W\d_]{3,}")
Near = Mapping[int, Sequence[tuple[int, float]]]
"""Message -> (another, cosine), for every other that is near enough to count."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Places of messages that belong together, the most typical first, and the words that tell them from the rest."""

    members: tuple[int, ...]
    words: tuple[str, ...]


def clusters_of(
    texts: Sequence[str], near: Near, background: Sequence[str] = (), fewest: int = FEWEST
) -> list[Cluster]:
    """Groups around the message with the most neighbours, then around the most of what is left; the largest first.

    Everybody in a group is near its centre, so that a chain of small steps does not join what has nothing in common
    (the "community detection" of Reimers' sentence-transformers). `background`: other messages, to tell typical words.
    """
    rarity = _rarity([*texts, *background])
    left, found = set(range(len(texts))), list[Cluster]()
    while left:
        centre = max(left, key=lambda at: (_weight(at, near, left), -at))
        members = [other for other, _ in sorted(near.get(centre, ()), key=lambda pair: -pair[1]) if other in left]
        group = (centre, *(other for other in members if other != centre))
        if len(group) < fewest:
            break
        found.append(Cluster(group, _words([texts[at] for at in group], rarity)))
        left -= set(group)
    return sorted(found, key=lambda cluster: (-len(cluster.members), cluster.members))


def _weight(at: int, near: Near, left: set[int]) -> tuple[int, float]:
    mine = [likeness for other, likeness in near.get(at, ()) if other in left]
    return len(mine), sum(mine)


def _said(text: str) -> set[str]:
    return {word.casefold() for word in _WORD.findall(text)}


def _rarity(texts: Sequence[str]) -> Mapping[str, float]:
    """How rare a word is among the messages: the logarithm of how many messages there are for each that has it."""
    seen = Counter(word for text in texts for word in _said(text))
    return {word: math.log((1 + len(texts)) / count) for word, count in seen.items()}


def _words(texts: Sequence[str], rarity: Mapping[str, float]) -> tuple[str, ...]:
    """What most of them say and few others do: the share that says a word, times its rarity."""
    counts = Counter(word for text in texts for word in _said(text))
    shared = {word: count for word, count in counts.items() if count > 1}
    ranked = sorted(shared, key=lambda word: (-shared[word] * rarity[word], word))
    return tuple(ranked[:MOST_WORDS])
