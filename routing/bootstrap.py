"""The one place where parts are put together."""

import logging
import os
import socket
import sys
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from routing.adapters.audit_anchors import Anchoring, anchor_places
from routing.adapters.classifier import EncodersMasker, LiveClassifier
from routing.adapters.edited_rules import EditedRules
from routing.adapters.erasure import reach_of
from routing.adapters.erasure.purging import Purging
from routing.adapters.explaining import TickExplainer
from routing.adapters.matchers import Matchers
from routing.adapters.micro_batching import MicroBatching
from routing.adapters.models import ModelFolder, Progress, Training
from routing.adapters.pack import PackFolder
from routing.adapters.policy_file import PolicyFile
from routing.adapters.shadow import ShadowBacklog
from routing.adapters.sql.schema_version import is_current, upgrade
from routing.adapters.sql.unit_of_work import SqlStore
from routing.adapters.system import SortableIds, SystemClock
from routing.domain.errors import Unavailable
from routing.domain.model import ModelState
from routing.engine import Engine, Loop
from routing.ports import Clock, Explainer
from routing.services import audit, drift, editing, offers, retention, review, rounds, shadow
from routing.services.adoption import adopt
from routing.services.context import Context, retrying
from routing.services.erasure import Reach
from routing.services.handle_times import forget_individuals
from routing.services.rehearsing import Rehearsing
from routing.services.triaging import Triaging
from routing.settings import Settings

TRIAGE_PAUSE_SECONDS = 0.05
MATCHING_LOOK_SECONDS = 0.05
HOUSEKEEPING_PAUSE_SECONDS = 5.0
REHEARSAL_LOOK_SECONDS = 2.0
SHADOW_PAUSE_SECONDS = 0.5
DRIFT_PAUSE_SECONDS = 30.0
OUTSIDE_KEPT = timedelta(days=14)
SHADOW_KEPT = timedelta(days=14)
DRIFT_KEPT = timedelta(days=30)
RETENTION_PAUSE_SECONDS = 600.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Service:
    """Everything a door (REST, Kafka, the command line) needs."""

    context: Context
    classifier: MicroBatching
    policies: PolicyFile
    models: ModelFolder
    packs: PackFolder
    books: EditedRules
    store: SqlStore
    settings: Settings
    health: Callable[[], Mapping[str, str]]
    backlog: ShadowBacklog

    @property
    def erasing(self) -> Reach:
        """What an erasure reaches in this installation."""
        return reach_of(self.settings, self.store)

    @property
    def explainer(self) -> Explainer:
        """What tries out why a recorded tick decided as it did."""
        return TickExplainer()


def build(settings: Settings, clock: Clock | None = None, progress: Progress | None = None) -> Service:
    """Put the service together. An SQLite database is brought up to date; any other must already be (Unavailable)."""
    store = open_store(settings)
    packs = PackFolder(settings.pack)
    clock = clock or SystemClock()
    models = model_folder(settings, progress)
    backlog = ShadowBacklog()
    classifier = LiveClassifier(_version_in(store, ModelState.LIVE), models, settings.threads, backlog.heard)
    context = Context(store, clock, SortableIds(clock), EncodersMasker(), packs, settings.policy)
    policies = PolicyFile(settings.matching)
    books = EditedRules(packs, policies)
    editing.follow(context, books)
    sync_roster(context)
    forget_individuals(context)
    adopt(context, models)
    audit.note_rules(context)

    def health() -> Mapping[str, str]:
        rules = {"pack": books.health, "policy": policies.health}
        return {"database": _database_health(store), "model": classifier.health, **rules}

    return Service(context, MicroBatching(classifier), policies, models, packs, books, store, settings, health, backlog)


def _version_in(store: SqlStore, state: ModelState) -> Callable[[], str | None]:
    def version() -> str | None:
        with store.reading() as uow:
            return uow.models.id_in(state)

    return version


def live_version(settings: Settings) -> str | None:
    """The version that serves, or would after the first start: by the registry, or the models folder's own note.

    Changes nothing, so it may look at an installation that was never started.
    """
    folder, url = model_folder(settings), settings.sqlalchemy_url
    if is_there(url) and is_current(url):
        store = SqlStore(url)
        try:
            registered = _version_in(store, ModelState.LIVE)()
        finally:
            store.close()
        if registered is not None:
            return registered
    pointer = folder.pointer()
    return pointer.version if pointer else None


def is_there(url: str) -> bool:
    """Whether the database can be looked at without making it: false for an SQLite file that does not exist."""
    kind, _, place = url.partition(":///")
    return kind != "sqlite" or Path(place).is_file()


def open_store(settings: Settings) -> SqlStore:
    """The database of these settings, at the schema this version needs."""
    url = settings.sqlalchemy_url
    if url.startswith("sqlite"):
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        upgrade(url)
    elif not is_current(url):
        raise Unavailable("the database's schema is not current; run `pointsman migrate`")
    return SqlStore(url, publishes=settings.kafka_bootstrap is not None)


def model_folder(settings: Settings, progress: Progress | None = None) -> ModelFolder:
    """Where models are kept, and how they are trained."""
    training = Training(
        settings.encoder,
        settings.target_error,
        progress,
        settings.confidence,
        settings.outside_share,
        settings.mode,
    )
    return ModelFolder(settings.models_dir, training)


