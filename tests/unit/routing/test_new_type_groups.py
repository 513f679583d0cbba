"""Groups of messages that say the same: who belongs, what they are called, and what is left alone."""

from routing.domain.clusters import clusters_of


def near_by_words(texts: list[str], least: float = 0.4) -> dict[int, list[tuple[int, float]]]:
    sets = [set(text.split()) for text in texts]
    return {
        at: [
            (other, len(mine & theirs) / len(mine | theirs))
            for other, theirs in enumerate(sets)
            if other != at and len(mine & theirs) / len(mine | theirs) >= least
        ]
        for at, mine in enumerate(sets)
    }


KITTENS = ["put kitten picture on card", "kitten picture for my card", "a kitten picture on card please"]
COINS = ["count my coins in branch", "where can branch count coins", "branch to count coins", "count coins branch"]
LONELY = ["what is the meaning of life"]


def test_messages_that_say_the_same_are_one_group_named_by_their_own_words() -> None:
    texts = [*KITTENS, *LONELY, *COINS]
    large, small = clusters_of(texts, near_by_words(texts), background=["my card is lost", "card in the post"])
    assert (set(large.members), set(small.members)) == ({4, 5, 6, 7}, {0, 1, 2})
    assert set(large.words[:3]) == {"branch", "coins", "count"}
    assert set(small.words[:2]) == {"kitten", "picture"}


def test_two_alike_are_no_group_yet_and_nobody_is_in_two() -> None:
    assert clusters_of(COINS[:2], near_by_words(COINS[:2])) == []
    found = clusters_of(KITTENS * 2, near_by_words(KITTENS * 2))
    members = [at for group in found for at in group.members]
    assert len(members) == len(set(members))


def test_a_chain_of_small_steps_joins_nothing() -> None:
    near = {0: [(1, 0.9)], 1: [(0, 0.9), (2, 0.9)], 2: [(1, 0.9), (3, 0.9)], 3: [(2, 0.9), (4, 0.9)], 4: [(3, 0.9)]}
    [group] = clusters_of(["a"] * 5, near)
    assert len(group.members) == 3


def test_no_message_is_no_group() -> None:
    assert clusters_of([], {}) == []
