"""About how urgent one must be to be served, place by place: where a search for the optimum begins, and no more."""

import numpy as np

from optimizer.board.paths import FAR, Residual
from optimizer.board.scene import Scene
from optimizer.decision import Solver
from optimizer.network import FlowNetwork
from optimizer.problem import Flags, Indices
from optimizer.runs import foremost_first

SAMPLED = 40_000
"""About how many of those waiting are looked at."""

MOST_WEIGHED = 4_000
"""Of more than so many who may be served some stand for the others."""


def sampled(scene: Scene, solver: Solver) -> Indices:
    """(G,) int64 units, judged from some of those waiting, and rather too low than too high."""
    slots, lanes = scene.waiting.slots, scene.waiting.lanes
    step = max(slots.size // SAMPLED, 1)
    slot = np.arange(0, slots.size, step)
    lane = slots["lane"][slot]
    slot, lane = slot[lane >= 0], lane[lane >= 0]
    urgency, place = scene.urgency(slot), lanes.kinds["place"][lanes.lanes["kind"][lane]]
    most = 4 * int(scene.staff.free.sum()) // step + 64
    floor = 0
    if most < slot.size:
        foremost = np.argpartition(-urgency, most)[:most]
        urgency, place = urgency[foremost], place[foremost]
        floor = int(urgency.min())
    served = _served(scene, place, urgency, step, solver)
    return np.maximum(_next(place, urgency, served + (2 * np.sqrt(served)).astype(np.int64) + 2), floor)


def weighed(scene: Scene, place: Indices, urgency: Indices, solver: Solver) -> tuple[Indices, Indices]:
    """(G,) and (J,) int64 units: what one more at each place, and one slot less, would cost; 0 where slots abound.

    Judged from everyone who may be served, (R,) their places and urgency.
    """
    each = urgency.size // MOST_WEIGHED + 1
    order = foremost_first(place, urgency)[each // 2 :: each]
    network, pattern = _network(scene, place[order], urgency[order], each)
    flow = solver(network, scene.known.parameters.time_limit_seconds)
    cost = Residual.of(network, flow, 0).distances()
    cost[cost >= FAR // 2] = 0
    n_places = scene.admits.shape[1]
    return cost[:n_places], cost[n_places + pattern]


def _next(place: Indices, urgency: Indices, served: Indices) -> Indices:
    """(G,) the urgency of whoever comes after so many (G,) of each place; 0 where nobody does."""
    order = foremost_first(place, urgency)
    n = np.bincount(place, minlength=served.size)
    at = np.where(served < n, np.cumsum(n) - n + served, urgency.size)
    return np.asarray(np.append(urgency[order], 0)[at])


def _served(scene: Scene, place: Indices, urgency: Indices, each: int, solver: Solver) -> Indices:
    """(G,) int64: how many of each place would be, the most urgent over all; each given stands for `each`."""
    network, _ = _network(scene, place, urgency, each)
    waits = solver(network, scene.known.parameters.time_limit_seconds)[: place.size]
    n_places = scene.admits.shape[1]
    n, left = np.bincount(place, minlength=n_places), np.bincount(place, waits, n_places)
    return n - (left / each).round().astype(np.int64)


def _network(scene: Scene, place: Indices, urgency: Indices, each: int) -> tuple[FlowNetwork, Indices]:
    """Those given give up, or go by place to COps with the same places, as if these served all kinds there.

    Nodes are the places, then the patterns of places, (J,) int64 one for each COp, then the sink.
    """
    patterns, slots, of = _patterns(scene)
    n_places, n_patterns = scene.admits.shape[1], slots.size
    sink = n_places + n_patterns
    held_by, at = np.nonzero(patterns)
    n = np.bincount(place, minlength=n_places)
    network = FlowNetwork(
        tail=np.concatenate([place, at, n_places + np.arange(n_patterns)]),
        head=np.concatenate([np.full(place.size, sink), n_places + held_by, np.full(n_patterns, sink)]),
        capacity=np.concatenate([np.full(place.size, each), each * n[at], slots]),
        cost=np.concatenate([urgency, np.zeros(at.size + n_patterns, np.int64)]),
        supply=np.concatenate([each * n, np.zeros(n_patterns, np.int64), [-each * place.size]]),
    )
    return network, of


def _patterns(scene: Scene) -> tuple[Flags, Indices, Indices]:
    """(R, G) bool, which places COps have in common, (R,) int64 their free slots, and (J,) int64 which each COp has."""
    packed = np.ascontiguousarray(np.packbits(scene.admits, axis=1))
    whole = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
    _, first, of = np.unique(whole, return_index=True, return_inverse=True)
    slots = np.bincount(of, scene.staff.free.sum(axis=1)).astype(np.int64)
    return scene.admits[first], slots, of
