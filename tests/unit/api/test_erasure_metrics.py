"""Prometheus is told of erasures that were broken off, and of what retention should have taken a day ago."""

from datetime import timedelta

import pytest
from builders import FrozenClock, make_context
from customer_life import CAROL, Shelf, erased, live
from prometheus_client import CollectorRegistry

from api.erasure_metrics import LOOK_EVERY_SECONDS, ErasureCollector
from routing.adapters.memory import MemoryStore
from routing.domain.errors import Unavailable


def test_an_erasure_that_was_broken_off_is_told_until_it_is_done():
    context = make_context(MemoryStore())
    registry = CollectorRegistry()
    registry.register(ErasureCollector(context))
    live(context)
    shelf = Shelf()
    shelf.away = True
    with pytest.raises(Unavailable):
        erased(context, CAROL, shelf)
    assert registry.get_sample_value("pointsman_erasures_begun") == 1
    shelf.away = False
    erased(context, CAROL, shelf)
    assert registry.get_sample_value("pointsman_erasures_begun") == 0


def test_what_is_a_day_past_its_deadline_is_told_and_not_before():
    clock, now = FrozenClock(), [0.0]
    context = make_context(MemoryStore(), clock=clock)
    registry = CollectorRegistry()
    registry.register(ErasureCollector(context, lambda: now[0]))
    live(context)

    def late(kept: str) -> float | None:
        now[0] += LOOK_EVERY_SECONDS
        return registry.get_sample_value("pointsman_retention_late", {"kept": kept})

    clock.advance(timedelta(days=90, hours=12).total_seconds())
    assert late("words") == 0
    clock.advance(timedelta(days=1).total_seconds())
    assert (late("words"), late("records")) == (1, 0)
    clock.advance(timedelta(days=730).total_seconds())
    assert registry.get_sample_value("pointsman_retention_late", {"kept": "records"}) == 0, "asked again too soon"
    assert late("records") == 1
