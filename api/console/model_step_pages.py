"""One model: what was measured of it, and the steps from here: ask people, promote, roll back."""

from collections.abc import Mapping

from fastapi.responses import RedirectResponse, Response

from api.console.access import FieldsDep, Viewer, ViewerDep, console_router
from api.console.model_pages import Version
from api.console.problems import problem
from api.console.rendering import HEADERS, html
from api.console.sentences import not_done
from api.console.speech import _, ngettext
from api.console.views_model import model_page, promotion_said
from api.dependencies import Served, ServiceDep
from routing.domain.errors import Refused, RoutingError
from routing.domain.notes import noted
from routing.domain.shadow import Differences
from routing.services import asking_again, drift, model_reports, models, shadow
from routing.services.asking_again import Confusion
from routing.services.context import Context

PAGE = "/console/models/one"
MOST_DIFFERENCES = 12
LONGEST_REASON = 200
router = console_router()


@router.get(PAGE)
def show(service: ServiceDep, viewer: ViewerDep, version: Version) -> Response:
    """What was measured of one model."""
    return _page(service, viewer, version)


@router.post("/console/models/ask-again")
def ask_again(service: ServiceDep, viewer: ViewerDep, form: FieldsDep) -> Response:
    """Send what lay between two issue types to review."""
    asked = Confusion(form.get("model", ""), form.get("issue_type", ""), form.get("taken_for", ""))
    try:
        sent = asking_again.ask_again(service.context, asked, viewer.name)
    except RoutingError as error:
        return problem(error)
    said = _("None of the last week's automatic decisions between the two went to review.")
    if sent:
        told = ngettext(
            "{count} of the last week's automatic decisions between the two went to review.",
            "{count} of the last week's automatic decisions between the two went to review.",
            sent,
        )
        said = told.format(count=sent)
    return _page(service, viewer, asked.model, said)


@router.post("/console/models/promote")
def promote(service: ServiceDep, viewer: ViewerDep, form: FieldsDep) -> Response:
    """Make a model live if the gate lets it, or by force with a reason; the page tells what the gate said."""
    version = form.get("model", "")
    try:
        authority = models.Authority(viewer.name, _reason(form), form.get("force") == "yes")
        done = models.promote(service.context, service.models, version, authority)
    except RoutingError as error:
        return _page(service, viewer, version, not_done(error), 409)
    return _page(service, viewer, version, promotion_said(done))


@router.post("/console/models/rollback")
def rollback(service: ServiceDep, viewer: ViewerDep, form: FieldsDep) -> Response:
    """Make the model before the live one live again."""
    leaving = form.get("model", "")
    try:
        authority = models.Authority(viewer.name, _reason(form))
        models.rollback(service.context, service.models, authority, leaving)
    except RoutingError as error:
        return _page(service, viewer, leaving, not_done(error), 409)
    return RedirectResponse("/console/models", 303, headers=HEADERS)


def _reason(form: Mapping[str, str]) -> str | None:
    return noted("reason", form.get("reason", ""), LONGEST_REASON, least=0) or None


def _page(service: Served, viewer: Viewer, version: str, said: str = "", status: int = 200) -> Response:
    context = service.context
    try:
        model = models.found(context, version)
        figures = model_reports.figures(service.models, model)
    except RoutingError as error:
        return problem(error)
    page = model_page(model, figures, context.packs.current().taxonomy)
    beside = {"drift": drift.latest(context), "shadow": _shadowed(context)}
    return html("model.html", status, viewer=viewer, said=said, model=page, **beside)


def _shadowed(context: Context) -> Differences | None:
    try:
        return shadow.report(context, None, MOST_DIFFERENCES)
    except Refused:
        return None
