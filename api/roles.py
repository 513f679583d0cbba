"""Who may do what: every route and the roles it admits, in one table."""

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """What a token may be used for; a token can hold several."""

    SERVICE = "service"
    COP = "cop"
    MANAGER = "manager"
    ADMIN = "admin"


Route = tuple[str, str]
"""(method, path template)"""

_ALL = frozenset(Role)
_SYSTEMS = frozenset({Role.SERVICE, Role.ADMIN})
_OVERSIGHT = frozenset({Role.MANAGER, Role.ADMIN})
_WATCHERS = frozenset({Role.SERVICE, Role.MANAGER, Role.ADMIN})
_COP_TOOLS = frozenset({Role.SERVICE, Role.COP, Role.ADMIN})

OPEN: frozenset[Route] = frozenset({("GET", "/livez"), ("GET", "/readyz")})
"""Routes for probes, which carry no token; they tell nothing about customers or COps."""

ACCESS: Mapping[Route, frozenset[Role]] = {
    ("POST", "/v1/triage"): _WATCHERS,
    ("POST", "/v1/conversations"): _SYSTEMS,
    ("GET", "/v1/conversations"): _WATCHERS,
    ("GET", "/v1/conversations/{conversation_id}"): _ALL,
    ("POST", "/v1/conversations/{conversation_id}/messages"): _SYSTEMS,
    ("POST", "/v1/conversations/{conversation_id}/abandon"): _SYSTEMS,
    ("POST", "/v1/conversations/{conversation_id}/alerts/dismiss"): _OVERSIGHT,
    ("GET", "/v1/conversations/{conversation_id}/explanation"): _ALL,
    ("GET", "/v1/cops"): _WATCHERS,
    ("PUT", "/v1/cops/{cop_id}/presence"): _ALL,
    ("GET", "/v1/cops/{cop_id}/offers"): _ALL,
    ("GET", "/v1/cops/{cop_id}/assignments"): _ALL,
    ("POST", "/v1/offers/{offer_id}/accept"): _COP_TOOLS,
    ("POST", "/v1/offers/{offer_id}/decline"): _COP_TOOLS,
    ("POST", "/v1/assignments/{assignment_id}/wrap-up"): _COP_TOOLS,
    ("POST", "/v1/assignments/{assignment_id}/transfer"): _ALL,
    ("GET", "/v1/reviews"): _OVERSIGHT,
    ("POST", "/v1/reviews/{review_id}/claim"): _OVERSIGHT,
    ("POST", "/v1/reviews/{review_id}/verdict"): _OVERSIGHT,
    ("POST", "/v1/reviews/{review_id}/skip"): _OVERSIGHT,
    ("POST", "/v1/reviews/{review_id}/undo"): _OVERSIGHT,
    ("GET", "/v1/models"): _OVERSIGHT,
    ("POST", "/v1/models/rollback"): _OVERSIGHT,
    ("GET", "/v1/models/drift"): _OVERSIGHT,
    ("GET", "/v1/models/shadow"): _OVERSIGHT,
    ("GET", "/v1/models/{version}"): _OVERSIGHT,
    ("POST", "/v1/models/{version}/promote"): _OVERSIGHT,
    ("GET", "/v1/floor"): _OVERSIGHT,
    ("GET", "/v1/taxonomy"): _ALL,
    ("GET", "/v1/events"): _WATCHERS,
    ("GET", "/metrics"): _WATCHERS,
    ("GET", "/openapi.json"): _ALL,
}
