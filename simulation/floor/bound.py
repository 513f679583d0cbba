"""What no policy can beat: a fluid program that knows every rate and divides every COp without loss."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.domain.errors import Invalid
from simulation.floor.people import People
from simulation.floor.scenario import FloorScenario

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Streams:
    """C streams of work, one an (issue type, language, market), and the A pairs with COps who may serve them.

    share: (C,) float64, of conversations; kind: (C,) int64; stream, cop: (A,) int64; seconds: (A,) float64, expected.
    """

    share: Floats
    kind: NDArray[np.int64]
    stream: NDArray[np.int64]
    cop: NDArray[np.int64]
    seconds: Floats

    @classmethod
    def of(cls, scenario: FloorScenario, people: People) -> "Streams":
        """Every stream of a floor; software counts as long as it succeeds as often as its work is worth."""
        able = people.able()
        n_types, n_languages, n_markets, n_cops = able.shape
        languages = np.array([share for _, share in scenario.arrivals.languages])
        markets = np.array([share for _, share in scenario.arrivals.markets])
        share = people.kinds.share[:, None, None] * languages[None, :, None] * markets[None, None, :]
        kind = np.repeat(np.arange(n_types), n_languages * n_markets)
        stream, cop = np.nonzero(able.reshape(-1, n_cops))
        success = people.proficiency[cop, people.kinds.family[kind[stream]]]
        return cls(share.ravel(), kind, stream, cop, people.expected[kind[stream], cop] / success)


def fluid_capacity(scenario: FloorScenario, people: People) -> float:
    """The most conversations a second, in the scenario's mix, that any policy could end with everybody on duty.

    A linear program (HiGHS): each stream is divided among the COps who may serve it, each COp works no more than
    `People.throughput` seconds a second.
    """
    from scipy.optimize import linprog
    from scipy.sparse import csr_matrix

    streams = Streams.of(scenario, people)
    n_pairs, n_streams, n_cops = streams.cop.size, streams.share.size, len(people)
    pair = np.arange(n_pairs)
    total = n_pairs
    served = csr_matrix(
        (
            np.concatenate([np.ones(n_pairs), -streams.share]),
            (np.concatenate([streams.stream, np.arange(n_streams)]), np.concatenate([pair, np.full(n_streams, total)])),
        ),
        shape=(n_streams, n_pairs + 1),
    )
    busy = csr_matrix((streams.seconds, (streams.cop, pair)), shape=(n_cops, n_pairs + 1))
    cost = np.zeros(n_pairs + 1)
    cost[total] = -1.0
    found = linprog(
        cost,
        A_ub=busy,
        b_ub=people.throughput(scenario.work.slowdown),
        A_eq=served,
        b_eq=np.zeros(n_streams),
        method="highs",
    )
    if found.status != 0:
        raise Invalid("scenario", scenario.name, f"a floor whose fluid program has a solution ({found.message})")
    return float(found.x[total])
