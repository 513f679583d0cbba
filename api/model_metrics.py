"""What Prometheus sees of the models: which one is live, whether it drifts, and how its shadow fares."""

import logging
from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric

from api.series import PREFIX, Reading, gauge
from routing.domain.model import Model, ModelState
from routing.services import drift, models, shadow

NEWEST_OF_SHADOW = 1_000
_log = logging.getLogger("pointsman.api")


class ModelCollector(Reading):
    """Reads the registry when it is scraped; `pointsman_store_up` says when it does not answer."""

    def collect(self) -> Iterator[Metric]:
        """Every series of the models."""
        try:
            registered = models.listed(self._context)
            series = [_in_service(registered), *self._drift(registered), *self._shadow(registered)]
        except Exception as error:
            _log.error("the models cannot be measured: %s", type(error).__qualname__)
            return
        yield from series

    def _drift(self, registered: list[Model]) -> Iterator[Metric]:
        check = drift.latest(self._context)
        if check is None or not any(_is(model, ModelState.LIVE) and model.id == check.model for model in registered):
            return  # of a model that serves no more
        value = GaugeMetricFamily(f"{PREFIX}_drift", "How far the live model's traffic has moved", labels=["measure"])
        alarm = GaugeMetricFamily(f"{PREFIX}_drift_alarm", "1 where that is too far, and no chance", labels=["measure"])
        for measure in check.measures:
            alarm.add_metric([measure.name], float(measure.alarm))
            if measure.value is not None:
                value.add_metric([measure.name], measure.value)
        at = GaugeMetricFamily(f"{PREFIX}_drift_checked_at_seconds", "When that was measured", check.at.timestamp())
        yield from (value, alarm, at)

    def _shadow(self, registered: list[Model]) -> Iterator[Metric]:
        if not any(_is(model, ModelState.SHADOW) for model in registered):
            return
        report = shadow.report(self._context, most=1, rows=NEWEST_OF_SHADOW)
        yield gauge("shadow_messages", "Messages the shadow answered, of the newest", report.messages)
        yield gauge("shadow_failures", "Messages it did not answer, of the newest", sum(report.failures.values()))
        if report.agreement is not None:
            yield gauge("shadow_agreement", "Share answered as the live model did, of the newest", report.agreement)


def _in_service(registered: list[Model]) -> Metric:
    family = GaugeMetricFamily(
        f"{PREFIX}_model", "1 for the live model and for the shadow", labels=["version", "state"]
    )
    for model in registered:
        if _is(model, ModelState.LIVE) or _is(model, ModelState.SHADOW):
            family.add_metric([model.id, model.state], 1)
    return family


def _is(model: Model, state: ModelState) -> bool:
    return model.state is state
