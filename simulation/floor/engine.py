"""The floor as a discrete-event simulation: one heap of what is due, one policy that is asked who gets whom."""

import heapq
import itertools
import math
from collections.abc import Callable

from simulation.floor.conversations import Answer, Conversations
from simulation.floor.desk import Desk
from simulation.floor.knowledge import Knowledge
from simulation.floor.ledger import Ledger, Progress, Stage
from simulation.floor.policies.base import Policy
from simulation.floor.presence import Presence
from simulation.floor.reviews import ReviewDesk
from simulation.floor.state import FloorState
from simulation.floor.world import World

DRAIN_SECONDS = 3600.0
"""After closing time the floor works on for at most an hour, so that everybody's story has an end."""

Handler = Callable[[float, int, int], None]
_UNANSWERED = (Stage.REVIEW, Stage.WAITING, Stage.OFFERED)


class Engine:
    """One run; `run` may be called once."""

    def __init__(
        self,
        world: World,
        state: FloorState,
        knowledge: Knowledge,
        policy: Policy,
        drain_seconds: float = DRAIN_SECONDS,
    ) -> None:
        self._drain_seconds = drain_seconds
        self._world, self._state, self._knowledge, self._policy = world, state, knowledge, policy
        people, scenario = world.people, world.scenario
        self._people = Conversations(world)
        self._ledger = Ledger.blank(len(world.demand), len(people))
        self._stage = self._ledger.stage
        self._heap: list[tuple[float, int, Handler, int, int]] = []
        self._order = itertools.count()
        self._is_agent = people.is_agent.tolist()
        self._desks = [Desk(0.0 if agent else scenario.work.slowdown) for agent in self._is_agent]
        self._presence = Presence(state, self._change, self._at)
        self._reviews = ReviewDesk(world, self._at, self._reviewed)
        self._offered_to: dict[int, int] = {}
        self._outages = 0
        self._tick_due = False
        self._matched = -math.inf
        self._waiting = self._working = self._unfinished = 0
        self._window = (scenario.warm_up_minutes * 60, scenario.seconds)
        self._last = 0.0

    def run(self, progress: Progress | None = None) -> Ledger:
        """Live through the whole time; what happened to everybody."""
        self._open()
        at, heap, closing = self._world.demand.at.tolist(), self._heap, self._world.scenario.seconds
        n, customer, told = len(at), 0, 0.0
        while customer < n or (self._unfinished and heap and heap[0][0] < closing + self._drain_seconds):
            if customer < n and (not heap or at[customer] < heap[0][0]):
                now = at[customer]
                self._pass_time(now)
                self._arrive(now, customer)
                customer += 1
            else:
                now, _, handler, first, second = heapq.heappop(heap)
                self._pass_time(now)
                handler(now, first, second)
            self._ask(now)
            if progress is not None and now >= told:
                progress(min(now / closing, 1.0))
                told += closing / 200
        self._ledger.notes.update(self._policy.notes())
        return self._ledger

    def _at(self, time: float, handler: Handler, first: int, second: int) -> None:
        heapq.heappush(self._heap, (time, next(self._order), handler, first, second))

    def _open(self) -> None:
        for duty in self._world.duties:
            self._presence.plan(duty)
            self._at(duty.begin, self._presence.come, duty.cop, 0)
        for cop, seconds in self._world.held:
            self._at(seconds, self._let_go, cop, 0)
        for each in self._world.breaks:
            self._at(each.at, self._presence.break_due, each.cop, int(each.seconds))
        for outage in self._world.scenario.outages:
            begin = self._world.scenario.after_start(outage.start)
            self._at(begin, self._outage, 1, 0)
            self._at(begin + outage.minutes * 60, self._outage, -1, 0)

    def _pass_time(self, now: float) -> None:
        """Integrate who waits and who is worked on over the measured window."""
        begin, end = self._window
        passed = min(now, end) - max(self._last, begin)
        if passed > 0:
            self._ledger.queue_area += passed * self._waiting
            self._ledger.work_area += passed * self._working
        self._last = now

    def _change(self, cop: int, freed: bool) -> None:
        self._policy.change(cop, freed)

    def _outage(self, _now: float, step: int, _: int) -> None:
        self._outages += step
        if self._outages == 0:
            self._policy.resume()

    def _ask(self, now: float) -> None:
        """Event-driven policies are asked at once; the others at their next tick."""
        if self._outages:
            return
        if self._policy.tick_seconds == 0:
            self._match(now)
        elif not self._tick_due and self._waiting and self._policy.wants_another_look():
            self._tick_due = True
            self._at(max(now, self._matched + self._policy.tick_seconds), self._tick, 0, 0)

    def _tick(self, now: float, _: int, __: int) -> None:
        self._tick_due = False
        if not self._outages:
            self._match(now)

    def _match(self, now: float) -> None:
        self._matched = now
        for customer, cop in self._policy.decide(now):
            self._offer(now, customer, cop)

    def _arrive(self, now: float, customer: int) -> None:
        self._unfinished += 1
        self._lose_patience(now, customer)
        if self._reviews.takes(customer):
            self._ledger.count("reviewed")
            self._stage[customer] = Stage.REVIEW
            self._reviews.put(now, customer)
        else:
            self._wait(customer)

    def _reviewed(self, _now: float, customer: int, decided: int) -> None:
        if decided:
            self._state.belief[customer] = self._people.kind[customer]
        else:
            self._ledger.count("reviews_late")
        self._wait(customer)

    def _wait(self, customer: int) -> None:
        self._stage[customer] = Stage.WAITING
        self._waiting += 1
        self._policy.arrive(customer)

    def _lose_patience(self, now: float, customer: int) -> None:
        """From now on the customer waits; a new wait, after a handover, has a new patience."""
        until = now + self._people.patience(customer)
        if until < math.inf:
            self._at(until, self._give_up, customer, self._people.attempt[customer])

    def _give_up(self, now: float, customer: int, attempt: int) -> None:
        stage = self._stage[customer]
        if stage not in _UNANSWERED or attempt != self._people.attempt[customer]:
            return
        if stage == Stage.WAITING:
            self._waiting -= 1
            self._policy.leave(customer)
        elif stage == Stage.REVIEW:
            self._reviews.drop(customer)
        else:
            self._release(now, self._offered_to.pop(customer))
        self._stage[customer] = Stage.GONE
        self._ledger.left[customer] = now
        self._unfinished -= 1

    def _offer(self, now: float, customer: int, cop: int) -> None:
        if self._stage[customer] != Stage.WAITING or self._state.free[cop] <= 0 or not self._state.available[cop]:
            raise RuntimeError(
                f"customer {customer} cannot be offered to COp {cop}: the policy decided on an old state"
            )
        self._stage[customer] = Stage.OFFERED
        self._waiting -= 1
        self._state.free[cop] -= 1
        self._state.load[cop] += 1
        self._policy.change(cop, False)
        answer, delay = self._people.answer(customer, self._is_agent[cop])
        self._offered_to[customer] = cop
        if delay == 0 and answer == Answer.ACCEPT:
            self._accepted(now, customer, cop)
        else:
            self._at(now + delay, self._accepted if answer == Answer.ACCEPT else self._refused, customer, cop)

    def _refused(self, now: float, customer: int, cop: int) -> None:
        """Declined or lapsed: the conversation goes back with its age, and not to the same COp."""
        if self._offered_to.get(customer) != cop:
            return
        del self._offered_to[customer]
        self._ledger.count("declined_or_lapsed")
        self._state.excluded.setdefault(customer, set()).add(cop)
        self._release(now, cop)
        self._wait(customer)

    def _accepted(self, now: float, customer: int, cop: int) -> None:
        if self._offered_to.get(customer) != cop:
            return
        del self._offered_to[customer]
        self._stage[customer] = Stage.SERVED
        self._working += 1
        if self._ledger.answered[customer] < 0:
            self._ledger.answered[customer] = now
        desk = self._desks[cop]
        end = desk.start(customer, self._people.seconds(customer, cop), now)
        self._at(end, self._ended, cop, desk.version)

    def _ended(self, now: float, cop: int, version: int) -> None:
        desk = self._desks[cop]
        if version != desk.version:
            return
        customer, seconds = desk.end(now)
        if desk.marks:
            self._at(desk.next_end(now), self._ended, cop, desk.version)
        self._working -= 1
        self._ledger.worked[customer] += seconds
        self._ledger.busy[cop] += seconds
        self._conclude(now, customer, cop, seconds)
        self._release(now, cop)

    def _conclude(self, now: float, customer: int, cop: int, seconds: float) -> None:
        skilled = self._people.skilled(customer, cop)
        if skilled:
            self._knowledge.observe(self._people.kind[customer], cop, seconds)
        if skilled and self._people.succeeds(customer, cop):
            self._stage[customer] = Stage.DONE
            self._ledger.done[customer] = now
            self._unfinished -= 1
        else:
            self._hand_on(now, customer, cop)

    def _hand_on(self, now: float, customer: int, cop: int) -> None:
        """Back to the queue, now that it is known what it is; time waited so far counts, time served does not."""
        self._ledger.handovers[customer] += 1
        self._people.attempt[customer] += 1
        self._state.since[customer] = now - (self._ledger.answered[customer] - self._world.demand.at[customer])
        self._state.belief[customer] = self._people.kind[customer]
        self._state.excluded.setdefault(customer, set()).add(cop)
        self._lose_patience(now, customer)
        self._wait(customer)

    def _let_go(self, now: float, cop: int, _: int) -> None:
        """Work that was under way when the floor began is over."""
        self._release(now, cop)

    def _release(self, now: float, cop: int) -> None:
        """A slot is free again."""
        self._state.free[cop] += 1
        self._state.load[cop] -= 1
        self._state.idle_since[cop] = now
        self._presence.emptied(now, cop)
        self._policy.change(cop, bool(self._state.available[cop]))
