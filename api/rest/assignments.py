"""Assignments: wrapped up, or handed on."""

from collections.abc import Sequence

from fastapi.responses import Response

from api.dependencies import Call, CallDep
from api.gathering import Kind
from api.guard import guarded_router
from api.idempotency import Reply
from api.rest.places import PathId, hiding_others
from api.schemas.work import AssignmentReply, TransferRequest, WrapUpRequest
from routing.domain.offer import AssignmentId
from routing.domain.outcome import WrapUp
from routing.services import wrap_up
from routing.services.context import Context

router = guarded_router("assignments")


@router.post("/v1/assignments/{assignment_id}/wrap-up", response_model=AssignmentReply, summary="The work is done")
def finish(assignment_id: PathId, body: WrapUpRequest, call: CallDep) -> Response:
    """Closes the conversation; the handle time and a corrected issue type teach."""
    return call.together(body, FINISHED, lambda _context, _stamp: _ending(call, assignment_id, body))


def _ending(call: Call, assignment_id: str, body: WrapUpRequest) -> wrap_up.Ending:
    outcome = WrapUp(body.disposition, body.handle_time_seconds, body.issue_type, tuple(body.also_handled))
    return wrap_up.Ending(AssignmentId(assignment_id), outcome, call.caller.acting_as)


def _finish(context: Context, asked: wrap_up.Ending) -> Reply:
    with hiding_others("assignment", asked.assignment_id):
        ended = wrap_up.wrap_up(context, asked.assignment_id, asked.outcome, asked.by)
    return Reply(AssignmentReply.model_validate(ended))


def _finish_all(context: Context, asked: Sequence[wrap_up.Ending]) -> list[Reply | None]:
    ended = wrap_up.wrap_up_all(context, asked)
    return [None if each is None else Reply(AssignmentReply.model_validate(each)) for each in ended]


FINISHED = Kind(_finish, _finish_all)


@router.post("/v1/assignments/{assignment_id}/transfer", response_model=AssignmentReply, summary="Hand it on")
def transfer(assignment_id: PathId, body: TransferRequest, call: CallDep) -> Response:
    """The conversation waits again with its age, for somebody else."""
    return call.at_once(body, lambda context, _: _transfer(context, call, assignment_id, body))


def _transfer(context: Context, call: Call, assignment_id: str, body: TransferRequest) -> Reply:
    id, by = AssignmentId(assignment_id), call.caller.acting_as
    with hiding_others("assignment", assignment_id):
        ended = wrap_up.transfer(context, id, body.reason, body.issue_type, by)
    return Reply(AssignmentReply.model_validate(ended))
