"""The people who decide what the classifier was unsure of: first come, first served, each at their own pace."""

from collections import deque
from collections.abc import Callable

from simulation.floor import streams
from simulation.floor.streams import Draw
from simulation.floor.world import World

Handler = Callable[[float, int, int], None]


class ReviewDesk:
    """Calls `decided(now, customer, verdict)`: 1 when a person decided, 0 when the deadline came first."""

    def __init__(self, world: World, at: Callable[[float, Handler, int, int], None], decided: Handler) -> None:
        self._world, self._reviews, self._at, self._decided = world, world.scenario.reviews, at, decided
        self._queue: deque[int] = deque()
        self._free = self._reviews.reviewers
        self._open: set[int] = set()
        self._unsure = self._drawn(world) if world.asked is None else list(world.asked)

    def _drawn(self, world: World) -> list[bool]:
        likeliest = world.triage.likeliest
        right = likeliest[world.demand.said] == world.demand.kind
        share = [self._reviews.share_of_wrong, self._reviews.share_of_right]
        draws = streams.uniforms(world.seed, Draw.REVIEW, len(world.demand))
        return [u < share[int(good)] for u, good in zip(draws.tolist(), right.tolist(), strict=True)]

    def takes(self, customer: int) -> bool:
        """Whether the gate sends this customer to a person; fraud and vulnerable customers never wait for one."""
        urgent = self._world.demand.priority[customer] == 1
        return self._unsure[customer] and self._reviews.reviewers > 0 and not urgent

    def put(self, now: float, customer: int) -> None:
        """A customer joins the review queue."""
        self._open.add(customer)
        self._queue.append(customer)
        self._at(now + self._reviews.deadline_seconds, self._late, customer, 0)
        self._begin(now)

    def drop(self, customer: int) -> None:
        """A customer left."""
        self._open.discard(customer)

    def _begin(self, now: float) -> None:
        while self._free and self._queue:
            customer = self._queue.popleft()
            if customer in self._open:
                self._free -= 1
                share = streams.uniform(self._world.seed, Draw.REVIEW_TIME, customer)
                self._at(now + self._reviews.mean_seconds * streams.exponential(share), self._done, customer, 0)

    def _done(self, now: float, customer: int, _: int) -> None:
        self._free += 1
        if customer in self._open:
            self._open.discard(customer)
            self._decided(now, customer, 1)
        self._begin(now)

    def _late(self, now: float, customer: int, _: int) -> None:
        if customer in self._open:
            self._open.discard(customer)
            self._decided(now, customer, 0)
