"""The history as it happens, as server-sent events."""

from typing import Annotated

from fastapi import Header, Query, Request
from fastapi.responses import StreamingResponse

from api.dependencies import CallerDep, ServiceDep
from api.guard import guarded_router
from api.stream import MEDIA_TYPE, Feed, streams_of
from routing.services import reporting

router = guarded_router("events")
LARGEST_SEQ = 2**63 - 1
Seq = Annotated[
    int | None, Query(ge=0, le=LARGEST_SEQ, description="begin after this event; unset: with what comes next")
]
LastEventId = Annotated[int | None, Header(alias="Last-Event-ID", ge=0, le=LARGEST_SEQ)]


@router.get(
    "/v1/events",
    response_class=StreamingResponse,
    responses={200: {"content": {MEDIA_TYPE: {}}, "description": "events, each with its seq as `id`"}},
    summary="Follow the history",
)
def events(
    request: Request, service: ServiceDep, caller: CallerDep, after: Seq = None, last_event_id: LastEventId = None
) -> StreamingResponse:
    """Server-sent events; `Last-Event-ID` resumes without a gap. Comments keep the connection alive."""
    begin = last_event_id if last_event_id is not None else after
    seq = reporting.last_seq(service.context) if begin is None else begin
    feed = Feed(service.context, seq, request.app.state.stopping, caller.markets)
    headers = {"X-Accel-Buffering": "no"}
    return StreamingResponse(streams_of(request).open(feed), media_type=MEDIA_TYPE, headers=headers)
