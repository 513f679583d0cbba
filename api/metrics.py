"""What Prometheus sees: the floor at the moment of the scrape, and the requests since the start."""

import logging
from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.types import Scope

from api.erasure_metrics import ErasureCollector
from api.model_metrics import ModelCollector
from api.series import PREFIX, Reading, by, gauge
from routing.domain.tick import TickRecord
from routing.ports import ErasureRecords
from routing.services import floor_views
from routing.services.context import Context
from routing.services.floor_views import FloorView

_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_log = logging.getLogger("pointsman.api")


class Metrics:
    """The measurements of one application, in a registry of its own."""

    def __init__(self, context: Context, records: ErasureRecords | None) -> None:
        self._registry = CollectorRegistry()
        labels = ("method", "route")
        self._requests = Counter(
            f"{PREFIX}_http_requests_total", "Requests answered", (*labels, "status"), registry=self._registry
        )
        self._seconds = Histogram(
            f"{PREFIX}_http_request_seconds",
            "Seconds until the reply began",
            labels,
            registry=self._registry,
            buckets=_BUCKETS,
        )
        self._registry.register(FloorCollector(context))
        self._registry.register(ModelCollector(context))
        self._registry.register(ErasureCollector(context, records))

    def observe(self, scope: Scope, status: int, seconds: float) -> None:
        """One answered request, under its route's template: an id in a path must not become a series."""
        method = scope["method"] if scope["method"] in _METHODS else "other"
        route = str(getattr(scope.get("route"), "path", "unmatched"))
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def exposition(self) -> tuple[bytes, str]:
        """(text, media type) in Prometheus' text format."""
        return generate_latest(self._registry), CONTENT_TYPE_LATEST


class FloorCollector(Reading):
    """Reads the floor when it is scraped; a store that does not answer is itself a measurement."""

    def collect(self) -> Iterator[Metric]:
        """Every series of the floor."""
        try:
            floor = floor_views.floor(self._context)
        except Exception as error:
            # Whatever the store fails with, the requests' own series must still be served.
            _log.error("the floor cannot be measured: %s", type(error).__qualname__)
            yield gauge("store_up", "Whether the store answered", 0)
            return
        yield gauge("store_up", "Whether the store answered", 1)
        for series in _SERIES:
            yield from series(floor)


def _queues(floor: FloorView) -> Iterator[Metric]:
    waiting = GaugeMetricFamily(f"{PREFIX}_waiting", "Conversations without an answer or an offer", labels=["family"])
    oldest = GaugeMetricFamily(f"{PREFIX}_oldest_wait_seconds", "How long the oldest has waited", labels=["family"])
    late = GaugeMetricFamily(f"{PREFIX}_past_target", "Conversations past their service target", labels=["family"])
    for queue in floor.families:
        waiting.add_metric([queue.family], queue.waiting)
        oldest.add_metric([queue.family], queue.oldest_wait_seconds)
        late.add_metric([queue.family], queue.past_target)
    yield from (waiting, oldest, late)


def _counts(floor: FloorView) -> Iterator[Metric]:
    yield by("conversations", "Conversations by state", "state", floor.states)
    yield by("reviews", "Review items by state", "state", floor.reviews)
    yield by("cops", "COps by standing", "standing", floor.standing)
    yield by("decisions_last_hour", "Triages of the last hour by decision", "decision", floor.decisions)
    not_evaluated = "Triages of the last hour in a language that the model was not evaluated on"
    yield by("language_not_evaluated_last_hour", not_evaluated, "language", floor.languages_not_evaluated)
    yield gauge("offers_pending", "Offers that wait for their COp", floor.pending_offers)
    yield gauge("outbox_pending", "Events that still have to leave", floor.outbox_pending)
    yield gauge("events_last_seq", "Number of the newest event", floor.last_seq)


def _matching(floor: FloorView) -> Iterator[Metric]:
    fallbacks = CounterMetricFamily(f"{PREFIX}_solver_fallbacks", "Greedy plans that stood in", labels=["reason"])
    for reason, count in floor.fallbacks.items():
        fallbacks.add_metric([reason], count)
    yield fallbacks
    newest: dict[str, TickRecord] = {}
    for tick in floor.ticks:
        newest.setdefault(tick.group, tick)
    yield by("tick_at_seconds", "When the newest tick was", "group", {g: t.at.timestamp() for g, t in newest.items()})
    yield by("tick_solve_ms", "How long its solver took", "group", {g: t.solve_ms for g, t in newest.items()})
    yield by("tick_total_ms", "How long it took", "group", {g: t.total_ms for g, t in newest.items()})
    yield by("tick_offered", "How many offers it made", "group", {g: t.offered for g, t in newest.items()})


def _checks(floor: FloorView) -> Iterator[Metric]:
    by_model = {found.checked.model_version: found for found in floor.checks}
    decided = {model: found.checked.decided for model, found in by_model.items()}
    wrong = {model: found.checked.wrong for model, found in by_model.items()}
    yield by("blind_checks_decided", "Automatic decisions of 30 days that people checked blindly", "model", decided)
    yield by("blind_checks_wrong", "How many of these were wrong", "model", wrong)
    error = GaugeMetricFamily(
        f"{PREFIX}_automatic_error", "Share of automatic decisions that are wrong (95 %)", labels=["model", "bound"]
    )
    for model, found in by_model.items():
        bounds = {"low": found.low, "estimate": found.error, "high": found.high}
        for bound, value in bounds.items():
            if value is not None:
                error.add_metric([model, bound], value)
    yield error


_SERIES: tuple[Callable[[FloorView], Iterator[Metric]], ...] = (_queues, _counts, _matching, _checks)
