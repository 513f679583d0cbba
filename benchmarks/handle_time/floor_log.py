"""A floor whose handle times are known, and the log that it leaves behind."""

from dataclasses import dataclass, replace

import numpy as np

from optimizer.handle_times.log import Column, Flags, Floats, HandlingLog, Indices

CONVERSATIONS_A_COP_HOUR = 6.5
_SHARED = 1.5
"""A conversation stays open so many times as long as it is worked on, for COps hold several."""


@dataclass(frozen=True, slots=True)
class FloorKind:
    """What is true of a floor; spreads in log seconds.

    stated_error: how far the taxonomy's handle times are off. noise_differs: how far issue types' own noise spreads,
    log of a factor. tail: degrees of freedom of the noise's t distribution, None for lognormal handle times. Without
    `circumstances` work is as long in every channel and language, whatever was written and whoever comes back.
    """

    name: str = "floor of the simulations"
    cops: int = 300
    issue_types: int = 60
    families: int = 12
    families_a_cop: int = 3
    cop_log_sd: float = 0.15
    pair_log_sd: float = 0.25
    noise_log_sd: float = 0.7
    noise_differs: float = 0.15
    stated_error: float = 0.3
    tail: float | None = None
    circumstances: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Floor:
    """One floor drawn from its kind. T issue types, M COps; log seconds unless said otherwise.

    type_centre, type_sd, type_share (probability), type_stated (seconds): (T,) float64; cop: (M,); pair: (T, M);
    channel, language: (4,) float64; able: for each issue type the COps who can do it.
    """

    kind: FloorKind
    type_centre: Floats
    type_sd: Floats
    type_share: Floats
    type_stated: Floats
    cop: Floats
    pair: Floats
    channel: Floats
    language: Floats
    able: tuple[Indices, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """A log with what is true of it: centre and sd, (N,) float64, of the log seconds of each row."""

    log: HandlingLog
    centre: Floats
    sd: Floats


def make_floor(kind: FloorKind, rng: np.random.Generator) -> Floor:
    """Draw who is good at what; every issue type has somebody who can do it."""
    types, cops = kind.issue_types, kind.cops
    family = np.arange(types) % kind.families
    skilled = np.array([rng.permutation(kind.families) < kind.families_a_cop for _ in range(cops)])
    skilled[np.arange(kind.families) % cops, np.arange(kind.families)] = True
    centre = rng.normal(np.log(300), 0.5, types)
    return Floor(
        kind=kind,
        type_centre=centre,
        type_sd=kind.noise_log_sd * np.exp(rng.normal(0, kind.noise_differs, types)),
        type_share=rng.dirichlet(np.full(types, 2.0)),
        type_stated=np.exp(centre + kind.noise_log_sd**2 / 2 + rng.normal(0, kind.stated_error, types)),
        cop=rng.normal(0, kind.cop_log_sd, cops),
        pair=rng.normal(0, kind.pair_log_sd, (types, cops)),
        channel=np.array([0.0, 0.25, 0.1, -0.2]),
        language=np.array([0.0, 0.1, -0.1, 0.15]),
        able=tuple(np.flatnonzero(skilled[:, family[t]]) for t in range(types)),
    )


def work(floor: Floor, n: int, rng: np.random.Generator) -> Work:
    """`n` conversations that the floor answered one after the other; at the end of the log some are still open."""
    done = _drawn(floor, n, rng)
    hours = n / (floor.kind.cops * CONVERSATIONS_A_COP_HOUR)
    opened_at = np.sort(rng.uniform(0, hours * 3600, n))
    so_far = np.maximum((hours * 3600 - opened_at) / _SHARED, 1.0)
    finished = done.log.working_seconds <= so_far
    return Work(_observed(done.log, opened_at, so_far, finished), done.centre, done.sd)


def later_work(floor: Floor, n: int, rng: np.random.Generator) -> Work:
    """`n` more conversations of the same floor, all of them finished: what predictions are tested on."""
    return _drawn(floor, n, rng)


def true_quantiles(of: Work, levels: Floats, kind: FloorKind) -> Floats:
    """(N, L) float64, seconds: what somebody who knows everything but the chance would predict."""
    return np.asarray(np.exp(of.centre[:, None] + of.sd[:, None] * standard_quantiles(kind, levels)))


def standard_quantiles(kind: FloorKind, levels: Floats) -> Floats:
    """(L,) float64, quantiles of the noise at a standard deviation of 1."""
    from scipy.special import ndtri, stdtrit

    if kind.tail is None:
        return np.asarray(ndtri(levels))
    return np.asarray(stdtrit(kind.tail, levels) / np.sqrt(kind.tail / (kind.tail - 2)))


def _drawn(floor: Floor, n: int, rng: np.random.Generator) -> Work:
    kind = floor.kind
    issue_type = rng.choice(kind.issue_types, n, p=floor.type_share)
    place = rng.random(n)
    cop = np.array([floor.able[t][int(u * len(floor.able[t]))] for t, u in zip(issue_type, place, strict=True)])
    channel, language = rng.integers(0, 4, n), rng.choice(4, n, p=[0.7, 0.15, 0.1, 0.05])
    words = np.rint(np.exp(rng.normal(3.3, 0.8, n))).astype(np.float64)
    repeat = (rng.random(n) < 0.15).astype(np.float64)
    held = rng.integers(1, 4, n).astype(np.float64)
    centre = floor.type_centre[issue_type] + floor.cop[cop] + floor.pair[issue_type, cop]
    if kind.circumstances:
        centre = centre + floor.channel[channel] + floor.language[language]
        centre = centre + 0.2 * (np.log1p(words) - 3.3) + 0.15 * repeat + 0.1 * np.log(held)
    sd = floor.type_sd[issue_type]
    log = HandlingLog(
        issue_type=_named("type", issue_type, kind.issue_types),
        cop=_named("cop", cop, kind.cops),
        channel=_named("channel", channel, 4),
        language=_named("language", language, 4),
        words=words,
        repeat=repeat,
        concurrency=held,
        stated_seconds=floor.type_stated[issue_type],
        opened_at=np.arange(n, dtype=np.float64),
        working_seconds=np.exp(centre + sd * _noise(kind, n, rng)),
        finished=np.ones(n, np.bool_),
    )
    return Work(log, centre, sd)


def _noise(kind: FloorKind, n: int, rng: np.random.Generator) -> Floats:
    if kind.tail is None:
        return rng.standard_normal(n)
    return np.asarray(rng.standard_t(kind.tail, n) / np.sqrt(kind.tail / (kind.tail - 2)))


def _observed(log: HandlingLog, opened_at: Floats, so_far: Floats, finished: Flags) -> HandlingLog:
    seconds = np.where(finished, log.working_seconds, so_far)
    return replace(log, opened_at=opened_at, working_seconds=seconds, finished=finished)


def _named(kind: str, code: Indices, n: int) -> Column:
    return Column(tuple(f"{kind}{number:04d}" for number in range(n)), code)