def sync_roster(context: Context) -> None:
    """Make the database's slots those of the live pack's roster, also when several processes start at once."""

    def step() -> None:
        with context.store.transaction() as uow:
            uow.cops.sync(context.packs.current().roster.values())
            uow.commit()

    retrying(step)


def engine(service: Service, speed: float = 1.0) -> Engine:
    """The loops of one serving process; `speed` is how many of the clock's seconds pass in a real one."""
    holder = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    context = service.context
    pause = context.policy.tick_seconds / speed
    matchers = Matchers(service.policies)
    audit.note_matching_policy(context, service.policies.current.version)
    triaging = Triaging(context, service.classifier)
    loops = [
        Loop("triage", triaging.step, TRIAGE_PAUSE_SECONDS),
        Loop("deadlines", lambda: _pass_deadlines(context), pause),
        _housekeeping(service),
    ]
    loops.append(Loop("shadow", _shadowing(service), SHADOW_PAUSE_SECONDS))
    loops.append(Loop("drift", lambda: _look_for_drift(service), DRIFT_PAUSE_SECONDS))
    settings = service.settings
    anchoring = Anchoring(service.store, context.clock, anchor_places(settings.anchors_file, settings.audit_anchor_to))
    loops.append(Loop("audit", anchoring.look, settings.audit_anchor_seconds))
    purging = Purging(context, settings, holder)
    loops.append(Loop("retention", purging.step, RETENTION_PAUSE_SECONDS))
    matching = rounds.Rounds(context, matchers.of, holder, pause)
    loops.append(Loop("matching", lambda: _match(matching), MATCHING_LOOK_SECONDS, matching.ailing))
    return Engine(tuple(loops), on_stop=(triaging.close, matchers.close, anchoring.end))


def _match(matching: rounds.Rounds) -> bool:
    matching.turn()
    return False


def _shadowing(service: Service) -> Callable[[], bool]:
    """The step of the shadow's loop; a failure of the shadow is no failure of the service."""
    wanted = _version_in(service.store, ModelState.SHADOW)
    classifier = LiveClassifier(wanted, service.models, service.settings.threads)

    def step() -> bool:
        _give_way()
        try:
            return shadow.answer(service.context, classifier, service.backlog)
        except Exception as error:
            log.error("the shadow's answers are not kept: %s", type(error).__name__)
            return False

    return step


def _give_way() -> None:
    """Let the live model's threads go first, where the system lets a thread have its own priority (Linux)."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)


def _look_for_drift(service: Service) -> bool:
    _give_way()
    try:
        drift.check_if_due(service.context, service.classifier)
    except Exception as error:
        # Without a look at drift customers are served as well as with it.
        log.error("drift is not measured: %s", type(error).__name__)
    return False


def doors_alone(service: Service) -> Service:
    """The service for a process in which nothing is triaged: a look at its health loads no model."""

    def health() -> Mapping[str, str]:
        return {**health_without_model(service), "policy": service.policies.health}

    return replace(service, health=health)


def upkeep(service: Service) -> Engine:
    """The one loop of a process that does not serve: it follows changes of the pack and forgets what is old."""
    return Engine((_housekeeping(service),))


def beside_doors(service: Service) -> Engine:
    """The loops of a process that serves and triages nothing: upkeep, and the live model made ready for the pages."""
    live = _version_in(service.store, ModelState.LIVE)
    rehearsing = Rehearsing(service.context, service.classifier, live)
    return Engine((_housekeeping(service), Loop("rehearsal", rehearsing.step, REHEARSAL_LOOK_SECONDS)))


def _housekeeping(service: Service) -> Loop:
    return Loop("housekeeping", lambda: _keep_house(service), HOUSEKEEPING_PAUSE_SECONDS)


def _pass_deadlines(context: Context) -> bool:
    offers.lapse_due(context)
    review.lapse_due(context)
    return False


def _keep_house(service: Service) -> bool:
    context = service.context
    edited = editing.follow(context, service.books)
    if service.packs.reload_if_changed() or edited:
        sync_roster(context)
        audit.note_rules(context)
    if service.policies.reload_if_changed() or edited:
        audit.note_matching_policy(context, service.policies.current.version)
    with context.store.transaction() as uow:
        uow.inbox.forget_before(context.clock.now() - OUTSIDE_KEPT)
        uow.idempotency.forget_before(context.clock.now() - OUTSIDE_KEPT)
        uow.shadow_triages.forget_before(context.clock.now() - SHADOW_KEPT, retention.held_ids(uow))
        uow.drift_checks.forget_before(context.clock.now() - DRIFT_KEPT)
        retention.forget_snapshots(uow, context.packs.current().retention, context.clock.now())
        uow.commit()
    return False


def health_without_model(service: Service) -> Mapping[str, str]:
    """The parts that `consume` and `relay` need; they never load a model, and a look must not either."""
    return {"database": _database_health(service.store), "pack": service.books.health}


def _database_health(store: SqlStore) -> str:
    try:
        with store.reading() as uow:
            uow.events.last_seq()
    except Unavailable as error:
        return str(error)
    return "ok"
