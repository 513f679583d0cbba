"""Prometheus is told of erasures that were broken off, and of what retention should have taken a day ago."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from builders import FrozenClock, make_context
from customer_life import CAROL, Pseudonymous, Shelf, erased, live, reach
from prometheus_client import CollectorRegistry

from api.erasure_metrics import LOOK_EVERY_SECONDS, ErasureCollector
from routing.adapters.erasure.recorded import ErasureRecordFile
from routing.adapters.memory import MemoryStore
from routing.domain.erasure import RecordedErasure
from routing.domain.errors import Unavailable
from routing.services.erasing_again import ask_again


def test_an_erasure_that_was_broken_off_is_told_until_it_is_done():
    context = make_context(MemoryStore())
    registry = CollectorRegistry()
    registry.register(ErasureCollector(context, None))
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
    registry.register(ErasureCollector(context, None, lambda: now[0]))
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


def test_an_erasure_that_a_restored_database_does_not_know_is_told_until_it_is_asked_again(tmp_path: Path):
    now = [0.0]
    context = make_context(MemoryStore())
    live(context)
    records = ErasureRecordFile(tmp_path / "erasures.jsonl")
    records.add(RecordedErasure("erasure-1", Pseudonymous().of(CAROL), context.clock.now()))
    registry = CollectorRegistry()
    registry.register(ErasureCollector(context, records, lambda: now[0]))
    assert registry.get_sample_value("pointsman_erasures_unknown") == 1
    ask_again(context, replace(reach(), records=records), "root")
    now[0] += LOOK_EVERY_SECONDS
    assert registry.get_sample_value("pointsman_erasures_unknown") == 0
    records.path.write_text('{"id": 7}\n')
    now[0] += LOOK_EVERY_SECONDS
    assert registry.get_sample_value("pointsman_erasures_unknown") is None
    assert registry.get_sample_value("pointsman_erasures_begun") == 0, "the rest is still told"
