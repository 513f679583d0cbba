"""The life of a model: registered, assessed, promoted, rolled back; the rows say which one is live."""

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from routing.domain.comparison import Answer, Assessment, Contest, GateRules, Judged, assess, share_right
from routing.domain.drift import DriftReference
from routing.domain.errors import NotFound, Refused, StaleState, Unavailable
from routing.domain.events import Event, EventKind
from routing.domain.model import Description, Model, ModelId, ModelState, Pointer
from routing.ports import ModelFiles, UnitOfWork
from routing.services.context import Context, Subject, record, retrying
from routing.services.held_out import material

MOST_HISTORY = 50
RULES = GateRules()

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Authority:
    """Who asks for a step, and why. `force` lets a model past the gate; then the reason is required."""

    by: str
    reason: str | None = None
    force: bool = False

    def __post_init__(self) -> None:
        if self.force and not (self.reason or "").strip():
            raise Refused("a model goes past the gate only with a reason, which is recorded")


@dataclass(frozen=True, slots=True)
class Promotion:
    """What became of a promotion: `promoted` is False when the gate refused, with its reasons in `assessment`."""

    model: Model
    previous: ModelId | None
    assessment: Assessment
    promoted: bool


def live_id(context: Context) -> ModelId | None:
    """Whose version is live, by the registry."""
    with context.store.reading() as uow:
        return uow.models.id_in(ModelState.LIVE)


def listed(context: Context) -> list[Model]:
    """Every registered model, newest first."""
    with context.store.reading() as uow:
        return uow.models.all()


def found(context: Context, version: str) -> Model:
    """The model of this version, or of the only one that begins like it; NotFound otherwise."""
    with context.store.reading() as uow:
        whole = uow.models.find(ModelId(version))
        alike = [model for model in uow.models.all() if model.id.startswith(version)] if whole is None else [whole]
    if len(alike) != 1:
        raise NotFound("model", version)
    return alike[0]


def history(context: Context, version: str) -> list[Event]:
    """What happened to a model, newest first."""
    kinds = [kind for kind in EventKind if kind.startswith("model.")]
    with context.store.reading() as uow:
        events = uow.events.newest_of(kinds, MOST_HISTORY * 4)
    about = [event for event in events if version in (event.data.get("version"), event.data.get("previous"))]
    return about[:MOST_HISTORY]


def changed_files(files: ModelFiles, model: Model) -> tuple[str, ...]:
    """Files that are no longer what was registered, by name; what cannot be read says why."""
    try:
        about = files.describe(model.id)
    except Unavailable as error:
        return (str(error),)
    there = {file.path: file.sha256 for file in about.reports}
    manifest = ("manifest.json",) if about.digest != model.digest else ()
    return manifest + tuple(file.path for file in model.reports if there.get(file.path) != file.sha256)


def register(context: Context, files: ModelFiles, version: str, by: str, judged: Sequence[Judged] = ()) -> Model:
    """Put a trained model into the registry as a candidate; one that is there keeps its state, its files are read anew.

    `judged`: messages it was not taught, which become the reference for drift where it has none yet.
    """
    about = files.describe(version)
    with context.store.reading() as uow:
        known = uow.models.find(ModelId(version))
    reference = known.reference if known else None
    reference = reference or files.open(version).reference([one.text for one in judged])
    return retrying(lambda: _register(context, version, by, about, reference))


def _register(context: Context, version: str, by: str, about: Description, reference: DriftReference) -> Model:
    now = context.clock.now()
    with context.store.transaction() as uow:
        known = uow.models.find(ModelId(version))
        if known is not None:
            model = uow.models.save(_described(known, about, reference))
        else:
            fresh = Model(ModelId(version), ModelState.CANDIDATE, now, by, now, by, about.digest)
            model = _described(fresh, about, reference)
            uow.models.add(model)
            record(uow, EventKind.MODEL_REGISTERED, now, by, Subject(), version=version, digest=about.digest)
        uow.commit()
    return model


def _described(model: Model, about: Description, reference: DriftReference | None) -> Model:
    described = replace(model, digest=about.digest, facts=about.facts, thresholds=about.thresholds)
    return replace(described, reports=about.reports, reference=reference)


def judged_by(context: Context, files: ModelFiles, judged: Sequence[Judged]) -> tuple[Judged, ...]:
    """The messages with their language, found out where nobody knows it."""
    open_rows = [row for row, one in enumerate(judged) if one.language is None]
    languages = context.packs.current().languages
    told = files.languages([judged[row].text for row in open_rows], languages)
    known = dict(zip(open_rows, told, strict=True))
    return tuple(replace(one, language=one.language or known[row]) for row, one in enumerate(judged))


def compare(
    context: Context, files: ModelFiles, version: str, against: str | None = None, rules: GateRules = RULES
) -> Assessment:
    """What the gate says of one model against another (the live one unless named); nothing changes."""
    judged = judged_by(context, files, material(context).judged)
    return gate(context, files, Pairing(version, against or live_id(context)), judged, rules)


