"""What free slots are worth to the fast lane: whom fraud and vulnerable customers would find if they wrote now."""

from dataclasses import dataclass

import numpy as np

from optimizer.congestion import Staffing, Streams, may_serve
from optimizer.pricing import PricingParameters
from optimizer.problem import Floats, Indices


@dataclass(frozen=True, slots=True, eq=False)
class FastLane:
    """C kinds of conversation in which the fast lane comes, and M COps.

    weight_per_second: (C,) float64, arrivals a second times how much a second of each one's wait counts; able: (C, M)
    float64, 1 where the COp may serve the kind, else 0.
    """

    weight_per_second: Floats
    able: Floats


def fast_lane(streams: Streams, staffing: Staffing, kept: float = 1.0) -> FastLane:
    """Who may serve what; `streams.per_second` are the weighted arrivals of fraud and vulnerable customers.

    kept: share of the usual reserve that is left, less than 1 where there is more work than time.
    """
    coming = np.flatnonzero(streams.per_second > 0)
    able = may_serve(streams, staffing)[coming].astype(np.float64)
    return FastLane(streams.per_second[coming] * kept, able)


def reserve_seconds(lane: FastLane, free: Indices, p: PricingParameters) -> Floats:
    """(M,) weighted seconds that the fast lane may lose by each COp's next slot being taken; 0 where none is free.

    free: (M,) int64, free slots of those at work, 0 for the others. For each kind: what is expected to come while a
    slot stays taken, times what one who finds none free loses, times `reserve_share` for each other slot free for it.
    """
    others = np.maximum(lane.able @ free - 1, 0.0)
    come = lane.weight_per_second * p.reserve_horizon_seconds
    lost = come * p.reserve_loss_seconds * p.reserve_share**others
    # To the thousandth of a second: the last bits of a sum over kinds differ from machine to machine.
    return np.where(free > 0, np.rint(lost @ lane.able * 1000) / 1000, 0.0)
