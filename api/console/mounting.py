"""Adds the console to an application: its routes, its files, its errors."""

import threading
from http import HTTPStatus
from pathlib import Path
from typing import cast

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from api.console import (
    conversation_pages,
    desk_pages,
    edit_pages,
    floor_act_pages,
    floor_pages,
    language_pages,
    model_pages,
    model_step_pages,
    operations_pages,
    pages,
    proposal_pages,
    quality_pages,
    queue_beside,
    queue_bulk,
    queue_pages,
    sign_in,
    what_if_pages,
)
from api.console.access import NotAdmitted, SignInNeeded, cookie_name, sessions_of
from api.console.desk_pulse import DeskPulse
from api.console.language_pages import REST
from api.console.problems import told
from api.console.pulse import Pulse
from api.console.rendering import FOLDER, HEADERS
from api.console.sentences import refusal
from api.console.sessions import Sessions
from api.console.sign_in import DESK
from api.console.speech import _
from api.middleware import answer
from api.roles import Role
from routing.services.attributing import Attributions
from routing.services.floor_memory import FloorMemory

STATIC = FOLDER / "static"
ROUTERS = (
    sign_in.router,
    pages.router,
    language_pages.router,
    conversation_pages.router,
    queue_pages.router,
    queue_beside.router,
    queue_bulk.router,
    proposal_pages.router,
    quality_pages.router,
    model_pages.router,
    model_step_pages.router,
    what_if_pages.router,
    desk_pages.router,
    floor_pages.router,
    floor_act_pages.router,
    *edit_pages.ROUTERS,
    operations_pages.router,
)


class ConsoleFiles(StaticFiles):
    """Scripts, styles and pictures; a browser asks each time whether they changed."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, with the console's headers."""
        response = await super().get_response(path, scope)
        response.headers.update(HEADERS | {"Cache-Control": "no-cache"})
        return response


def mount(app: FastAPI) -> None:
    """Add the console to an application whose `state` has `service` and `authenticator`."""
    app.state.console_sessions = Sessions(lambda: app.state.service.context)
    stopping = cast(threading.Event, getattr(app.state, "stopping", None) or threading.Event())
    app.state.console_pulse = Pulse(app.state.service.context, stopping)
    app.state.console_desk_pulse = DeskPulse(app.state.service.context, stopping)
    app.state.console_words = Attributions(app.state.service.classifier)
    memory = FloorMemory()
    app.state.console_floors = pages.floors(lambda: app.state.service, memory)
    app.state.console_watches = floor_pages.watches(lambda: app.state.service, memory)
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/console/static", ConsoleFiles(directory=Path(STATIC)), name="console-static")
    app.add_exception_handler(SignInNeeded, _to_sign_in)
    app.add_exception_handler(NotAdmitted, _refused)
    app.add_exception_handler(HTTPException, _of_framework)
    app.add_middleware(language_pages.Speaking)


async def _to_sign_in(request: Request, __: Exception) -> Response:
    if request.headers.get("hx-request"):
        return Response(status_code=401, headers=HEADERS | {"HX-Redirect": "/sign-in"})
    if request.url.path == "/":
        return RedirectResponse("/sign-in", 303, headers=HEADERS)
    return told(401, _("Signed out"), _("Sign in to go on."), ("/sign-in", _("Sign in")))


async def _refused(request: Request, error: Exception) -> Response:
    session = await run_in_threadpool(sessions_of(request).find, request.cookies.get(cookie_name(request)))
    desk = (DESK, _("Your desk")) if session and Role.COP in session.principal.roles else None
    return told(403, _("Not allowed"), refusal(error), desk)


async def _of_framework(request: Request, error: Exception) -> Response:
    """A page for somebody who mistyped an address; for a program what the REST interface says."""
    lost = isinstance(error, HTTPException) and error.status_code == HTTPStatus.NOT_FOUND
    if not lost or request.url.path.startswith(REST) or "text/html" not in request.headers.get("accept", ""):
        return await answer(request, error)
    return told(HTTPStatus.NOT_FOUND, _("Not found"), _("There is no page at this address."))
