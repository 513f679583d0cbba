"""Errors as the outside sees them: the only place that knows which HTTP status an error becomes.

ApiError
├── Unauthenticated    no token, or one that nobody here has
├── Forbidden          the token's roles do not reach this route
├── NotLocal           without tokens, only this machine and its own pages may call
├── BodyTooLarge       more than the service reads
├── TooManyRequests    faster than the caller's allowance
└── TooManyStreams     as many event streams are open as the service keeps
ConfigurationError
├── Exposed            listening beyond loopback without authentication
├── TokenFileInvalid   the tokens file, with everything wrong in it
└── OidcFileInvalid    the identity provider's file, with everything wrong in it
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from math import ceil

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api.validation import clipped, explain
from routing.domain import errors as domain

PROBLEM_JSON = "application/problem+json"
LONGEST_DETAIL = 500


class ApiError(Exception):
    """Root of what the door itself refuses."""

    code = "api_error"


class Unauthenticated(ApiError):
    """No token, or one that nobody here has."""

    code = "unauthenticated"


class Forbidden(ApiError):
    """The token's roles do not reach this route."""

    code = "forbidden"


class NotLocal(ApiError):
    """No tokens are configured, so only this machine and its own pages may call."""

    code = "not_local"


class BodyTooLarge(ApiError):
    """The request is larger than the service reads."""

    code = "body_too_large"


class TooManyRequests(ApiError):
    """Faster than the caller's allowance; `seconds` until the next request is answered."""

    code = "too_many_requests"

    def __init__(self, seconds: float) -> None:
        super().__init__("slow down; Retry-After says when the next request will be answered")
        self.seconds = seconds


class TooManyStreams(ApiError):
    """As many event streams are open as the service keeps."""

    code = "too_many_streams"


class ConfigurationError(Exception):
    """The service does not start like this; the message says what to change."""


class Exposed(ConfigurationError):
    """The address can be reached from outside, and nobody would be asked who they are."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"{host} can be reached from other machines, and no tokens are configured: "
            "set POINTSMAN_TOKENS_FILE or POINTSMAN_OIDC_FILE, or listen on 127.0.0.1"
        )


class TokenFileInvalid(ConfigurationError):
    """The tokens file cannot be used; the message lists every reason."""

    def __init__(self, path: str, wrong: list[str]) -> None:
        super().__init__(f"{path}: " + "; ".join(wrong))
        self.wrong = wrong


class OidcFileInvalid(ConfigurationError):
    """The identity provider's file cannot be used; the message lists every reason."""

    def __init__(self, path: str, wrong: list[str]) -> None:
        super().__init__(f"{path}: " + "; ".join(wrong))
        self.wrong = wrong


STATUS: Mapping[type[Exception], tuple[int, str]] = {
    domain.NotFound: (404, "Nothing has that id"),
    domain.UnknownIssueType: (422, "Not an issue type of the live taxonomy"),
    domain.NotTheOwner: (409, "Somebody else holds it"),
    domain.OfferExpired: (409, "The offer's deadline has passed"),
    domain.IllegalTransition: (409, "Not possible in this state"),
    domain.Refused: (409, "The rules say no"),
    domain.IdempotencyMismatch: (409, "This key belongs to a different request"),
    domain.Conflict: (409, "Somebody else was first"),
    domain.Invalid: (422, "A value is outside what is allowed"),
    domain.Unavailable: (503, "A part the service needs does not answer"),
    RequestValidationError: (422, "The request is not valid"),
    Unauthenticated: (401, "Who is calling?"),
    Forbidden: (403, "Not open to this role"),
    NotLocal: (403, "Only this machine may call"),
    BodyTooLarge: (413, "The request is too large"),
    TooManyRequests: (429, "Too many requests"),
    TooManyStreams: (503, "Too many event streams"),
}
"""Error -> (status, title); an error is looked up by its nearest ancestor here, anything else is a 500."""

_HEADERS: Mapping[int, Mapping[str, str]] = {
    401: {"WWW-Authenticate": 'Bearer realm="pointsman"'},
    503: {"Retry-After": "2"},
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One RFC 9457 problem. `errors` lists each wrong value with its place and what is allowed."""

    code: str
    status: int
    title: str
    detail: str
    errors: list[dict[str, object]] = field(default_factory=list)
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self, request_id: str) -> JSONResponse:
        """The problem as a response; the type's URN ends in the error's code."""
        body: dict[str, object] = {
            "type": f"urn:pointsman:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail[:LONGEST_DETAIL],
            "request_id": request_id,
        }
        if self.errors:
            body["errors"] = self.errors
        headers = {**_HEADERS.get(self.status, {}), **self.headers}
        return JSONResponse(body, self.status, headers, media_type=PROBLEM_JSON)


def problem_of(error: Exception) -> Problem:
    """What an error looks like from outside; what is not ours shows nothing of its inside."""
    if isinstance(error, HTTPException):
        return _of_framework(error)
    for kind in type(error).__mro__:
        if kind in STATUS:
            status, title = STATUS[kind]
            return _of_known(error, status, title)
    return Problem("internal", 500, "Something went wrong here", "It was logged under this request_id.")


def _of_known(error: Exception, status: int, title: str) -> Problem:
    if isinstance(error, RequestValidationError):
        errors = explain(error.errors())
        return Problem("invalid_request", status, title, f"{len(errors)} value(s) are not allowed", errors)
    code = str(getattr(error, "code", "refused"))
    if isinstance(error, domain.Invalid):
        found = error.faults if isinstance(error, domain.InvalidEdit) else (error,)
        wrong: list[dict[str, object]] = [
            {"place": each.place, "value": clipped(each.place, each.value), "allowed": each.allowed} for each in found
        ]
        return Problem(code, status, title, f"{error.place}: allowed: {error.allowed}", wrong)
    if isinstance(error, domain.Unavailable):
        # Its own words may name the database's address.
        return Problem(code, status, title, "Try again; GET /readyz names the part, and the log says what is wrong.")
    if isinstance(error, TooManyRequests):
        return Problem(code, status, title, str(error), headers={"Retry-After": str(ceil(error.seconds))})
    return Problem(code, status, title, str(error))


def _of_framework(error: HTTPException) -> Problem:
    title = HTTPStatus(error.status_code).phrase
    code = title.lower().replace(" ", "_")
    detail = {404: "there is no such route; see /openapi.json", 405: "the route does not take this method"}
    text = detail.get(error.status_code, str(error.detail))
    return Problem(code, error.status_code, title, text, headers=dict(error.headers or {}))