@dataclass(frozen=True, slots=True)
class Pairing:
    """A model, and the one it would replace, if any."""

    model: str
    live: str | None


def gate(
    context: Context, files: ModelFiles, pairing: Pairing, judged: Sequence[Judged], rules: GateRules = RULES
) -> Assessment:
    """Ask both models the same messages. Unavailable when the first does not load; a live one may fail to."""
    texts = [one.text for one in judged]
    now = files.open(pairing.model).answers(texts)
    if pairing.live is None:
        return _unopposed(pairing, judged, now, "there is no live model to compare with")
    try:
        before = files.open(pairing.live).answers(texts)
    except Unavailable as error:
        # Damaged, or of an older version of the service: it can serve nobody, so whatever loads is no worse.
        log.warning("the model before is not compared with: %s", error)
        return _unopposed(pairing, judged, now, f"the live model does not load: {error}")
    return assess(pairing.model, pairing.live, Contest(judged, before, now), context.packs.current().taxonomy, rules)


def promote(
    context: Context, files: ModelFiles, version: str, authority: Authority, rules: GateRules = RULES
) -> Promotion:
    """Make a registered model live if the gate lets it, or by force."""
    judged = judged_by(context, files, material(context).judged)
    with context.store.reading() as uow:
        pairing = Pairing(uow.models.get(ModelId(version)).id, uow.models.id_in(ModelState.LIVE))
    if pairing.model == pairing.live:
        raise Refused(f"model {version} is live already")
    return settle(context, files, gate(context, files, pairing, judged, rules), authority)


def settle(context: Context, files: ModelFiles, assessment: Assessment, authority: Authority) -> Promotion:
    """Carry out what the gate said, unless another model went live meanwhile (StaleState)."""
    through = assessment.passed or authority.force
    now = context.clock.now()
    with context.store.transaction() as uow:
        model = replace(uow.models.get(ModelId(assessment.model)), assessment=asdict(assessment))
        live = uow.models.id_in(ModelState.LIVE)
        if live != assessment.live:
            raise StaleState("live model", str(live))
        if through:
            _retire(uow, live, now, authority.by)
            model = model.promote(live, now, authority.by)
            record(uow, EventKind.MODEL_SWAPPED, now, authority.by, Subject(), **_told(assessment, authority))
        model = uow.models.save(model)
        uow.commit()
    if through:
        _point(files, Pointer(model.id, live, now))
    return Promotion(model, live, assessment, through)


def rollback(context: Context, files: ModelFiles, authority: Authority, leaving: str | None = None) -> Model:
    """Make the model live that was so before; Refused where there is none, Unavailable when it does not load.

    `leaving`: the version that must be live now, so that the same request sent twice goes back one step only.
    """
    with context.store.reading() as uow:
        live = next(iter(uow.models.in_state(ModelState.LIVE)), None)
    if leaving is not None and (live is None or live.id != leaving):
        raise Refused(f"model {leaving} is not live; {live.id if live else 'none'} is")
    if live is None or live.previous is None:
        raise Refused(
            f"no model was live before {live.id if live else 'any'}; `pointsman models list` shows what there is"
        )
    files.open(live.previous)
    now = context.clock.now()
    with context.store.transaction() as uow:
        uow.models.save(live.retire(now, authority.by))
        model = uow.models.save(uow.models.get(live.previous).restore(now, authority.by))
        data = {"version": model.id, "previous": live.id, "reason": authority.reason}
        record(uow, EventKind.MODEL_ROLLED_BACK, now, authority.by, Subject(), **data)
        uow.commit()
    _point(files, Pointer(model.id, model.previous, now))
    return model


def _retire(uow: UnitOfWork, live: ModelId | None, at: datetime, by: str) -> None:
    # Before the other one goes live: the database allows only one at any moment.
    if live is not None:
        uow.models.save(uow.models.get(live).retire(at, by))


def _told(assessment: Assessment, authority: Authority) -> dict[str, object]:
    return {
        "version": assessment.model,
        "previous": assessment.live,
        "passed": assessment.passed,
        "forced": authority.force and not assessment.passed,
        "reason": authority.reason,
        "reasons": list(assessment.reasons),
        "accuracy": assessment.accuracy,
        "accuracy_before": assessment.accuracy_before,
    }


def _unopposed(pairing: Pairing, judged: Sequence[Judged], now: Sequence[Answer], why: str) -> Assessment:
    accuracy = share_right(judged, now)
    return Assessment(pairing.model, pairing.live, True, (why,), accuracy=accuracy)


def _point(files: ModelFiles, pointer: Pointer) -> None:
    try:
        files.point(pointer)
    except (OSError, Unavailable) as error:
        # The row decides; the note only helps whoever has nothing but the folder.
        log.warning("the pointer beside the models is out of date: %s", error)
