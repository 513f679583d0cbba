"""Edits of the policy and the pack: looked at, previewed, applied, rolled back."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from api.dependencies import Call, CallDep, CallerDep, ServiceDep
from api.editors import books_of, only_theirs, previewed
from api.guard import PROBLEMS, guarded_router
from api.idempotency import Reply
from api.schemas.edits import EditPreviewReply, EditReply, EditRequest, EditsReply
from routing.domain.edit import EditSubject
from routing.services import editing
from routing.services.context import Context
from routing.services.editing import Editor, EditWish

UNKNOWN: dict[int | str, dict[str, Any]] = {
    404: {**PROBLEMS[422], "description": "no entry has this id, or no version this number"}
}


def _router(subject: EditSubject) -> APIRouter:
    """The three routes of one subject."""
    router, path = guarded_router("edits"), f"/v1/{subject}/edits"

    @router.get(path, name=f"{subject}_edits", summary=f"The {subject} in force, and its versions")
    def look(service: ServiceDep, caller: CallerDep) -> EditsReply:
        """The files with the newest edit over them, as far as the caller's markets go."""
        context, books = service.context, books_of(service)
        newest = editing.newest(context, subject)
        values = editing.in_force(context, books, subject, caller.markets)
        history = editing.history(context, books, subject, caller.markets)
        return EditsReply.of(subject, newest.number if newest else 0, values, history)

    @router.post(
        f"{path}/preview",
        name=f"preview_{subject}_edit",
        responses=UNKNOWN,
        summary=f"What an edit of the {subject} would do",
    )
    def foresee(body: EditRequest, service: ServiceDep, caller: CallerDep) -> EditPreviewReply:
        """Checked as if it were applied; nothing is stored."""
        wanted, found = previewed(service, _wish(subject, body), Editor(caller.name, caller.markets))
        return EditPreviewReply.of(wanted, only_theirs(found, service, caller.markets))

    @router.post(
        path,
        name=f"edit_{subject}",
        responses=UNKNOWN,
        response_model=EditReply,
        status_code=201,
        summary=f"Edit the {subject}",
    )
    def apply(body: EditRequest, call: CallDep) -> Response:
        """The next version; every process goes by it within seconds. 409 where somebody edited it meanwhile."""
        return call.at_once(body, lambda context, _: _applied(call, context, _wish(subject, body)))

    return router


def _wish(subject: EditSubject, body: EditRequest) -> EditWish:
    return EditWish(subject, body.seen, body.reason, body.change, body.roll_back_to)


def _applied(call: Call, context: Context, wish: EditWish) -> Reply:
    who, books = Editor(call.caller.name, call.caller.markets), books_of(call.service)
    changes = editing.wanted(context, books, wish, who).changes
    return Reply(EditReply.of(editing.apply(context, books, wish, who), changes), 201)


ROUTERS = tuple(_router(subject) for subject in EditSubject)
