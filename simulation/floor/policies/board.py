"""The production matching: the optimizer's board, fed with the floor's events and asked at every tick."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace

import numpy as np
from numpy.typing import NDArray

from optimizer.board import Board
from optimizer.parameters import MatchingParameters
from optimizer.problem import ConversationArrays, CopArrays, IssueTypeArrays
from simulation.floor.knowledge import Knowledge
from simulation.floor.policies.steersman import Steersman
from simulation.floor.state import FloorState
from simulation.floor.world import World

Indices = NDArray[np.int64]
LEARNING_SECONDS = 300.0
CHAT = 0
"""The floor's only channel."""


def policy_parameters(world: World, knowledge: Knowledge, changes: Mapping[str, float]) -> MatchingParameters:
    """The production defaults with the floor's own importance of priorities, spreads of handle times and `changes`.

    Fraud and vulnerable customers are priority 1 here, whose importance says it all: their factors are 1.
    """
    one, two, three = world.scenario.customers.importance
    weights = tuple(max(each, 0.01) for each in (one, two, three, three, three))
    plain = replace(knowledge.parameters, priority_weights=weights, vulnerable_factor=1.0, fraud_factor=1.0)
    return MatchingParameters.from_mapping({**asdict(plain), **changes})


class BoardPolicy:
    """Global matching; with a `Steersman` prices steer it, without one every tick is matched for itself."""

    def __init__(
        self,
        world: World,
        state: FloorState,
        knowledge: Knowledge,
        parameters: MatchingParameters,
        steersman: Steersman | None = None,
    ) -> None:
        self.tick_seconds = world.scenario.tick_seconds
        self._world, self._state, self._knowledge, self._steersman = world, state, knowledge, steersman
        kinds = world.people.kinds
        self._issue_types = IssueTypeArrays(skill=kinds.family.astype(np.int64), handle_time_seconds=kinds.mean_seconds)
        facts = knowledge.facts()
        self.board = Board(_cops(world, state), self._issue_types, facts, parameters)
        self._new: dict[int, None] = {}
        self._gone: list[int] = []
        self._changed: set[int] = set()
        self._learned, self._version = 0.0, knowledge.version
        self._counts: Counter[str] = Counter()
        self._held = self._news = False

    def arrive(self, customer: int) -> None:
        """See `Policy`."""
        self._new[customer] = None
        self._news = True
        if self._steersman is not None:
            self._steersman.saw(customer)

    def leave(self, customer: int) -> None:
        """See `Policy`."""
        if customer in self._new:
            del self._new[customer]
        else:
            self._gone.append(customer)

    def change(self, cop: int, freed: bool) -> None:
        """See `Policy`."""
        self._changed.add(cop)
        self._news = self._news or freed

    def resume(self) -> None:
        """Nothing to do: every tick looks at everybody."""

    def wants_another_look(self) -> bool:
        """There is news, or somebody waits although somebody is free."""
        return self._news or self._held

    def notes(self) -> dict[str, float]:
        """Ticks, fallbacks, the largest gap and what was refused."""
        priced = {} if self._steersman is None else {"priced": float(self._steersman.priced)}
        return {**{name: float(value) for name, value in self._counts.items()}, **priced}

    def decide(self, now: float) -> Iterator[tuple[int, int]]:
        """See `Policy`."""
        self._tell(now)
        self._counts["ticks"] += 1
        plan = self.board.plan(now)
        self._counts["fallbacks"] += plan.fallback is not None
        self._counts["largest_gap"] = max(self._counts["largest_gap"], int(plan.gap))
        self._counts["refused"] += len(self.board.commit(plan))
        self._news = False
        self._held = self.board.waiting > 0 and bool((self._state.free[self._state.available] > 0).any())
        yield from zip(plan.ids.tolist(), plan.cops.tolist(), strict=True)

    def _tell(self, now: float) -> None:
        """Bring the board up to date."""
        if self._gone:
            self.board.leave(np.array(self._gone, np.int64))
            self._gone.clear()
        if self._changed:
            self._tell_cops(now, np.array(sorted(self._changed), np.int64))
            self._changed.clear()
        if now >= self._learned + LEARNING_SECONDS and self._version != self._knowledge.version:
            self._learned, self._version = now, self._knowledge.version
            self.board.learn(self._knowledge.facts())
        if self._steersman is not None:
            self._steersman.steer(self.board, now)
        if self._new:
            customers = np.array(list(self._new), np.int64)
            self._new.clear()
            refused = self.board.arrive(customers, self._rows(customers, now), now)
            self._counts["refused"] += len(refused)

    def _tell_cops(self, now: float, cops: Indices) -> None:
        state, board = self._state, self.board
        board.set_free(cops, np.full(cops.size, CHAT, np.int64), state.free[cops])
        # Chats do not slow software down, so what it holds is no reason against giving it more.
        board.set_load(cops, np.where(self._world.people.is_agent[cops], 0, state.load[cops]))
        board.set_available(cops, state.available[cops])
        ends = state.duty_end[cops]
        if np.isfinite(ends).any():
            board.set_shift_end(cops, np.maximum(ends - now, 0.0), now)

    def _rows(self, customers: Indices, now: float) -> ConversationArrays:
        state, demand, triage = self._state, self._world.demand, self._world.triage
        belief = [state.belief[each] for each in customers.tolist()]
        since = np.array([state.since[each] for each in customers.tolist()])
        excluded = [sorted(state.excluded.get(each, ())) for each in customers.tolist()]
        return ConversationArrays(
            candidate_start=_starts([triage.types[each].size for each in belief]),
            candidate_type=np.concatenate([triage.types[each] for each in belief]).astype(np.int64),
            candidate_probability=np.concatenate([triage.shares[each] for each in belief]),
            market=demand.market[customers],
            language=demand.language[customers],
            channel=np.full(customers.size, CHAT, np.int64),
            priority=demand.priority[customers],
            waiting_seconds=np.maximum(now - since, 0.0),
            target_seconds=demand.target[customers],
            vulnerable=demand.vulnerable[customers],
            fraud=demand.fraud[customers],
            last_cop=np.full(customers.size, -1, np.int64),
            exclusion_start=_starts([len(each) for each in excluded]),
            excluded_cop=np.array([cop for each in excluded for cop in each], np.int64),
        )


def _starts(widths: list[int]) -> Indices:
    return np.concatenate(([0], np.cumsum(widths))).astype(np.int64)


def _cops(world: World, state: FloorState) -> CopArrays:
    people = world.people
    return CopArrays(
        proficiency=people.proficiency,
        language_proficiency=people.speaks.astype(np.float64),
        serves_market=people.serves,
        free=state.free[:, None].copy(),
        load=state.load.copy(),
        available=state.available.copy(),
        seconds_to_shift_end=np.full(len(people), np.inf),
    )
