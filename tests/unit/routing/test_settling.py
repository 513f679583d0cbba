"""A process that holds much looks through it once: later full collections are short, and nothing is kept for good."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from routing.settling import Settling, settling


class Ring:
    """An object that only a collection can let go of."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def settler() -> Iterator[Settling]:
    """One for which every full collection is long; what was set aside before is so again afterwards."""
    found = Settling(long_seconds=0.0)
    gc.callbacks.append(found.heard)
    yield found
    gc.callbacks.remove(found.heard)
    gc.freeze()


def test_after_a_long_full_collection_nothing_is_looked_through_again(settler: Settling) -> None:
    gc.unfreeze()
    many = [[number] for number in range(10_000)]
    gc.collect()
    assert gc.get_freeze_count() == 0
    assert settler.step() is False
    assert gc.get_freeze_count() > len(many)


def test_what_was_set_aside_is_let_go_of_when_something_else_came_to_stay(settler: Settling) -> None:
    ring = Ring()
    gone = weakref.ref(ring)
    gc.collect()
    settler.step()
    del ring
    gc.collect()
    assert gone() is not None
    settler.step()
    assert gone() is None


def test_where_no_collection_was_long_nothing_is_done(settler: Settling) -> None:
    gc.unfreeze()
    settler.step()
    gc.collect(0)
    gc.collect(1)
    settler.step()
    assert gc.get_freeze_count() == 0


def test_the_collector_is_not_watched_beyond_the_service() -> None:
    before = list(gc.callbacks)
    with settling():
        assert len(gc.callbacks) == len(before) + 1
    assert gc.callbacks == before
