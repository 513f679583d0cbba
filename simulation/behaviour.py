"""How people behave: when customers write and leave, what COps do with an offer, how long work takes them."""

import hashlib
import itertools
import math
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from routing.domain.pack import Pack
from simulation.scenario import Scenario


class Answer(StrEnum):
    """What a COp does with an offer."""

    ACCEPT = "accept"
    DECLINE = "decline"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True)
class Need:
    """What one customer writes, and what it really is about; None is outside the taxonomy."""

    text: str
    issue_type: str | None
    market: str
    channel: str
    customer_id: str


class People:
    """Draws what people do, from one seeded source of randomness."""

    def __init__(self, pack: Pack, scenario: Scenario, random_source: random.Random) -> None:
        self._pack, self._scenario, self._random = pack, scenario, random_source
        self._zone = ZoneInfo(scenario.time_zone)
        self._how_often = list(itertools.accumulate(_weights(pack, scenario.families)))
        self._customers: list[str] = []

    def gap_seconds(self, at: datetime) -> float:
        """Time to the next arrival after `at`; exponential, so an hour's arrivals form a Poisson process."""
        share = self._scenario.arrivals_by_hour[at.astimezone(self._zone).hour]
        return self._random.expovariate(share * self._scenario.arrivals_per_minute / 60.0)

    def patience_seconds(self) -> float:
        """How long a customer waits for an answer before leaving."""
        return self._random.expovariate(1.0 / self._scenario.patience_mean_seconds)

    def need(self) -> Need:
        """The next customer's need: a message that no model was trained on."""
        outside = self._random.random() < self._scenario.outside_share and self._pack.outside_held_out
        if outside:
            text, issue_type = self._random.choice(self._pack.outside_held_out), None
        else:
            text, issue_type = self._random.choices(self._pack.held_out_examples, cum_weights=self._how_often)[0]
        market = self._drawn(self._scenario.markets)
        return Need(text, issue_type, market, self._drawn(self._scenario.channels), self._customer())

    def answer(self) -> tuple[Answer, float]:
        """What a COp does with an offer, and after how many seconds."""
        delay = self._random.uniform(*self._scenario.accept_delay_seconds)
        drawn = self._random.random()
        if drawn < self._scenario.ignore_share:
            return Answer.IGNORE, delay
        return (
            Answer.DECLINE if drawn < self._scenario.ignore_share + self._scenario.decline_share else Answer.ACCEPT
        ), delay

    def review_delay_seconds(self) -> float | None:
        """After how many seconds a manager decides an item of the disambiguation queue; None when none of them does."""
        if self._random.random() >= self._scenario.review_share:
            return None
        return self._random.uniform(*self._scenario.review_delay_seconds)

    def handle_time_seconds(self, issue_type: str, cop_id: str) -> float:
        """How long this COp works on this issue: lognormal around the type's mean, at the COp's own pace."""
        mean = self._pack.taxonomy.get(issue_type).handle_time_seconds * self.pace(cop_id)
        spread = self._scenario.handle_time_log_sd
        return mean * math.exp(self._random.gauss(-spread * spread / 2, spread))

    def pace(self, cop_id: str) -> float:
        """A COp's own pace: above 1 is slower; the same in every run."""
        low, high = self._scenario.cop_pace
        share = hashlib.sha256(cop_id.encode()).digest()[0] / 255
        return low + (high - low) * share

    def takes_break(self, seconds: float) -> bool:
        """Whether a COp begins a break within the next `seconds`."""
        return self._random.random() < 1 - math.exp(-seconds / self._scenario.break_mean_gap_seconds)

    def break_seconds(self) -> float:
        """How long a break lasts."""
        return self._random.expovariate(1.0 / self._scenario.break_mean_seconds)

    def _customer(self) -> str:
        known = self._customers and self._random.random() < self._scenario.returning_share
        if known:
            return self._random.choice(self._customers)
        self._customers.append(f"customer-{self._random.getrandbits(48):012x}")
        return self._customers[-1]

    def _drawn(self, weights: Mapping[str, float]) -> str:
        return self._random.choices(list(weights), list(weights.values()))[0]


def _weights(pack: Pack, families: Mapping[str, float]) -> list[float]:
    """How often each held-out message is written: a family's weight is shared by its messages; unnamed ones weigh 1."""
    of_message = [pack.taxonomy.get(key).family for _, key in pack.held_out_examples]
    messages = Counter(of_message)
    return [families.get(family, 1.0) / messages[family] for family in of_message]
