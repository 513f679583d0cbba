"""Synthetic floors: everyone waiting and every COp of a bank in several markets, from one seed."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from optimizer.handle_time import observe
from optimizer.parameters import MatchingParameters
from optimizer.snapshot import (
    CopState,
    HandleTimeFact,
    IssueTypeFacts,
    Snapshot,
    WaitingConversation,
)

MARKETS = {"GB": "en", "IE": "en", "FR": "fr", "DE": "de", "ES": "es"}
LANGUAGES = ("en", "fr", "de", "es", "pl", "pt")
CHANNELS = {"chat": 0.6, "email": 0.25, "call_back": 0.15}
N_SKILLS = 20
TARGETS = {1: 30.0, 2: 60.0, 3: 120.0, 4: 300.0, 5: 900.0}
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class FloorSize:
    """Shape of a floor; shares are of the waiting conversations."""

    n_waiting: int
    n_cops: int
    n_issue_types: int = 60
    unsure_share: float = 0.05
    returning_share: float = 0.10
    declined_share: float = 0.01
    one_channel_a_cop: bool = False


def make_floor(size: FloorSize, seed: int) -> Snapshot:
    """A snapshot of `size`; the same seed gives the same floor."""
    rng = np.random.default_rng(seed)
    types = tuple(
        IssueTypeFacts(f"type{at:02d}", f"skill{at % N_SKILLS:02d}", float(rng.uniform(120, 900)))
        for at in range(size.n_issue_types)
    )
    cops = tuple(_cop(rng, at, size) for at in range(size.n_cops))
    waiting = (_conversation(rng, at, size, types) for at in range(size.n_waiting))
    return Snapshot(
        at=NOON,
        conversations=tuple(_returning(rng, each, size, types, cops) for each in waiting),
        cops=cops,
        issue_types=types,
        handle_times=tuple(_facts(rng, types, cops)),
        parameters=MatchingParameters(time_limit_seconds=30),
    )


def _cop(rng: np.random.Generator, at: int, size: FloorSize) -> CopState:
    market = str(rng.choice(list(MARKETS)))
    second = str(rng.choice(list(MARKETS)))
    markets = {market, second} if rng.random() < 0.3 else {market}
    skills = rng.choice(N_SKILLS, int(rng.integers(4, 11)), replace=False)
    languages = {MARKETS[each]: 1.0 for each in markets}
    for extra in rng.choice(LANGUAGES, int(rng.integers(0, 3)), replace=False):
        languages.setdefault(str(extra), float(rng.uniform(0.3, 1)))
    free = {"chat": int(rng.integers(0, 4)), "email": int(rng.integers(0, 3)), "call_back": int(rng.integers(0, 2))}
    if size.one_channel_a_cop:
        only = str(rng.choice(list(CHANNELS), p=list(CHANNELS.values())))
        free = {only: int(rng.integers(1, 4))}
    return CopState(
        id=f"cop{at:05d}",
        skills={f"skill{skill:02d}": float(rng.uniform(0.3, 1)) for skill in skills},
        languages=languages,
        markets=frozenset(markets),
        free=free,
        load=int(rng.integers(0, 3)),
        available=bool(rng.random() < 0.9),
        seconds_to_shift_end=float(rng.uniform(0, 8 * 3600)),
    )


def _conversation(
    rng: np.random.Generator, at: int, size: FloorSize, types: tuple[IssueTypeFacts, ...]
) -> WaitingConversation:
    market = str(rng.choice(list(MARKETS)))
    language = MARKETS[market] if rng.random() < 0.85 else str(rng.choice(LANGUAGES))
    priority = int(rng.choice([1, 2, 3, 4, 5], p=[0.06, 0.14, 0.3, 0.3, 0.2]))
    declined = rng.random() < size.declined_share
    return WaitingConversation(
        id=f"conversation{at:06d}",
        candidates=_candidates(rng, size, types),
        market=market,
        language=language,
        channel=str(rng.choice(list(CHANNELS), p=list(CHANNELS.values()))),
        priority=priority,
        waiting_seconds=float(rng.exponential(TARGETS[priority])),
        target_seconds=TARGETS[priority],
        vulnerable=bool(rng.random() < 0.03),
        fraud=bool(rng.random() < 0.04),
        excluded_cop_ids=frozenset({f"cop{int(rng.integers(size.n_cops)):05d}"}) if declined else frozenset(),
    )


def _returning(
    rng: np.random.Generator,
    conversation: WaitingConversation,
    size: FloorSize,
    types: tuple[IssueTypeFacts, ...],
    cops: tuple[CopState, ...],
) -> WaitingConversation:
    """With the share of `size`, a customer who spoke before with a COp able to serve them."""
    if rng.random() >= size.returning_share:
        return conversation
    skill = {each.key: each.skill for each in types}[conversation.candidates[0][0]]
    for at in rng.integers(len(cops), size=50):
        cop = cops[int(at)]
        fits = conversation.market in cop.markets and conversation.language in cop.languages
        if fits and skill in cop.skills:
            return replace(conversation, last_cop_id=cop.id)
    return conversation


def _candidates(
    rng: np.random.Generator, size: FloorSize, types: tuple[IssueTypeFacts, ...]
) -> tuple[tuple[str, float], ...]:
    if rng.random() >= size.unsure_share:
        popularity = 1 / np.arange(1, len(types) + 1) ** 0.7
        return ((types[int(rng.choice(len(types), p=popularity / popularity.sum()))].key, 1.0),)
    chosen = rng.choice(len(types), int(rng.integers(2, 5)), replace=False)
    shares = rng.dirichlet(np.ones(len(chosen)))
    return tuple((types[int(at)].key, float(max(share, 1e-6))) for at, share in zip(chosen, shares, strict=True))


def _facts(
    rng: np.random.Generator, types: tuple[IssueTypeFacts, ...], cops: tuple[CopState, ...]
) -> list[HandleTimeFact]:
    """Five wrap-ups of each COp on each of three issue types they can serve, with a personal pace."""
    facts = []
    for cop in cops:
        able = [each for each in types if each.skill in cop.skills]
        pace = rng.normal(0, 0.15)
        for each in rng.choice(len(able), min(3, len(able)), replace=False):
            fact = HandleTimeFact(able[each].key, cop.id, 0, 0.0, 0.0)
            for seconds in np.exp(np.log(able[each].handle_time_seconds) + pace + rng.normal(0, 0.7, 5)):
                fact = observe(fact, float(seconds))
            facts.append(fact)
    return facts
