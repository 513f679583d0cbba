"""From what was seen to what is reported."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import linear_regression, median
from typing import Any

from benchmarks.load.bank import Bank
from benchmarks.load.house import Use

Figures = dict[str, Any]
BATCH, REPEATS = 64, 3
BUSY = (sys.executable, "-c", "while True: pass")


def alone(models: Path, bank: Bank, count: int) -> Figures:
    """The classifier's own batch throughput, asked as the service asks it; the median of a few passes.

    Also beside a process that does nothing but keep another core busy, as doors and customers do: what two cores
    share slows it down, whatever runs there.
    """
    from routing.adapters.classifier import LiveClassifier
    from routing.adapters.pack import load_pack
    from routing.bootstrap import live_version, model_folder
    from routing.ports import Utterance
    from routing.settings import Settings

    settings = Settings(models=models, data_dir=models.parent)
    version = live_version(settings)
    classifier = LiveClassifier(lambda: version, model_folder(settings), settings.threads)
    taxonomy, now = load_pack(bank.pack).taxonomy, datetime.now(UTC)
    asked = [Utterance(text, ("en",), messages=(text,), market="gb") for text, _ in bank.written[:count]]
    classifier.classify(asked[:BATCH], taxonomy, now)

    def classify_all() -> None:
        for at in range(0, len(asked), BATCH):
            classifier.classify(asked[at : at + BATCH], taxonomy, now)

    quiet = round(len(asked) / _median_seconds(classify_all), 1)
    with _busy_core():
        beside = round(len(asked) / _median_seconds(classify_all), 1)
    return {"messages": len(asked), "batch": BATCH, "a_second": quiet, "a_second_beside_a_busy_core": beside}


def _median_seconds(work: Callable[[], None]) -> float:
    seconds = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return median(seconds)


@contextmanager
def _busy_core() -> Iterator[None]:
    busy = subprocess.Popen(BUSY)
    try:
        yield
    finally:
        busy.kill()
        busy.wait()


def latency(seconds: Sequence[float]) -> Figures:
    """Median, 95th and 99th percentile and worst; nothing of nothing."""
    if not seconds:
        return {}
    ranked = sorted(seconds)
    at = {f"p{share}": ranked[min(len(ranked) - 1, len(ranked) * share // 100)] for share in (50, 95, 99)}
    return {name: round(value, 3) for name, value in {**at, "worst": ranked[-1]}.items()}


def shares(before: Mapping[str, Use], after: Mapping[str, Use], seconds: float) -> dict[str, float]:
    """Processor seconds a second of each role that ran all the time."""
    spent = {
        role: after[role].processor_seconds - use.processor_seconds for role, use in before.items() if role in after
    }
    return {role: round(value / seconds, 3) for role, value in spent.items()}


def quarters(waits: Sequence[float]) -> list[Figures]:
    """The latency of each quarter of the time; `waits` as they were due."""
    return [latency(waits[len(waits) * at // 4 : len(waits) * (at + 1) // 4]) for at in range(4)]


def slopes(watched: Sequence[Mapping[str, Use]], seconds: float) -> dict[str, float]:
    """How fast each role's resident memory grew, in MB an hour: a line through the looks behind the first third.

    `seconds` lie between two looks. In the first third caches fill, and what is used first is loaded.
    """
    behind = watched[len(watched) // 3 :]
    return {
        role: round(_slope([use[role].memory_mb for use in behind if role in use]) * 3600 / seconds, 1)
        for role in watched[0]
    }


def _slope(values: Sequence[float]) -> float:
    return linear_regression(range(len(values)), values).slope if len(values) > 1 else 0.0


def minutes(watched: Sequence[Mapping[str, Use]]) -> dict[str, list[float]]:
    """Resident memory of each role, at each look."""
    return {role: [round(use[role].memory_mb, 1) for use in watched if role in use] for role in watched[0]}


def flatness(watched: Sequence[Mapping[str, Use]]) -> dict[str, dict[str, float]]:
    """Resident memory of each role: after a third of the time, at the end, and the most."""
    found = {}
    for role in watched[0]:
        known = [use[role].memory_mb for use in watched if role in use]
        found[role] = {"third": known[len(known) // 3], "end": known[-1], "most": max(known)}
    return {role: {name: round(value, 1) for name, value in each.items()} for role, each in found.items()}
