"""Assignments: wrapped up, or handed on."""

from fastapi.responses import Response

from api.dependencies import Call, CallDep
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
    return call.at_once(body, lambda context, _: _finish(context, call, assignment_id, body))


def _finish(context: Context, call: Call, assignment_id: str, body: WrapUpRequest) -> Reply:
    outcome = WrapUp(body.disposition, body.handle_time_seconds, body.issue_type, tuple(body.also_handled))
    with hiding_others("assignment", assignment_id):
        ended = wrap_up.wrap_up(context, AssignmentId(assignment_id), outcome, call.caller.acting_as)
    return Reply(AssignmentReply.model_validate(ended))


@router.post("/v1/assignments/{assignment_id}/transfer", response_model=AssignmentReply, summary="Hand it on")
def transfer(assignment_id: PathId, body: TransferRequest, call: CallDep) -> Response:
    """The conversation waits again with its age, for somebody else."""
    return call.at_once(body, lambda context, _: _transfer(context, call, assignment_id, body))


def _transfer(context: Context, call: Call, assignment_id: str, body: TransferRequest) -> Reply:
    id, by = AssignmentId(assignment_id), call.caller.acting_as
    with hiding_others("assignment", assignment_id):
        ended = wrap_up.transfer(context, id, body.reason, body.issue_type, by)
    return Reply(AssignmentReply.model_validate(ended))
