"""What managers change for a while: begun, undone, and honoured by triage and matching from the next round on."""

from dataclasses import dataclass
from datetime import timedelta

from routing.domain.cop import CopId
from routing.domain.errors import Invalid, NotFound
from routing.domain.events import EventKind
from routing.domain.market import Markets
from routing.domain.notes import noted
from routing.domain.override import LONGEST, LONGEST_REASON, Override, OverrideId, OverrideKind, applied, require_sound
from routing.domain.pack import Pack
from routing.ports import UnitOfWork
from routing.services.boundary import seen
from routing.services.context import Context, Subject, record, retrying

MOST_TOLD = 100


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants changed, for how many minutes, and why."""

    kind: OverrideKind
    minutes: float
    reason: str
    market: str | None = None
    family: str | None = None
    cop_id: str | None = None
    skill: str | None = None
    proficiency: float | None = None
    priority: int | None = None
    backup: str | None = None


def wanted(context: Context, wish: Wish, by: str, within: Markets = None) -> Override:
    """The override that a wish describes, beginning now, not stored; Invalid says what cannot be.

    Somebody with only some markets changes nothing outside them: they must name one of theirs, and move their own COps.
    """
    pack, now = context.packs.current(), context.clock.now()
    if not 1 <= wish.minutes <= LONGEST.total_seconds() / 60:
        raise Invalid("minutes", wish.minutes, f"1 to {LONGEST.total_seconds() / 60:g}")
    asked = Override(
        id=OverrideId(context.ids.new()),
        kind=wish.kind,
        by=by,
        reason=noted("reason", context.masker.mask(wish.reason), LONGEST_REASON),
        starts_at=now,
        ends_at=now + timedelta(minutes=wish.minutes),
        market=wish.market,
        family=wish.family,
        cop_id=CopId(wish.cop_id) if wish.cop_id else None,
        skill=wish.skill,
        proficiency=wish.proficiency,
        priority=wish.priority,
        backup=wish.backup,
    )
    _require_own(asked, pack, within)
    require_sound(asked, pack)
    return asked


def _require_own(asked: Override, pack: Pack, within: Markets) -> None:
    if within is None:
        return
    theirs = ", ".join(sorted(within & set(pack.markets))) or "no market"
    cop = pack.roster.get(asked.cop_id) if asked.cop_id else None
    if asked.kind is OverrideKind.MOVE_COP and (cop is None or not seen(cop, within)):
        raise Invalid("cop_id", asked.cop_id, f"a COp of {theirs}")
    stays = asked.kind is OverrideKind.MOVE_COP and asked.market is None
    for place, market in (("market", asked.market), ("backup", asked.backup)):
        optional = place == "backup" or stays
        if market not in within and not (optional and market is None):
            raise Invalid(place, market, theirs)


def begin(context: Context, wish: Wish, by: str, within: Markets = None) -> Override:
    """Put a wish into force from now on; it is recorded who did so and why."""
    asked = wanted(context, wish, by, within)
    with context.store.transaction() as uow:
        uow.overrides.add(asked)
        _tell(uow, EventKind.OVERRIDE_STARTED, asked, by)
        uow.commit()
    return asked


def undo(context: Context, id: OverrideId, by: str, within: Markets = None) -> Override:
    """Everything as the pack says again, at once; IllegalTransition where it is over already."""

    def step() -> Override:
        with context.store.transaction() as uow:
            found = uow.overrides.get(id)
            if not concerns(found, context.packs.current(), within):
                raise NotFound("override", id)
            ended = uow.overrides.save(found.undo(by, context.clock.now()))
            _tell(uow, EventKind.OVERRIDE_UNDONE, ended, by)
            uow.commit()
            return ended

    return retrying(step)


def _tell(uow: UnitOfWork, kind: EventKind, told: Override, by: str) -> None:
    at = told.undone_at or told.starts_at
    places = ("market", "family", "skill", "proficiency", "priority", "backup")
    data = {name: getattr(told, name) for name in places if getattr(told, name) is not None}
    subject = Subject(cop_id=told.cop_id)
    more = {"override_id": told.id, "what": told.kind, "reason": told.reason, "ends_at": told.ends_at.isoformat()}
    record(uow, kind, at, by, subject, **more, **data)


def in_force(context: Context, within: Markets = None) -> list[Override]:
    """What is changed now, the oldest first; one that holds for every market concerns each of them."""
    with context.store.reading() as uow:
        found = uow.overrides.in_force(context.clock.now())
    return [each for each in found if concerns(each, context.packs.current(), within)]


def newest(context: Context, within: Markets = None) -> list[Override]:
    """The newest ones, over or not."""
    with context.store.reading() as uow:
        found = uow.overrides.newest(MOST_TOLD)
    return [each for each in found if concerns(each, context.packs.current(), within)]


def concerns(each: Override, pack: Pack, within: Markets) -> bool:
    """Whether somebody with these markets may know of it, and take it back.

    Those for the whole bank are for people with the whole bank.
    """
    if within is None:
        return True
    if each.kind is OverrideKind.MOVE_COP:
        cop = pack.roster.get(each.cop_id) if each.cop_id else None
        return cop is not None and seen(cop, within) and each.market in (None, *within)
    return each.market in within and each.backup in (None, *within)


def pack_in_force(context: Context) -> Pack:
    """The pack as it holds now, with what managers changed for a while."""
    with context.store.reading() as uow:
        return applied(context.packs.current(), uow.overrides.in_force(context.clock.now()))


def require_override(context: Context, id: str, within: Markets) -> None:
    """NotFound for an override that is none of theirs, as for one that does not exist."""
    if within is not None:
        with context.store.reading() as uow:
            found = uow.overrides.get(OverrideId(id))
        if not concerns(found, context.packs.current(), within):
            raise NotFound("override", id)
