"""One conversation: its account, sending it another way, and erasing its customer."""

from collections.abc import Callable, Mapping
from typing import Annotated, cast

from fastapi import Query
from fastapi.responses import Response

from api.console import views_account, views_choices, views_conversation
from api.console.access import FieldsDep, Viewer, ViewerDep, console_router
from api.console.problems import problem
from api.console.rendering import html
from api.console.sentences import not_done, refusal
from api.console.speech import _
from api.dependencies import Served, ServiceDep
from api.schemas.base import STORABLE
from routing.domain.conversation import ConversationId
from routing.domain.errors import Refused, RoutingError
from routing.domain.notes import noted
from routing.ports import Explainer
from routing.services import deciders, erasure, reporting, rerouting, wrap_up
from routing.services.boundary import require_conversation
from routing.services.context import Context
from routing.services.trying_out import tried_out
from routing.services.wrap_up import Handover

PAGE = "/console/conversation"
LONGEST_ID = 200
router = console_router()
Fields = Mapping[str, str]
Id = Annotated[str, Query(max_length=LONGEST_ID, pattern=STORABLE)]


def explainer_of(service: Served) -> Explainer | None:
    """What tries out why a tick decided as it did; None in a service without one."""
    return cast(Explainer | None, getattr(service, "explainer", None))


@router.get(PAGE)
def conversation(service: ServiceDep, viewer: ViewerDep, conversation: Id) -> Response:
    """The account of one conversation (its id is the caller's own text, so it travels as a query)."""
    return _account(service, viewer, ConversationId(conversation))


def _account(service: Served, viewer: Viewer, id: ConversationId, error: str = "", said: str = "") -> Response:
    context, pack = service.context, service.context.packs.current()
    try:
        require_conversation(context, id, viewer.markets)
        view, account = reporting.conversation(context, id), reporting.explanation(context, id)
        decided = deciders.deciders(context, id)
    except RoutingError as missing:
        return problem(missing)
    return html(
        "conversation.html",
        shown=views_conversation.detail(view, account, pack, context.clock.now()),
        actions=views_account.actions(view, viewer, explainer_of(service) is not None),
        deciders=views_account.decider_lines(decided, pack, view.conversation.market),
        groups=views_choices.choices(pack.taxonomy),
        error=error,
        said=said,
    )


@router.get(PAGE + "/why")
def why(service: ServiceDep, viewer: ViewerDep, conversation: Id) -> Response:
    """What would have changed it: the tick of its newest offer solved again."""
    context, explainer = service.context, explainer_of(service)
    try:
        require_conversation(context, conversation, viewer.markets)
        if explainer is None:
            raise Refused("this service was started without the means to solve a tick again")
        found = tried_out(context, explainer, ConversationId(conversation))
    except RoutingError as error:
        return html("tried_out.html", shown=None, error=refusal(error))
    return html("tried_out.html", shown=views_account.tried_out_shown(found, context.packs.current()), error="")


@router.post(PAGE + "/reroute")
def reroute(service: ServiceDep, viewer: ViewerDep, form: FieldsDep) -> Response:
    """Match it by another issue type from now on."""
    context, by, note = service.context, viewer.name, form.get("note", "")
    chosen = form.get("issue_type", "")
    said = _("It goes by that issue type from now on.")
    return _stepped(service, viewer, form, lambda id: rerouting.reroute(context, id, chosen, by, note), said)


@router.post(PAGE + "/send-back")
def send_back(service: ServiceDep, viewer: ViewerDep, form: FieldsDep) -> Response:
    """Ask people again what it is."""
    context, by, note = service.context, viewer.name, form.get("note", "")
    said = _("It is in the disambiguation queue again.")
    return _stepped(service, viewer, form, lambda id: rerouting.send_back(context, id, by, note), said)


@router.post(PAGE + "/transfer")
def transfer(service: ServiceDep, viewer: ViewerDep, form: FieldsDep) -> Response:
    """Hand the work on to another COp, as another issue type where one is given."""
    context, said = service.context, _("It waits for another COp.")
    return _stepped(service, viewer, form, lambda id: _hand_on(context, viewer, id, form), said)


def _hand_on(context: Context, viewer: Viewer, id: ConversationId, form: Fields) -> None:
    work = reporting.conversation(context, id).assignment
    if work is None:
        raise Refused(f"nobody works on conversation {id}")
    why = noted("note", form.get("note", ""))
    wrap_up.hand_on(context, work.id, Handover(why, form.get("issue_type") or None, told_by=viewer.name))


def _stepped(
    service: Served, viewer: Viewer, form: Fields, step: Callable[[ConversationId], object], said: str
) -> Response:
    """Take a step and show the account again, with why where it was refused."""
    id = ConversationId(form.get("conversation", "")[:LONGEST_ID])
    try:
        require_conversation(service.context, id, viewer.markets)
        step(id)
    except RoutingError as error:
        return _account(service, viewer, id, error=not_done(error))
    return _account(service, viewer, id, said=said)


@router.get("/console/erasure")
def preview(service: ServiceDep, viewer: ViewerDep, conversation: Id) -> Response:
    """What erasing the customer of a conversation would take away, and what stands against it."""
    return _erasure(service, viewer, ConversationId(conversation))


def _erasure(service: Served, viewer: Viewer, id: ConversationId, error: str = "", status: int = 200) -> Response:
    try:
        found = erasure.preview(service.context, service.erasing, _customer(service.context, id))
    except RoutingError as missing:
        return problem(missing)
    page = views_account.erasure_page(found)
    return html("erasure.html", status, viewer=viewer, conversation=id, shown=page, receipt=None, error=error)


@router.post("/console/erasure")
def erase(service: ServiceDep, viewer: ViewerDep, form: FieldsDep) -> Response:
    """Erase the customer of a conversation; the receipt says what went."""
    context, id = service.context, ConversationId(form.get("conversation", "")[:LONGEST_ID])
    try:
        asked = erasure.Request(_customer(context, id), viewer.name, form.get("reason", ""))
        done = erasure.erase(context, service.erasing, asked)
    except RoutingError as error:
        return _erasure(service, viewer, id, not_done(error), 409)
    receipt = views_account.receipt_page(done)
    return html("erasure.html", viewer=viewer, conversation=id, shown=None, receipt=receipt, error="")


def _customer(context: Context, id: ConversationId) -> str:
    customer = reporting.conversation(context, id).conversation.customer_id
    if customer is None:
        raise Refused(f"nobody said who the customer of conversation {id} is; it goes when its time has come")
    return customer
