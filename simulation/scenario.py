"""A scenario: how often customers write, how patient they are, how COps answer; read from TOML and validated."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from routing.domain.errors import Invalid

SCENARIOS = Path(__file__).parent / "scenarios"


@dataclass(frozen=True, slots=True)
class Scenario:
    """One world. Shares are 0-1, times seconds of the floor's clock; the last three map keys to weights.

    `arrivals_by_hour` says for each hour of the day, in `time_zone`, what share of `arrivals_per_minute` comes.
    """

    arrivals_per_minute: float
    arrivals_by_hour: tuple[float, ...]
    time_zone: str
    opening_backlog: int
    outside_share: float
    patience_mean_seconds: float
    accept_delay_seconds: tuple[float, float]
    decline_share: float
    ignore_share: float
    review_share: float
    review_delay_seconds: tuple[float, float]
    handle_time_log_sd: float
    cop_pace: tuple[float, float]
    break_mean_gap_seconds: float
    break_mean_seconds: float
    returning_share: float
    seed: int
    channels: Mapping[str, float]
    markets: Mapping[str, float]
    families: Mapping[str, float]

    def __post_init__(self) -> None:
        for name in ("outside_share", "decline_share", "ignore_share", "review_share", "returning_share"):
            _require(name, getattr(self, name), 0.0, 1.0)
        for name in ("arrivals_per_minute", "patience_mean_seconds", "break_mean_gap_seconds", "break_mean_seconds"):
            _require(name, getattr(self, name), 1e-6, 1e6)
        if len(self.arrivals_by_hour) != 24:
            raise Invalid("arrivals_by_hour", len(self.arrivals_by_hour), "24 shares, one an hour from midnight on")
        for share in self.arrivals_by_hour:
            _require("arrivals_by_hour", share, 0.01, 100.0)
        if self.time_zone not in available_timezones():
            raise Invalid("time_zone", self.time_zone, "an IANA time zone, such as Europe/London")
        for name in ("accept_delay_seconds", "review_delay_seconds", "cop_pace"):
            low, high = getattr(self, name)
            _require(name, low, 0.0, high)
        for name in ("channels", "markets"):
            if not getattr(self, name) or sum(getattr(self, name).values()) <= 0:
                raise Invalid(name, getattr(self, name), "at least one key with a weight above 0")
        for family, weight in self.families.items():
            _require(f"families.{family}", weight, 0.0, 1e6)


def read_scenario(path: Path) -> Scenario:
    """Read a scenario; Invalid names the place, the value and what is allowed."""
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    names = {item.name for item in fields(Scenario)}
    if set(content) != names:
        wrong = ", ".join(sorted(set(content) ^ names))
        raise Invalid(path.name, wrong, f"exactly these keys: {', '.join(sorted(names))}")
    values: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in content.items()}
    return Scenario(**values)


def _require(place: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise Invalid(place, value, f"{low:g} to {high:g}")
