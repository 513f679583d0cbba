"""What a manager changes for a while without editing the pack: paused automation, moved COps, raised priorities."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType, assert_never

from routing.domain.conversation import Conversation
from routing.domain.cop import Cop, CopId
from routing.domain.errors import IllegalTransition, Invalid
from routing.domain.issue import Taxonomy
from routing.domain.market import Market
from routing.domain.notes import noted
from routing.domain.pack import Pack

OverrideId = NewType("OverrideId", str)
AUTOMATION_PAUSED = "automation_paused"
"""Why a person is asked although the model is sure."""
LONGEST = timedelta(hours=24)
LONGEST_REASON = 200
USUAL_PROFICIENCY, LEAST_PROFICIENCY = 0.7, 0.01
"""How well somebody is taken to know a skill that the pack does not give them, unless it is said."""


class OverrideKind(StrEnum):
    """What can be changed for a while."""

    PAUSE_AUTOMATION = "pause_automation"
    PAUSE_AGENTS = "pause_agents"
    MOVE_COP = "move_cop"
    RAISE_PRIORITY = "raise_priority"
    OPEN_BACKUP = "open_backup"


@dataclass(frozen=True, slots=True)
class Override:
    """One change, in force from `starts_at` until `ends_at` or until it is undone.

    `market`: whose customers it is about, or where a COp is moved to; None means every market, or that the COp stays
    in theirs. `family`: whose priority is raised, None for all. `skill`: the only one a moved COp works on, at
    `proficiency` where the pack gives them none. `backup`: the market that helps out at once.
    """

    id: OverrideId
    kind: OverrideKind
    by: str
    reason: str
    starts_at: datetime
    ends_at: datetime
    market: str | None = None
    family: str | None = None
    cop_id: CopId | None = None
    skill: str | None = None
    proficiency: float | None = None
    priority: int | None = None
    backup: str | None = None
    undone_at: datetime | None = None
    undone_by: str | None = None
    version: int = 0

    def in_force(self, at: datetime) -> bool:
        """Whether it changes anything at `at`."""
        return self.undone_at is None and self.starts_at <= at < self.ends_at

    def undo(self, by: str, at: datetime) -> "Override":
        """Everything as the pack says again; IllegalTransition once it is over."""
        if not self.in_force(at):
            state = "undone" if self.undone_at else "over"
            raise IllegalTransition("override", self.id, state, "undo", "in force")
        return replace(self, undone_at=at, undone_by=by)


def require_sound(asked: Override, pack: Pack) -> None:
    """Invalid names what of an override cannot be: a value that the pack does not know, or one that is missing."""
    if not asked.starts_at < asked.ends_at <= asked.starts_at + LONGEST:
        raise Invalid("ends_at", asked.ends_at.isoformat(), f"at most {LONGEST.total_seconds() / 3600:g} hours on")
    noted("reason", asked.reason, LONGEST_REASON)
    if asked.market is not None:
        pack.market(asked.market)
    match asked.kind:
        case OverrideKind.PAUSE_AUTOMATION | OverrideKind.PAUSE_AGENTS:
            return
        case OverrideKind.MOVE_COP:
            _require_move(asked, pack)
        case OverrideKind.RAISE_PRIORITY:
            _require_one_of("family", asked.family, pack.taxonomy.families, optional=True)
            if asked.priority not in range(1, 6):
                raise Invalid("priority", asked.priority, "1 (the most urgent) to 5")
        case OverrideKind.OPEN_BACKUP:
            _require_backup(asked, pack)
        case _:
            assert_never(asked.kind)


def _require_move(asked: Override, pack: Pack) -> None:
    _require_one_of("cop_id", asked.cop_id, pack.roster)
    skills = {kind.skill for kind in pack.taxonomy.issue_types.values()}
    _require_one_of("skill", asked.skill, skills, optional=True)
    if asked.market is None and asked.skill is None:
        raise Invalid("market", "nothing", "a market, a skill, or both")
    if asked.proficiency is not None and not LEAST_PROFICIENCY <= asked.proficiency <= 1:
        raise Invalid("proficiency", asked.proficiency, f"{LEAST_PROFICIENCY} to 1")


def _require_backup(asked: Override, pack: Pack) -> None:
    _require_one_of("market", asked.market, pack.markets)
    home = pack.market(asked.market or "")
    alike = {m.key for m in pack.markets.values() if m.matching_group == home.matching_group and m.key != home.key}
    _require_one_of("backup", asked.backup, alike)


def _require_one_of(place: str, value: str | None, known: Iterable[str], optional: bool = False) -> None:
    names = sorted(known)
    if value not in names and not (optional and value is None):
        raise Invalid(place, value, ", ".join(names[:20]) or "none")


def automation_paused(overrides: Sequence[Override], market: str | None) -> bool:
    """Whether people decide everything in this market; where no market is known, whether they do everywhere."""
    pauses = (each for each in overrides if each.kind is OverrideKind.PAUSE_AUTOMATION)
    return any(each.market in (None, market) for each in pauses)


def applied(pack: Pack, overrides: Sequence[Override]) -> Pack:
    """The pack as it holds while these are in force, the newer ones over the older."""
    for each in sorted(overrides, key=lambda one: (one.starts_at, one.id)):
        pack = _applied(pack, each)
    return pack


def _applied(pack: Pack, each: Override) -> Pack:
    cop = pack.roster.get(each.cop_id or CopId(""))
    if each.kind is OverrideKind.MOVE_COP and cop is not None:
        return replace(pack, roster={**pack.roster, cop.id: moved(cop, each)})
    if each.kind is OverrideKind.PAUSE_AGENTS:
        return replace(pack, roster={id: _resting(cop, each.market) for id, cop in pack.roster.items()})
    home, helper = pack.markets.get(each.market or ""), pack.markets.get(each.backup or "")
    if each.kind is OverrideKind.OPEN_BACKUP and home is not None and helper is not None:
        return replace(pack, markets={**pack.markets, home.key: opened(home, helper.key)})
    return pack


def moved(cop: Cop, move: Override) -> Cop:
    """The COp in their new place: that market alone, that skill alone, what they say and hold as before."""
    markets = cop.markets if move.market is None else frozenset({move.market})
    if move.skill is None:
        return replace(cop, markets=markets)
    known = cop.skills.get(move.skill, move.proficiency or USUAL_PROFICIENCY)
    return replace(cop, markets=markets, skills={move.skill: known})


def _resting(cop: Cop, market: str | None) -> Cop:
    """Software takes nothing; where one market's agents rest, it serves its other markets as before."""
    if cop.software is None:
        return cop
    return replace(cop, capacity={}) if market is None else replace(cop, markets=cop.markets - {market})


def opened(home: Market, backup: str) -> Market:
    """The market with a back-up that is asked at once."""
    others = tuple(each for each in home.backups if each != backup)
    return replace(home, backups=(backup, *others), opened=home.opened | {backup})


def raised(conversation: Conversation, overrides: Sequence[Override], taxonomy: Taxonomy) -> Conversation:
    """The conversation with the most urgent priority that any override gives it; never a lesser one than its own."""
    known = taxonomy.issue_types.get(conversation.issue_type or "")
    family = known.family if known else None
    given = [
        each.priority
        for each in overrides
        if each.kind is OverrideKind.RAISE_PRIORITY
        and each.priority is not None
        and each.market in (None, conversation.market)
        and each.family in (None, family)
    ]
    most = min([conversation.priority, *given])
    return conversation if most == conversation.priority else replace(conversation, priority=most)
