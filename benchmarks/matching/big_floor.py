"""Big synthetic floors as arrays: everyone waiting and every COp, from one seed, without a Python object each."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from optimizer.parameters import MatchingParameters
from optimizer.problem import ConversationArrays, CopArrays, HandleTimeArrays, Indices, IssueTypeArrays

N_TYPES, N_SKILLS, N_LANGUAGES, N_CHANNELS = 60, 20, 6, 2
TARGETS = np.array([30.0, 60.0, 120.0, 300.0, 900.0])
PRIORITY_SHARES = np.array([0.06, 0.14, 0.3, 0.3, 0.2])
LANGUAGE_SHARES = np.array([0.4, 0.2, 0.15, 0.12, 0.08, 0.05])
CHANNEL_SHARES = np.array([0.8, 0.2])
CHUNK, CHUNKS = 100_000, 20


@dataclass(frozen=True, slots=True)
class BigFloor:
    """The shape of a floor; shares are of the waiting conversations.

    Unsure ones weigh two or three issue types that are easily confused, as a classifier does: neighbours.
    """

    n_waiting: int
    n_cops: int
    unsure_share: float = 0.05
    returning_share: float = 0.10
    declined_share: float = 0.005


def parameters() -> MatchingParameters:
    """Defaults, but with time for the slowest floor."""
    return MatchingParameters(time_limit_seconds=60)


def make_cops(floor: BigFloor, rng: np.random.Generator) -> CopArrays:
    """COps of one matching group: three to eight skills each, a language or two, one or two slots when idle."""
    m = floor.n_cops
    proficiency = np.where(
        rng.random((m, N_SKILLS)) < rng.uniform(0.15, 0.4, (m, 1)), rng.uniform(0.3, 1, (m, N_SKILLS)), 0
    )
    fluency = np.where(rng.random((m, N_LANGUAGES)) < 0.08, rng.uniform(0.3, 1, (m, N_LANGUAGES)), 0)
    fluency[np.arange(m), rng.choice(N_LANGUAGES, m, p=LANGUAGE_SHARES)] = 1.0
    free = np.zeros((m, N_CHANNELS), np.int64)
    free[np.arange(m), rng.choice(N_CHANNELS, m, p=CHANNEL_SHARES)] = rng.integers(1, 3, m)
    return CopArrays(
        proficiency=proficiency,
        language_proficiency=fluency,
        serves_market=np.ones((m, 1), np.bool_),
        free=free,
        load=np.zeros(m, np.int64),
        available=np.ones(m, np.bool_),
        seconds_to_shift_end=rng.uniform(3600, 8 * 3600, m),
    )


def make_types(rng: np.random.Generator) -> IssueTypeArrays:
    """Sixty issue types over twenty skills."""
    return IssueTypeArrays(np.arange(N_TYPES) % N_SKILLS, rng.uniform(120, 900, N_TYPES))


def make_facts(floor: BigFloor, rng: np.random.Generator) -> HandleTimeArrays:
    """Three learned issue types a COp."""
    n = 3 * floor.n_cops
    return HandleTimeArrays(
        issue_type=rng.integers(0, N_TYPES, n),
        cop=np.repeat(np.arange(floor.n_cops), 3),
        count=rng.integers(1, 40, n).astype(np.float64),
        mean_log=rng.normal(5.8, 0.4, n),
        var_log=rng.uniform(0.3, 0.7, n),
    )


def make_rows(floor: BigFloor, n: int, rng: np.random.Generator, *, fresh: bool) -> ConversationArrays:
    """`n` conversations: just arrived where `fresh`, otherwise with waits as on a floor that is long overloaded."""
    types, shares, width = _candidates(floor, n, rng)
    priority = rng.choice(5, n, p=PRIORITY_SHARES)
    declined = rng.random(n) < floor.declined_share
    return ConversationArrays(
        candidate_start=np.concatenate(([0], np.cumsum(width))).astype(np.int64),
        candidate_type=types,
        candidate_probability=shares,
        market=np.zeros(n, np.int64),
        language=rng.choice(N_LANGUAGES, n, p=LANGUAGE_SHARES),
        channel=rng.choice(N_CHANNELS, n, p=CHANNEL_SHARES),
        priority=priority + 1,
        waiting_seconds=np.zeros(n) if fresh else rng.exponential(TARGETS[priority]),
        target_seconds=TARGETS[priority],
        vulnerable=rng.random(n) < 0.03,
        fraud=rng.random(n) < 0.04,
        last_cop=np.where(rng.random(n) < floor.returning_share, rng.integers(0, floor.n_cops, n), -1),
        exclusion_start=np.concatenate(([0], np.cumsum(declined))).astype(np.int64),
        excluded_cop=rng.integers(0, floor.n_cops, int(declined.sum())),
    )


def chunks(floor: BigFloor, rng: np.random.Generator) -> Iterator[tuple[Indices, ConversationArrays]]:
    """Ids and rows of everyone waiting, some at a time."""
    size = max(CHUNK, floor.n_waiting // CHUNKS)
    for first in range(0, floor.n_waiting, size):
        n = min(size, floor.n_waiting - first)
        yield np.arange(first, first + n), make_rows(floor, n, rng, fresh=False)


def _candidates(floor: BigFloor, n: int, rng: np.random.Generator) -> tuple[Indices, np.ndarray, Indices]:
    popularity = 1 / np.arange(1, N_TYPES + 1) ** 0.7
    first = rng.choice(N_TYPES, n, p=popularity / popularity.sum())
    width = np.where(rng.random(n) < floor.unsure_share, rng.integers(2, 4, n), 1)
    owner = np.repeat(np.arange(n), width)
    within = np.arange(owner.size) - np.repeat(np.cumsum(width) - width, width)
    types = np.minimum(first, N_TYPES - 3)[owner] + within
    types = np.where(width[owner] == 1, first[owner], types)
    shares = np.where(width[owner] == 1, 1.0, rng.gamma(1.0, size=owner.size) + 1e-3)
    return types, shares / np.bincount(owner, shares, n)[owner], width
