"""What the pages for running the service show: switches, settings without secrets, facts of the audit trail."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import SecretStr

from api.console.forms import FLAWS
from api.console.sentences import anew
from api.console.speech import _, marked, ngettext
from api.console.views_watch import OverrideRow, override_row
from routing.domain.audit import Sealed
from routing.domain.audit_check import Verification
from routing.domain.override import Override, OverrideKind
from routing.domain.pack import Pack
from routing.settings import Settings

FACTS_READ = marked("{count} facts read, {erased} of them forgotten on purpose.")
HIDDEN = marked("set, not shown")
_CREDENTIALS = re.compile(r"//\S*@")
"""To the last @: a password may hold one, or a slash."""


@dataclass(frozen=True, slots=True)
class Switch:
    """One thing that can be stopped, in one market or in all; `stops` are the changes that stop it now."""

    name: str
    where: str
    kind: str
    market: str
    stops: tuple[OverrideRow, ...]


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One setting; `given` says that somebody set it."""

    name: str
    value: str
    about: str
    given: bool


@dataclass(frozen=True, slots=True)
class FactRow:
    """One sealed fact."""

    position: int
    at: str
    actor: str
    kind: str
    about: str
    data: str


def switches(pack: Pack, found: Sequence[Override], at: datetime, markets: Sequence[str], whole: bool) -> list[Switch]:
    """Every switch that somebody with these markets may use; those for the whole bank first."""
    names = [(OverrideKind.PAUSE_AUTOMATION, _("Automatic decisions"))]
    if pack.software:
        names.append((OverrideKind.PAUSE_AGENTS, _("Agents")))
    places = [("", _("Every market"))] if whole else []
    places += [(key, pack.markets[key].name) for key in markets]
    return [
        Switch(
            name=name,
            where=where,
            kind=str(kind),
            market=market,
            stops=tuple(
                override_row(each, pack, at) for each in found if each.kind is kind and (each.market or "") == market
            ),
        )
        for kind, name in names
        for market, where in places
    ]


def settings_rows(found: Settings) -> list[SettingRow]:
    """Every setting by name, as the environment would name it; what is secret is never shown."""
    return [
        SettingRow(
            name=f"POINTSMAN_{name.upper()}",
            value=_shown(getattr(found, name)),
            about=_(field.description) if field.description else "",
            given=name in found.model_fields_set,
        )
        for name, field in sorted(type(found).model_fields.items())
    ]


def _shown(value: object) -> str:
    if value is None:
        return _("not set")
    if isinstance(value, SecretStr):
        return _(HIDDEN)
    return _CREDENTIALS.sub("//…@", str(value))


def facts(found: Sequence[Sealed]) -> list[FactRow]:
    """Sealed facts that are still there."""
    return [
        FactRow(
            row.seal.position,
            row.event.at.strftime("%Y-%m-%d %H:%M:%S"),
            row.event.actor,
            str(row.event.kind),
            " ".join(filter(None, (row.event.conversation_id, row.event.cop_id))) or "–",
            json.dumps(row.event.data, ensure_ascii=False, default=str),
        )
        for row in found
        if row.event is not None
    ]


def verified(found: Verification) -> list[str]:
    """What a reading of the whole trail found, in sentences."""
    vouched = (
        _("An anchor vouches for it up to position {position}; what came after could be cut off unseen.")
        if found.anchored
        else _("No anchor vouches for it: the end could be cut off, or everything rewritten, unseen.")
    )
    return [
        _("The trail is whole.") if found.whole else _changed(found.flaws),
        _("{count} facts read, {erased} of them forgotten on purpose.").format(
            count=found.checked, erased=found.erased
        ),
        *(anew(str(each), FLAWS) for each in found.findings),
        vouched.format(position=found.anchored),
    ]


def _changed(flaws: int) -> str:
    said = ngettext("The trail was CHANGED: {count} flaws.", "The trail was CHANGED: {count} flaws.", flaws)
    return said.format(count=flaws)
