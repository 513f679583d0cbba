"""Editing the policy and the pack: look, try out, apply, compare, roll back."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import RedirectResponse, Response

from api.console import views_edits
from api.console.access import Viewer, ViewerDep, console_router
from api.console.edit_form import ManyFieldsDep, wish_of
from api.console.forms import HEALTH
from api.console.rendering import HEADERS, html
from api.console.sentences import anew, refusal
from api.console.speech import _, marked
from api.dependencies import Served, ServiceDep
from api.editors import books_of, only_theirs, previewed
from api.schemas.base import STORABLE
from routing.domain.edit import EditSubject
from routing.domain.errors import Conflict, InvalidEdit, RoutingError
from routing.domain.overflow import OutsideHours
from routing.services import editing
from routing.services.editing import Editor

Word = Annotated[str, Query(max_length=128, pattern=STORABLE)]
Number = Annotated[int, Query(ge=0, le=1_000_000_000)]
FORMS = {
    EditSubject.ROSTER: "edits_cop.html",
    EditSubject.TAXONOMY: "edits_type.html",
    EditSubject.MARKETS: "edits_market.html",
    EditSubject.AGENTS: "edits_agent.html",
}
UNKNOWN = marked("Nobody and nothing here is called {name}.")
SAID = {"applied": marked("Applied. Every process goes by it within a few seconds.")}


def _router(subject: EditSubject) -> APIRouter:
    """The pages of one subject."""
    router, path = console_router(), f"/console/edits/{subject}"

    @router.get(path)
    def show(service: ServiceDep, viewer: ViewerDep, q: Word = "", said: Word = "") -> Response:
        return _page(service, viewer, subject, {"q": q, "done": SAID.get(said, "")})

    @router.get(f"{path}/one")
    def one(service: ServiceDep, viewer: ViewerDep, entry: Word = "") -> Response:
        return _page(service, viewer, subject, {"entry": entry})

    @router.post(path)
    def look(service: ServiceDep, viewer: ViewerDep, form: ManyFieldsDep) -> Response:
        return _preview(service, viewer, subject, form)

    @router.post(f"{path}/apply")
    def apply(service: ServiceDep, viewer: ViewerDep, form: ManyFieldsDep) -> Response:
        return _apply(service, viewer, subject, form)

    @router.get(f"{path}/history")
    def history(service: ServiceDep, viewer: ViewerDep, old: Number = 0, new: Number = 0) -> Response:
        return _history(service, viewer, subject, (old, new))

    return router


def _may_edit(viewer: Viewer, subject: EditSubject) -> bool:
    return viewer.administers or (subject is EditSubject.ROSTER and viewer.oversees)


def _shell(service: Served, viewer: Viewer, subject: EditSubject) -> dict[str, Any]:
    """What every page of a subject shows: its name, the version in force, and whether the viewer may edit."""
    newest = editing.newest(service.context, subject)
    names = {each.value: name for each, name in views_edits.NAMES.items()}
    open_to = [each for each in EditSubject if viewer.markets is None or each is EditSubject.ROSTER]
    return {
        "viewer": viewer,
        "subject": subject.value,
        "names": names,
        "open_to": [each.value for each in open_to],
        "newest": newest,
        "may_edit": _may_edit(viewer, subject),
        "health": anew(getattr(books_of(service), "health", "ok"), HEALTH),
        "columns": views_edits.COLUMNS.get(subject, ()),
        "faults": (),
        "typed": {},
        "done": "",
    }


def _page(service: Served, viewer: Viewer, subject: EditSubject, asked: dict[str, Any], status: int = 200) -> Response:
    context, books = service.context, books_of(service)
    shell = _shell(service, viewer, subject)
    base, content = books.base(subject), shell["newest"].content if shell["newest"] else {}
    values = editing.in_force(context, books, subject, viewer.markets)
    if subject is EditSubject.POLICY:
        found = list(views_edits.policy_values(base, values))
        return html("edits_policy.html", status, **shell | asked, values=found)
    if "entry" in asked:
        return _one(service, shell | asked, base, values, status)
    rows = views_edits.rows(subject, base, content, asked.get("q", ""), values)
    gone = views_edits.removed(base, content) if viewer.markets is None else []
    shown = {"rows": rows[: views_edits.MOST_ROWS], "found": len(rows), "gone": gone, "q": ""}
    return html("edits_list.html", status, **shell | shown | asked)


def _one(service: Served, shown: Mapping[str, Any], base: Any, values: Any, status: int) -> Response:
    """The form of one COp or issue type; without an entry that of somebody new."""
    entry, pack = shown["entry"], service.context.packs.current()
    if entry and entry not in values:
        told = {"title": _("Not found"), "text": _(UNKNOWN).format(name=entry)}
        return html("edits_missing.html", 404, **shown, **told)
    skills = sorted({kind.skill for kind in pack.taxonomy.issue_types.values()})
    return html(
        FORMS[EditSubject(shown["subject"])],
        status,
        **shown,
        fields=views_edits.fields_of(values.get(entry, {})),
        written=entry in base,
        work=editing.open_work(service.context, entry) if entry else (0, 0),
        markets=[key for key in pack.markets if shown["viewer"].markets is None or key in shown["viewer"].markets],
        families=pack.taxonomy.families,
        skills=skills,
        near=views_edits.near(pack, entry),
        hours_hold=pack.overflow.outside_hours is OutsideHours.WAIT,
    )


def _preview(service: Served, viewer: Viewer, subject: EditSubject, form: Mapping[str, str]) -> Response:
    try:
        before = editing.in_force(service.context, books_of(service), subject, viewer.markets)
        wish = wish_of(subject, form, before)
        wanted, found = previewed(service, wish, Editor(viewer.name, viewer.markets))
    except RoutingError as error:
        return _refused(service, viewer, subject, form, error)
    only_theirs(found, service, viewer.markets)
    moved, pack = list(found.moved.values())[: views_edits.MOST_MOVED], service.context.packs.current()
    return html(
        "edits_preview.html",
        200,
        **_shell(service, viewer, subject),
        wish=wish,
        wanted=wanted,
        changes=views_edits.told(wanted.changes),
        sentences=list(views_edits.sentences(wanted, found, pack)),
        moved=moved,
        cops=views_edits.names_of(pack, [id for each in moved for id in (each.before, each.after)]),
        work={id: editing.open_work(service.context, id) for id in wanted.gone},
        change=views_edits.change_text(wish.change),
    )


def _refused(
    service: Served, viewer: Viewer, subject: EditSubject, form: Mapping[str, str], error: RoutingError
) -> Response:
    """The form again, with everything that is wrong, as it is in force."""
    faults = list(map(refusal, map(str, error.faults if isinstance(error, InvalidEdit) else [error])))
    entry = form.get("entry", "").strip()
    asked = {"entry": "" if form.get("added") else entry} if entry and subject is not EditSubject.POLICY else {}
    if asked and not form.get("added"):
        known = editing.in_force(service.context, books_of(service), subject, viewer.markets)
        asked = asked if entry in known else {}
    status = 409 if isinstance(error, Conflict) else 422
    kept: dict[str, Any] = {} if isinstance(error, Conflict) else {"typed": dict(form)}
    return _page(service, viewer, subject, {**asked, **kept, "faults": faults}, status)


def _apply(service: Served, viewer: Viewer, subject: EditSubject, form: Mapping[str, str]) -> Response:
    try:
        wish = wish_of(subject, form, {})
        editing.apply(service.context, books_of(service), wish, Editor(viewer.name, viewer.markets))
    except RoutingError as error:
        return _refused(service, viewer, subject, form, error)
    return RedirectResponse(f"/console/edits/{subject}?said=applied", 303, headers=HEADERS)


def _history(service: Served, viewer: Viewer, subject: EditSubject, asked: tuple[int, int]) -> Response:
    books, shell = books_of(service), _shell(service, viewer, subject)
    found = editing.history(service.context, books, subject, viewer.markets)
    compared: list[views_edits.Told] | None = None
    if viewer.markets is None and asked != (0, 0):
        try:
            compared = views_edits.told(editing.difference(service.context, books, subject, asked))
        except RoutingError as error:
            shell["faults"] = [refusal(error)]
    shown = {"versions": views_edits.versions(found), "compared": compared, "old": asked[0], "new": asked[1]}
    return html("edits_history.html", 200, **shell | shown)


ROUTERS = tuple(_router(subject) for subject in EditSubject)
