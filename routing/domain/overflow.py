"""How the search for a COp widens while a customer waits: hours, back-up markets, skill and language."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from routing.domain.conversation import Conversation
from routing.domain.errors import Invalid
from routing.domain.market import Market
from routing.domain.queue import Waits
from routing.domain.service_level import age_seconds


class OutsideHours(StrEnum):
    """What becomes of those who wait in a market that is closed."""

    SERVE = "serve"
    WAIT = "wait"


OVERFLOW_ALLOWED: Mapping[str, tuple[float, float]] = {
    "backup_after_seconds": (0, 2_592_000),
    "backup_at": (0, 100),
    "relax_at": (0, 100),
    "relax_every": (0.01, 100),
    "relax_step": (0.01, 1),
    "least_proficiency": (0.01, 1),
    "language_at": (0, 100),
}
"""What each number may be; `..._at` and `..._every` are shares of the service target."""


@dataclass(frozen=True, slots=True)
class Overflow:
    """One rule set for all markets; the defaults change nothing but the language past the target.

    `outside_hours`: a closed market's customers wait, and their age stands still, or are served as at any hour.
    A customer reaches the first back-up market `backup_after_seconds` into the wait or at the share `backup_at` of the
    target, whichever comes first, the second one after twice that, and so on; where neither is set, at the target.
    From the share `relax_at` of the target on, and again after each further `relax_every`, the proficiency that is
    asked for falls by `relax_step`, down to `least_proficiency`; it never falls where `relax_at` is not set.
    At `language_at` a customer whose language nobody at work speaks is offered in another one.
    """

    outside_hours: OutsideHours = OutsideHours.SERVE
    backup_after_seconds: float | None = None
    backup_at: float | None = None
    relax_at: float | None = None
    relax_every: float = 0.25
    relax_step: float = 0.05
    least_proficiency: float = 0.1
    language_at: float = 1.0

    def __post_init__(self) -> None:
        for name, (low, high) in OVERFLOW_ALLOWED.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise Invalid(f"overflow.{name}", value, f"{low:g} to {high:g}")


NO_OVERFLOW = Overflow()
"""What holds where a pack says nothing."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Who may be asked for one conversation at one moment.

    markets: whose COps may be asked, its own first; empty where it waits for opening hours. waited_seconds: its age
    against the target. steps: how often the proficiency asked for has fallen. any_language: it may be offered in
    another language where nobody at work speaks its own.
    """

    markets: tuple[str, ...]
    waited_seconds: float
    steps: float = 0
    any_language: bool = False

    def least_proficiency(self, usual: float, rules: Overflow) -> float:
        """What is asked for now, where `usual` is asked for at first; relaxing never asks for more."""
        if not self.steps:
            return usual
        floor = min(usual, rules.least_proficiency)
        return floor if math.isinf(self.steps) else max(floor, round(usual - self.steps * rules.relax_step, 9))


def reach(rules: Overflow, markets: Mapping[str, Market], conversation: Conversation, at: datetime) -> Reach:
    """How far the search for `conversation` goes at `at`.

    Fraud and vulnerable customers are in the fast lane: nothing holds them, and everything widens at once. A market
    that the pack does not know is taken as one that never closes.
    """
    home = markets.get(conversation.market)
    if conversation.fast_lane:
        near = (conversation.market, *(home.backups if home else ()))
        return Reach(near, age_seconds(conversation.waiting_since, at), _all_steps(rules), any_language=True)
    waited = waited_seconds(rules, home, conversation, at)
    share = waited / conversation.target_seconds
    return Reach(
        _asked(rules, markets, conversation, waited, at), waited, _steps(rules, share), share >= rules.language_at
    )


def waited_seconds(rules: Overflow, home: Market | None, conversation: Waits, at: datetime) -> float:
    """Its age against the target: the seconds in which its market was open, where closed markets' customers wait."""
    if home is None or runs_always(rules, home, conversation.fast_lane):
        return age_seconds(conversation.waiting_since, at)
    return home.open_seconds(conversation.waiting_since, at)


def runs_always(rules: Overflow, home: Market, fast_lane: bool) -> bool:
    """Whether a customer of this market waits by the clock on the wall, closed or not."""
    return fast_lane or rules.outside_hours is OutsideHours.SERVE or home.never_closes


def _asked(
    rules: Overflow, markets: Mapping[str, Market], conversation: Conversation, waited: float, at: datetime
) -> tuple[str, ...]:
    home = markets.get(conversation.market)
    if home is None:
        return (conversation.market,)
    is_open = _answers(rules, home, at)
    # While it is closed the age stands still; how long to wait for a back-up is then counted by the clock.
    patience = waited if is_open else age_seconds(conversation.waiting_since, at)
    reached = _backups_reached(rules, len(home.backups), conversation.target_seconds, patience)
    near = (key for place, key in enumerate(home.backups) if place < reached or key in home.opened)
    backups = (key for key in near if key in markets and _answers(rules, markets[key], at))
    return (*((home.key,) if is_open else ()), *backups)


def _answers(rules: Overflow, market: Market, at: datetime) -> bool:
    return rules.outside_hours is OutsideHours.SERVE or market.is_open(at)


def _backups_reached(rules: Overflow, most: int, target_seconds: float, patience: float) -> int:
    after = _backup_wait(rules, target_seconds)
    return sum(patience >= position * after for position in range(1, most + 1))


def _backup_wait(rules: Overflow, target_seconds: float) -> float:
    """Seconds of waiting for each further back-up market."""
    waits = [rules.backup_after_seconds, None if rules.backup_at is None else rules.backup_at * target_seconds]
    return min((each for each in waits if each is not None), default=target_seconds)


def _steps(rules: Overflow, share: float) -> int:
    if rules.relax_at is None or share < rules.relax_at:
        return 0
    return 1 + int((share - rules.relax_at) // rules.relax_every)


def _all_steps(rules: Overflow) -> float:
    return 0 if rules.relax_at is None else math.inf


def sentences(rules: Overflow, markets: Mapping[str, Market]) -> tuple[str, ...]:
    """The rules in force, in words."""
    helped = sorted(key for key, market in markets.items() if market.backups)
    return (
        _hours_in_words(rules),
        *((_backups_in_words(rules, helped),) if helped else ()),
        _skill_in_words(rules),
        f"another language at {rules.language_at:g} of the target, where nobody at work speaks the customer's",
        "fraud and vulnerable customers: all of this at once, at any hour",
    )


def _hours_in_words(rules: Overflow) -> str:
    if rules.outside_hours is OutsideHours.SERVE:
        return "opening hours and holidays hold nobody back"
    return "outside its opening hours and on holidays a market's customers wait, and their age stands still"


def _backups_in_words(rules: Overflow, helped: list[str]) -> str:
    waits = [] if rules.backup_after_seconds is None else [f"{rules.backup_after_seconds:g} s"]
    waits += [] if rules.backup_at is None else [f"{rules.backup_at:g} of the target"]
    return f"back-up markets of {', '.join(helped)}: one more after every {' or '.join(waits) or '1 of the target'}"


def _skill_in_words(rules: Overflow) -> str:
    if rules.relax_at is None:
        return "the proficiency asked for never falls"
    return (
        f"the proficiency asked for falls by {rules.relax_step:g} at {rules.relax_at:g} of the target and after every "
        f"{rules.relax_every:g} of it, down to {rules.least_proficiency:g}"
    )
