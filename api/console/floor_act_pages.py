"""Acting on the floor: choose, see what it would do, begin, undo."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import RedirectResponse, Response

from api.console import wording
from api.console.access import FieldsDep, ViewerDep, console_router
from api.console.floor_form import FIELDS, given, wish_of
from api.console.floor_pages import PAGE, watches_of
from api.console.names import market_name
from api.console.problems import problem
from api.console.rendering import HEADERS, html
from api.console.sentences import refusal
from api.console.speech import _
from api.console.views_outlook import outlook_rows
from api.console.views_watch import ACT, family_said, override_said
from api.console.what_if_pages import desk_of
from api.dependencies import Served, ServiceDep
from api.schemas.base import STORABLE
from routing.adapters.rehearsal import Rehearsal
from routing.domain.errors import RoutingError
from routing.domain.market import Markets
from routing.domain.override import OverrideId
from routing.domain.pack import Pack
from routing.services import floor_views, overrides
from routing.services.boundary import seen
from routing.services.floor_memory import CopView
from routing.services.outlook import floors_now
from routing.services.override_preview import MatchingPreview, preview

MOST_OFFERED = 300
router = console_router()
Word = Annotated[str, Query(max_length=128, pattern=STORABLE)]


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be chosen, as far as the viewer's markets go."""

    markets: tuple[Choice, ...]
    families: tuple[Choice, ...]
    skills: tuple[Choice, ...]
    cops: tuple[Choice, ...]
    backups: tuple[Choice, ...]
    whole: bool
    has_agents: bool


@router.get(ACT)
def choose(service: ServiceDep, viewer: ViewerDep, market: Word = "", family: Word = "") -> Response:
    """What can be done, with the place filled in where it is known."""
    return _form(service, viewer, {"market": market, "family": family})


@router.post(ACT)
def look(request: Request, service: ServiceDep, viewer: ViewerDep, form: FieldsDep) -> Response:
    """What it would do; the form again, with what is wrong, where it cannot be."""
    try:
        asked = overrides.wanted(service.context, wish_of(form), viewer.name, viewer.markets)
        found = preview(service.context, _matcher(service), asked)
    except RoutingError as error:
        return _form(service, viewer, form, refusal(error))
    said = override_said(asked, service.context.packs.current())
    rows = _rows(service, found) if isinstance(found, MatchingPreview) else ()
    shown = {"asked": asked, "said": said, "found": found, "rows": rows, "fields": given(form)}
    return html("floor_preview.html", 200, viewer=viewer, ahead=desk_of(request) is not None, **shown)


@router.post("/console/floor/outlook")
def look_ahead(request: Request, service: ServiceDep, viewer: ViewerDep, form: FieldsDep) -> Response:
    """What the next 15 minutes would bring, as things are and with it, or why that cannot be told."""
    desk, found, why = desk_of(request), None, ""
    try:
        if desk is not None:
            asked = overrides.wanted(service.context, wish_of(form), viewer.name, viewer.markets)
            found = desk.foresee(*floors_now(service.context, asked, viewer.markets))
    except RoutingError as error:
        why = refusal(error)
    return html("floor_outlook.html", 200, outlook=outlook_rows(found) if found else None, why=why)


@router.post("/console/floor/begin")
def begin(request: Request, service: ServiceDep, viewer: ViewerDep, form: FieldsDep) -> Response:
    """Put it into force."""
    try:
        overrides.begin(service.context, wish_of(form), viewer.name, viewer.markets)
    except RoutingError as error:
        return _form(service, viewer, form, refusal(error))
    watches_of(request).forget()
    return RedirectResponse(f"{PAGE}?said=begun", 303, headers=HEADERS)


@router.post("/console/floor/undo")
def undo(request: Request, service: ServiceDep, viewer: ViewerDep, form: FieldsDep) -> Response:
    """Everything as the pack says again."""
    try:
        overrides.undo(service.context, OverrideId(form.get("id", "")[:128]), viewer.name, viewer.markets)
    except RoutingError as error:
        return problem(error)
    watches_of(request).forget()
    return RedirectResponse(f"{PAGE}?said=undone", 303, headers=HEADERS)


def _matcher(service: Served) -> Rehearsal:
    policies = getattr(service, "policies", None)
    return Rehearsal(policies.current if policies else None)


def _rows(service: Served, found: MatchingPreview) -> tuple[tuple[str, int, int, int], ...]:
    pack = service.context.packs.current()
    return tuple((family_said(pack, each.family), each.waiting, each.before, each.after) for each in found.families)


def _form(service: Served, viewer: ViewerDep, said: Mapping[str, str], error: str | None = None) -> Response:
    pack = overrides.pack_in_force(service.context)
    values = dict.fromkeys(FIELDS, "") | {"minutes": "60", "priority": "1"} | dict(said)
    choices = _choices(service, pack, viewer.markets, values)
    status = 422 if error else 200
    return html("floor_act.html", status, viewer=viewer, choices=choices, values=values, error=error)


def _choices(service: Served, pack: Pack, within: Markets, values: Mapping[str, str]) -> Choices:
    family, home = values.get("family", ""), pack.markets.get(values.get("market", ""))
    kinds = [kind for kind in pack.taxonomy.issue_types.values() if family in ("", kind.family)] or list(
        pack.taxonomy.issue_types.values()
    )
    known = [key for key in pack.markets if within is None or key in within]
    alike = [key for key in known if home and pack.markets[key].matching_group == home.matching_group]
    views = [view for view in floor_views.cops(service.context, pack) if seen(view.cop, within)]
    order = {"free": 0, "busy": 1, "away": 2, "offline": 3}
    views.sort(key=lambda view: (order[view.standing], view.cop.name))
    return Choices(
        markets=tuple(Choice(key, market_name(pack, key)) for key in known),
        families=tuple(Choice(key, each.name) for key, each in pack.taxonomy.families.items()),
        skills=tuple(Choice(key, key) for key in dict.fromkeys(kind.skill for kind in kinds)),
        cops=tuple(Choice(view.cop.id, _cop(view)) for view in views[:MOST_OFFERED]),
        backups=tuple(Choice(key, market_name(pack, key)) for key in alike if home and key != home.key),
        whole=within is None,
        has_agents=bool(pack.software),
    )


def _cop(view: CopView) -> str:
    said = _("{name}, {team}: {standing}, holds {count}")
    standing, count = wording.standing(view.standing), view.status.total_load
    return said.format(name=view.cop.name, team=view.cop.team, standing=standing, count=count)
