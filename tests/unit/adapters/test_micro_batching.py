"""Messages that arrive together are classified together, and each gets its own answer or its own error."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial

import pytest
from builders import NOON, make_taxonomy, make_triage

from routing.adapters.micro_batching import BatchLimits, MicroBatching
from routing.domain.drift import Cloud, DriftReference
from routing.domain.errors import Unavailable
from routing.domain.issue import Taxonomy, Triage
from routing.ports import Utterance

TAXONOMY = make_taxonomy()
SOON = 5.0


class SlowClassifier:
    """Keeps its first batch until told to go on, and remembers what came together."""

    version = "v1"

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.begun, self.go_on = threading.Event(), threading.Event()

    def classify(self, utterances: Sequence[Utterance], taxonomy: Taxonomy, at: datetime) -> list[Triage]:
        texts = [utterance.text for utterance in utterances]
        self.batches.append(texts)
        self.begun.set()
        assert self.go_on.wait(SOON)
        if "poison" in texts:
            raise ValueError("poison")
        return [make_triage(language=text, at=at) for text in texts]

    def similar(self, text: str, cases: Sequence[str], most: int) -> list[tuple[int, float]]:
        return [(0, 1.0)]

    def cloud(self, texts: Sequence[str]) -> Cloud | None:
        return None

    def reference(self, texts: Sequence[str]) -> DriftReference:
        raise Unavailable(f"no reference of {len(texts)} texts")


class Crowd:
    """Threads that ask while the first batch is kept, in a known order."""

    def __init__(self, limits: BatchLimits | None = None) -> None:
        self.slow = SlowClassifier()
        self.batching = MicroBatching(self.slow, limits)
        self.pool = ThreadPoolExecutor(16)

    def ask(self, text: str, at: datetime = NOON, taxonomy: Taxonomy = TAXONOMY) -> "Future[Triage]":
        utterance = Utterance(text, ("en",))
        return self.pool.submit(lambda: self.batching.classify([utterance], taxonomy, at)[0])

    def keep_busy(self) -> "Future[Triage]":
        first = self.ask("first")
        assert self.slow.begun.wait(SOON)
        return first

    def gather(self, *texts: str) -> "list[Future[Triage]]":
        return [self._gathered(partial(self.ask, text)) for text in texts]

    def _gathered(self, ask: "Callable[[], Future[Triage]]") -> "Future[Triage]":
        before, future, arrived = len(self.batching._waiting), ask(), threading.Event()
        while len(self.batching._waiting) == before and not future.done():
            arrived.wait(0.001)
        return future


def test_a_lone_message_goes_straight_through() -> None:
    crowd = Crowd()
    crowd.slow.go_on.set()
    assert crowd.ask("alone").result(SOON).language == "alone"


def test_messages_that_arrive_during_a_batch_go_together_in_the_next() -> None:
    crowd = Crowd()
    first, others = crowd.keep_busy(), crowd.gather("a", "b", "c")
    crowd.slow.go_on.set()
    assert [future.result(SOON).language for future in [first, *others]] == ["first", "a", "b", "c"]
    assert crowd.slow.batches == [["first"], ["a", "b", "c"]]


def test_a_batch_never_exceeds_its_limit() -> None:
    crowd = Crowd(BatchLimits(most_together=2))
    crowd.keep_busy()
    others = crowd.gather("a", "b", "c")
    crowd.slow.go_on.set()
    assert [future.result(SOON).language for future in others] == ["a", "b", "c"]
    assert crowd.slow.batches == [["first"], ["a", "b"], ["c"]]


def test_one_message_that_fails_leaves_the_others_their_answers() -> None:
    crowd = Crowd()
    crowd.keep_busy()
    good, bad, other = crowd.gather("a", "poison", "b")
    crowd.slow.go_on.set()
    assert (good.result(SOON).language, other.result(SOON).language) == ("a", "b")
    with pytest.raises(ValueError, match="poison"):
        bad.result(SOON)


def test_each_answer_bears_the_time_of_its_own_question() -> None:
    crowd = Crowd()
    crowd.keep_busy()
    early, late = crowd.gather("a")[0], crowd.ask("b", NOON + timedelta(seconds=3))
    crowd.slow.go_on.set()
    assert (early.result(SOON).at, late.result(SOON).at) == (NOON, NOON + timedelta(seconds=3))


def test_a_changed_taxonomy_starts_a_batch_of_its_own() -> None:
    crowd = Crowd()
    crowd.keep_busy()
    [old] = crowd.gather("a")
    new = crowd._gathered(partial(crowd.ask, "b", taxonomy=make_taxonomy()))
    crowd.slow.go_on.set()
    assert (old.result(SOON).language, new.result(SOON).language) == ("a", "b")
    assert crowd.slow.batches[1:] == [["a"], ["b"]]


def test_a_flood_is_refused_and_those_who_wait_are_served() -> None:
    crowd = Crowd(BatchLimits(most_waiting=2))
    crowd.keep_busy()
    waiting = crowd.gather("a", "b")
    with pytest.raises(Unavailable, match="2 messages wait"):
        crowd.ask("c").result(SOON)
    crowd.slow.go_on.set()
    assert [future.result(SOON).language for future in waiting] == ["a", "b"]


def test_a_message_that_waits_too_long_is_let_go() -> None:
    crowd = Crowd(BatchLimits(patience_seconds=0.05))
    crowd.keep_busy()
    with pytest.raises(Unavailable, match=r"within 0\.05 s"):
        crowd.ask("a").result(SOON)
    crowd.slow.go_on.set()
    assert not crowd.batching._waiting


def test_several_messages_are_a_batch_already() -> None:
    crowd = Crowd()
    crowd.slow.go_on.set()
    triages = crowd.batching.classify([Utterance(text, ("en",)) for text in "ab"], TAXONOMY, NOON)
    assert ([triage.language for triage in triages], crowd.slow.batches) == (["a", "b"], [["a", "b"]])
