"""What every series of Prometheus is made of: the name's beginning, gauges, and a collector that reads when scraped."""

from collections.abc import Mapping
from typing import Any

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from routing.services.context import Context

PREFIX = "pointsman"


class Reading(Collector):
    """Reads what it tells at the moment of the scrape."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def describe(self) -> list[Metric]:
        """Nothing ahead of time: the series follow from what is read."""
        return []


def gauge(name: str, what: str, value: float) -> Metric:
    """One number."""
    return GaugeMetricFamily(f"{PREFIX}_{name}", what, value=value)


def by(name: str, what: str, label: str, values: Mapping[Any, float]) -> Metric:
    """A number for each value of a label."""
    family = GaugeMetricFamily(f"{PREFIX}_{name}", what, labels=[label])
    for key, value in values.items():
        family.add_metric([str(key)], value)
    return family
