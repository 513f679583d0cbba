"""Logs of handled conversations for tests, drawn from a small floor of which the truth is known."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from optimizer.handle_times.log import Column, HandlingLog

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Known:
    """A log, and the true centre and spread (log seconds) of each of its rows."""

    log: HandlingLog
    centre: Floats
    sd: Floats


@dataclass(frozen=True)
class Truth:
    """What is true of a small floor; `tail` is the degrees of freedom of the noise, None for a bell curve."""

    n_types: int = 8
    n_cops: int = 25
    cop_sd: float = 0.15
    pair_sd: float = 0.25
    noise_sd: float = 0.6
    tail: float | None = None


def draw(truth: Truth, n: int, seed: int, open_share: float = 0.0) -> tuple[Known, Known]:
    """A log in which about `open_share` is open still, and as much later work, all of it finished."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(np.log(300), 0.4, truth.n_types)
    cops, pairs = rng.normal(0, truth.cop_sd, truth.n_cops), rng.normal(0, truth.pair_sd, (truth.n_types, truth.n_cops))
    seen, later = (_rows(truth, centres[:, None] + cops + pairs, n, rng) for _ in range(2))
    if open_share:
        bound = np.exp(rng.normal(np.log(300) + 1.3 * (1 - 2 * open_share), 0.7, n))
        done = seen.log.working_seconds <= bound
        cut = np.where(done, seen.log.working_seconds, bound)
        seen = replace(seen, log=replace(seen.log, working_seconds=cut, finished=done))
    return seen, later


def _rows(truth: Truth, usual: Floats, n: int, rng: np.random.Generator) -> Known:
    issue_type, cop = rng.integers(0, truth.n_types, n), rng.integers(0, truth.n_cops, n)
    words = np.round(np.exp(rng.normal(3, 0.7, n)))
    channel = rng.integers(0, 2, n)
    centre = usual[issue_type, cop] + 0.2 * np.log1p(words) + 0.3 * channel
    noise = rng.standard_normal(n) if truth.tail is None else rng.standard_t(truth.tail, n)
    unknown = np.full(n, np.nan)
    log = HandlingLog(
        issue_type=named("type", issue_type, truth.n_types),
        cop=named("cop", cop, truth.n_cops),
        channel=named("channel", channel, 2),
        language=named("language", np.zeros(n, np.int64), 1),
        words=words,
        repeat=unknown,
        concurrency=unknown,
        stated_seconds=unknown,
        opened_at=np.arange(n, dtype=np.float64) * 60,
        working_seconds=np.maximum(np.exp(centre + truth.noise_sd * noise), 1.0),
        finished=np.ones(n, np.bool_),
    )
    return Known(log, centre, np.full(n, truth.noise_sd))


def named(kind: str, code: NDArray[np.int64], n: int) -> Column:
    """A column of the names kind00, kind01, ..."""
    return Column(tuple(f"{kind}{number:02d}" for number in range(n)), code)


def renamed(column: Column, name: str) -> Column:
    """The same rows, all called `name`."""
    return Column((name,), np.zeros(len(column.code), np.int64))
