"""Assignments: wrapped up, or handed on."""

from fastapi.responses import Response

from api.dependencies import Call, CallDep
from api.guard import guarded_router
from api.idempotency import Effect, Reply
from api.rest.places import PathId, hiding_others
from api.schemas.work import AssignmentReply, TransferRequest, WrapUpRequest
from routing.domain.offer import AssignmentId, AssignmentState
from routing.domain.outcome import WrapUp
from routing.ports import UnitOfWork
from routing.services import reporting, wrap_up

router = guarded_router("assignments")


@router.post("/v1/assignments/{assignment_id}/wrap-up", response_model=AssignmentReply, summary="The work is done")
def finish(assignment_id: PathId, body: WrapUpRequest, call: CallDep) -> Response:
    """Closes the conversation; the handle time and a corrected issue type teach."""
    return call.at_once(body, lambda uow, _: _finish(uow, call, assignment_id, body))


def _finish(uow: UnitOfWork, call: Call, assignment_id: str, body: WrapUpRequest) -> Reply:
    outcome = WrapUp(body.disposition, body.handle_time_seconds, body.issue_type, tuple(body.also_handled))
    id, by = AssignmentId(assignment_id), call.caller.acting_as
    with hiding_others("assignment", assignment_id):
        ended = wrap_up.wrap_up_within(uow, call.context, id, outcome, by)
    return Reply(AssignmentReply.model_validate(ended))


@router.post("/v1/assignments/{assignment_id}/transfer", response_model=AssignmentReply, summary="Hand it on")
def transfer(assignment_id: PathId, body: TransferRequest, call: CallDep) -> Response:
    """The conversation waits again with its age, for somebody else."""
    done = AssignmentState.TRANSFERRED
    return call.once(
        body, Effect(lambda _: _transfer(call, assignment_id, body), lambda: _ended(call, assignment_id, done))
    )


def _transfer(call: Call, assignment_id: str, body: TransferRequest) -> Reply:
    reason, by = call.context.masker.mask(body.reason), call.caller.acting_as
    with hiding_others("assignment", assignment_id):
        ended = wrap_up.transfer(call.context, AssignmentId(assignment_id), reason, body.issue_type, by)
    return Reply(AssignmentReply.model_validate(ended))


def _ended(call: Call, assignment_id: str, state: AssignmentState) -> Reply | None:
    # Reached only after the same caller's step was refused for the assignment's state, so it is known to be theirs.
    assignment = reporting.assignment(call.context, AssignmentId(assignment_id))
    return Reply(AssignmentReply.model_validate(assignment)) if assignment.state is state else None
