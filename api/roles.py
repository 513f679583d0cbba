"""Who may do what: every route with the roles it admits and how far it reaches over markets, in one table."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a token may be used for; a token can hold several."""

    SERVICE = "service"
    COP = "cop"
    MANAGER = "manager"
    ADMIN = "admin"


class Reach(StrEnum):
    """Which markets a route touches."""

    OWN = "own"
    """Shows and changes what belongs to the caller's markets; everything else does not exist."""
    WHOLE = "whole"
    """Touches every market at once: open only to callers who have every market."""
    NONE = "none"
    """Touches nothing that belongs to a market."""


@dataclass(frozen=True, slots=True)
class Rule:
    """The roles that a route admits, and its reach over markets."""

    roles: frozenset[Role]
    reach: Reach


Route = tuple[str, str]
"""(method, path template)"""

_ALL = frozenset(Role)
_SYSTEMS = frozenset({Role.SERVICE, Role.ADMIN})
_OVERSIGHT = frozenset({Role.MANAGER, Role.ADMIN})
_WATCHERS = frozenset({Role.SERVICE, Role.MANAGER, Role.ADMIN})
_ADMINS = frozenset({Role.ADMIN})
_COP_TOOLS = frozenset({Role.SERVICE, Role.COP, Role.ADMIN})
_DESKS = frozenset({Role.COP, Role.ADMIN})

OPEN: frozenset[Route] = frozenset({("GET", "/livez"), ("GET", "/readyz"), ("GET", "/startupz")})
"""Routes for probes, which carry no token; they tell nothing about customers or COps."""

RULES: Mapping[Route, Rule] = {
    ("POST", "/v1/triage"): Rule(_WATCHERS, Reach.OWN),
    ("POST", "/v1/conversations"): Rule(_SYSTEMS, Reach.OWN),
    ("GET", "/v1/conversations"): Rule(_WATCHERS, Reach.OWN),
    ("GET", "/v1/conversations/{conversation_id}"): Rule(_ALL, Reach.OWN),
    ("POST", "/v1/conversations/{conversation_id}/messages"): Rule(_SYSTEMS, Reach.OWN),
    ("POST", "/v1/conversations/{conversation_id}/abandon"): Rule(_SYSTEMS, Reach.OWN),
    ("POST", "/v1/conversations/{conversation_id}/alerts/dismiss"): Rule(_OVERSIGHT, Reach.OWN),
    ("GET", "/v1/conversations/{conversation_id}/explanation"): Rule(_ALL, Reach.OWN),
    ("GET", "/v1/cops"): Rule(_WATCHERS, Reach.OWN),
    ("PUT", "/v1/cops/{cop_id}/presence"): Rule(_ALL, Reach.OWN),
    ("GET", "/v1/cops/{cop_id}/offers"): Rule(_ALL, Reach.OWN),
    ("GET", "/v1/cops/{cop_id}/assignments"): Rule(_ALL, Reach.OWN),
    ("POST", "/v1/offers/{offer_id}/accept"): Rule(_COP_TOOLS, Reach.OWN),
    ("POST", "/v1/offers/{offer_id}/decline"): Rule(_COP_TOOLS, Reach.OWN),
    ("POST", "/v1/assignments/{assignment_id}/wrap-up"): Rule(_COP_TOOLS, Reach.OWN),
    ("POST", "/v1/assignments/{assignment_id}/transfer"): Rule(_ALL, Reach.OWN),
    ("GET", "/v1/reviews"): Rule(_OVERSIGHT, Reach.OWN),
    ("POST", "/v1/reviews/{review_id}/claim"): Rule(_OVERSIGHT, Reach.OWN),
    ("POST", "/v1/reviews/{review_id}/verdict"): Rule(_OVERSIGHT, Reach.OWN),
    ("POST", "/v1/reviews/{review_id}/skip"): Rule(_OVERSIGHT, Reach.OWN),
    ("POST", "/v1/reviews/{review_id}/undo"): Rule(_OVERSIGHT, Reach.OWN),
    ("POST", "/v1/reviews/{review_id}/escalate"): Rule(_OVERSIGHT, Reach.OWN),
    ("GET", "/v1/reviews/{review_id}/attribution"): Rule(_OVERSIGHT, Reach.OWN),
    ("GET", "/v1/verdicts/quality"): Rule(_OVERSIGHT, Reach.OWN),
    ("POST", "/v1/conversations/{conversation_id}/reroute"): Rule(_OVERSIGHT, Reach.OWN),
    ("POST", "/v1/conversations/{conversation_id}/send-back"): Rule(_OVERSIGHT, Reach.OWN),
    ("GET", "/v1/proposals"): Rule(_OVERSIGHT, Reach.OWN),
    ("POST", "/v1/proposals"): Rule(_OVERSIGHT, Reach.OWN),
    ("POST", "/v1/proposals/{proposal_id}/settle"): Rule(_OVERSIGHT, Reach.WHOLE),
    ("GET", "/v1/models"): Rule(_OVERSIGHT, Reach.WHOLE),
    ("POST", "/v1/models/rollback"): Rule(_OVERSIGHT, Reach.WHOLE),
    ("GET", "/v1/models/drift"): Rule(_OVERSIGHT, Reach.WHOLE),
    ("GET", "/v1/models/shadow"): Rule(_OVERSIGHT, Reach.WHOLE),
    ("GET", "/v1/models/{version}"): Rule(_OVERSIGHT, Reach.WHOLE),
    ("POST", "/v1/models/{version}/promote"): Rule(_OVERSIGHT, Reach.WHOLE),
    ("GET", "/v1/customers/{customer_id}/erasure"): Rule(_ADMINS, Reach.WHOLE),
    ("POST", "/v1/customers/{customer_id}/erasure"): Rule(_ADMINS, Reach.WHOLE),
    ("GET", "/v1/erasures/{erasure_id}"): Rule(_ADMINS, Reach.WHOLE),
    ("GET", "/v1/holds"): Rule(_ADMINS, Reach.WHOLE),
    ("POST", "/v1/holds"): Rule(_ADMINS, Reach.WHOLE),
    ("POST", "/v1/holds/{hold_id}/lift"): Rule(_ADMINS, Reach.WHOLE),
    ("GET", "/v1/overrides"): Rule(_OVERSIGHT, Reach.OWN),
    ("POST", "/v1/overrides"): Rule(_OVERSIGHT, Reach.OWN),
    ("POST", "/v1/overrides/{override_id}/undo"): Rule(_OVERSIGHT, Reach.OWN),
    ("GET", "/v1/policy/edits"): Rule(_OVERSIGHT, Reach.WHOLE),
    ("POST", "/v1/policy/edits"): Rule(_ADMINS, Reach.WHOLE),
    ("POST", "/v1/policy/edits/preview"): Rule(_ADMINS, Reach.WHOLE),
    ("GET", "/v1/roster/edits"): Rule(_OVERSIGHT, Reach.OWN),
    ("POST", "/v1/roster/edits"): Rule(_OVERSIGHT, Reach.OWN),
    ("POST", "/v1/roster/edits/preview"): Rule(_OVERSIGHT, Reach.OWN),
    ("GET", "/v1/taxonomy/edits"): Rule(_OVERSIGHT, Reach.WHOLE),
    ("POST", "/v1/taxonomy/edits"): Rule(_ADMINS, Reach.WHOLE),
    ("POST", "/v1/taxonomy/edits/preview"): Rule(_ADMINS, Reach.WHOLE),
    ("GET", "/v1/markets/edits"): Rule(_OVERSIGHT, Reach.WHOLE),
    ("POST", "/v1/markets/edits"): Rule(_ADMINS, Reach.WHOLE),
    ("POST", "/v1/markets/edits/preview"): Rule(_ADMINS, Reach.WHOLE),
    ("GET", "/v1/agents/edits"): Rule(_OVERSIGHT, Reach.WHOLE),
    ("POST", "/v1/agents/edits"): Rule(_ADMINS, Reach.WHOLE),
    ("POST", "/v1/agents/edits/preview"): Rule(_ADMINS, Reach.WHOLE),
    ("GET", "/v1/floor"): Rule(_OVERSIGHT, Reach.OWN),
    ("GET", "/v1/taxonomy"): Rule(_ALL, Reach.NONE),
    ("GET", "/v1/events"): Rule(_WATCHERS, Reach.OWN),
    ("GET", "/metrics"): Rule(_WATCHERS, Reach.WHOLE),
    ("GET", "/openapi.json"): Rule(_ALL, Reach.NONE),
}

ACCESS: Mapping[Route, frozenset[Role]] = {route: rule.roles for route, rule in RULES.items()}
"""The roles alone."""

CONSOLE: Mapping[Route, Rule] = {
    ("GET", "/"): Rule(_OVERSIGHT, Reach.OWN),
    ("GET", "/console/floor"): Rule(_OVERSIGHT, Reach.OWN),
    ("GET", "/console/conversations"): Rule(_OVERSIGHT, Reach.OWN),
    ("GET", "/console/conversation"): Rule(_OVERSIGHT, Reach.OWN),
    ("GET", "/console/conversation/why"): Rule(_OVERSIGHT, Reach.OWN),
    ("POST", "/console/conversation/reroute"): Rule(_OVERSIGHT, Reach.OWN),
    ("POST", "/console/conversation/send-back"): Rule(_OVERSIGHT, Reach.OWN),
    ("POST", "/console/conversation/transfer"): Rule(_OVERSIGHT, Reach.OWN),
    ("GET", "/console/erasure"): Rule(_ADMINS, Reach.WHOLE),
    ("POST", "/console/erasure"): Rule(_ADMINS, Reach.WHOLE),
    ("GET", "/console/stream"): Rule(_OVERSIGHT, Reach.NONE),
    ("GET", "/console/queue"): Rule(_OVERSIGHT, Reach.OWN),
    ("GET", "/console/reviews/{review_id}"): Rule(_OVERSIGHT, Reach.OWN),
    ("GET", "/console/reviews/{review_id}/similar"): Rule(_OVERSIGHT, Reach.OWN),
    ("POST", "/console/reviews/{review_id}/claim"): Rule(_OVERSIGHT, Reach.OWN),
    ("POST", "/console/reviews/{review_id}/verdict"): Rule(_OVERSIGHT, Reach.OWN),
    ("POST", "/console/reviews/{review_id}/skip"): Rule(_OVERSIGHT, Reach.OWN),
    ("POST", "/console/reviews/{review_id}/undo"): Rule(_OVERSIGHT, Reach.OWN),
    ("POST", "/console/reviews/{review_id}/escalate"): Rule(_OVERSIGHT, Reach.OWN),
    ("POST", "/console/reviews/{review_id}/propose"): Rule(_OVERSIGHT, Reach.OWN),
    ("GET", "/console/reviews/{review_id}/customer"): Rule(_OVERSIGHT, Reach.OWN),
    ("GET", "/console/reviews/{review_id}/words"): Rule(_OVERSIGHT, Reach.OWN),
    ("GET", "/console/reviews/{review_id}/alike"): Rule(_OVERSIGHT, Reach.OWN),
    ("POST", "/console/bulk"): Rule(_OVERSIGHT, Reach.OWN),
    ("POST", "/console/bulk/undo"): Rule(_OVERSIGHT, Reach.OWN),
    ("GET", "/console/proposals"): Rule(_OVERSIGHT, Reach.OWN),
    ("POST", "/console/proposals"): Rule(_OVERSIGHT, Reach.OWN),
    ("POST", "/console/proposals/{proposal_id}/settle"): Rule(_OVERSIGHT, Reach.WHOLE),
    ("GET", "/console/quality"): Rule(_OVERSIGHT, Reach.OWN),
    ("GET", "/console/models"): Rule(_OVERSIGHT, Reach.WHOLE),
    ("GET", "/console/models/report"): Rule(_OVERSIGHT, Reach.WHOLE),
    ("GET", "/console/models/one"): Rule(_OVERSIGHT, Reach.WHOLE),
    ("POST", "/console/models/ask-again"): Rule(_OVERSIGHT, Reach.WHOLE),
    ("POST", "/console/models/promote"): Rule(_OVERSIGHT, Reach.WHOLE),
    ("POST", "/console/models/rollback"): Rule(_OVERSIGHT, Reach.WHOLE),
    ("GET", "/console/what-if"): Rule(_OVERSIGHT, Reach.OWN),
    ("POST", "/console/what-if"): Rule(_OVERSIGHT, Reach.OWN),
    ("GET", "/console/what-if/run"): Rule(_OVERSIGHT, Reach.OWN),
    ("POST", "/console/what-if/cancel"): Rule(_OVERSIGHT, Reach.OWN),
    ("GET", "/console/floor/page"): Rule(_OVERSIGHT, Reach.OWN),
    ("GET", "/console/floor/page/body"): Rule(_OVERSIGHT, Reach.OWN),
    ("GET", "/console/floor/rows"): Rule(_OVERSIGHT, Reach.OWN),
    ("GET", "/console/floor/act"): Rule(_OVERSIGHT, Reach.OWN),
    ("POST", "/console/floor/act"): Rule(_OVERSIGHT, Reach.OWN),
    ("POST", "/console/floor/outlook"): Rule(_OVERSIGHT, Reach.OWN),
    ("POST", "/console/floor/begin"): Rule(_OVERSIGHT, Reach.OWN),
    ("POST", "/console/floor/undo"): Rule(_OVERSIGHT, Reach.OWN),
    ("GET", "/console/edits/policy"): Rule(_OVERSIGHT, Reach.WHOLE),
    ("GET", "/console/edits/policy/one"): Rule(_OVERSIGHT, Reach.WHOLE),
    ("GET", "/console/edits/policy/history"): Rule(_OVERSIGHT, Reach.WHOLE),
    ("POST", "/console/edits/policy"): Rule(_ADMINS, Reach.WHOLE),
    ("POST", "/console/edits/policy/apply"): Rule(_ADMINS, Reach.WHOLE),
    ("GET", "/console/edits/roster"): Rule(_OVERSIGHT, Reach.OWN),
    ("GET", "/console/edits/roster/one"): Rule(_OVERSIGHT, Reach.OWN),
    ("GET", "/console/edits/roster/history"): Rule(_OVERSIGHT, Reach.OWN),
    ("POST", "/console/edits/roster"): Rule(_OVERSIGHT, Reach.OWN),
    ("POST", "/console/edits/roster/apply"): Rule(_OVERSIGHT, Reach.OWN),
    ("GET", "/console/edits/taxonomy"): Rule(_OVERSIGHT, Reach.WHOLE),
    ("GET", "/console/edits/taxonomy/one"): Rule(_OVERSIGHT, Reach.WHOLE),
    ("GET", "/console/edits/taxonomy/history"): Rule(_OVERSIGHT, Reach.WHOLE),
    ("POST", "/console/edits/taxonomy"): Rule(_ADMINS, Reach.WHOLE),
    ("POST", "/console/edits/taxonomy/apply"): Rule(_ADMINS, Reach.WHOLE),
    ("GET", "/console/edits/markets"): Rule(_OVERSIGHT, Reach.WHOLE),
    ("GET", "/console/edits/markets/one"): Rule(_OVERSIGHT, Reach.WHOLE),
    ("GET", "/console/edits/markets/history"): Rule(_OVERSIGHT, Reach.WHOLE),
    ("POST", "/console/edits/markets"): Rule(_ADMINS, Reach.WHOLE),
    ("POST", "/console/edits/markets/apply"): Rule(_ADMINS, Reach.WHOLE),
    ("GET", "/console/edits/agents"): Rule(_OVERSIGHT, Reach.WHOLE),
    ("GET", "/console/edits/agents/one"): Rule(_OVERSIGHT, Reach.WHOLE),
    ("GET", "/console/edits/agents/history"): Rule(_OVERSIGHT, Reach.WHOLE),
    ("POST", "/console/edits/agents"): Rule(_ADMINS, Reach.WHOLE),
    ("POST", "/console/edits/agents/apply"): Rule(_ADMINS, Reach.WHOLE),
    ("GET", "/console/switches"): Rule(_OVERSIGHT, Reach.OWN),
    ("GET", "/console/dead-letters"): Rule(_OVERSIGHT, Reach.WHOLE),
    ("POST", "/console/dead-letters/replay"): Rule(_OVERSIGHT, Reach.WHOLE),
    ("GET", "/console/audit"): Rule(_OVERSIGHT, Reach.WHOLE),
    ("POST", "/console/audit/verify"): Rule(_OVERSIGHT, Reach.WHOLE),
    ("GET", "/console/settings"): Rule(_ADMINS, Reach.WHOLE),
    ("GET", "/console/desk"): Rule(_DESKS, Reach.OWN),
    ("GET", "/console/desk/board"): Rule(_DESKS, Reach.OWN),
    ("GET", "/console/desk/stream"): Rule(_DESKS, Reach.OWN),
    ("POST", "/console/desk/presence"): Rule(_DESKS, Reach.OWN),
    ("POST", "/console/desk/offers/{offer_id}/accept"): Rule(_DESKS, Reach.OWN),
    ("POST", "/console/desk/offers/{offer_id}/decline"): Rule(_DESKS, Reach.OWN),
    ("POST", "/console/desk/assignments/{assignment_id}/wrap-up"): Rule(_DESKS, Reach.OWN),
    ("POST", "/console/desk/assignments/{assignment_id}/transfer"): Rule(_DESKS, Reach.OWN),
}
"""The pages of the console, which ask for a session instead of a token."""

CONSOLE_OPEN: frozenset[Route] = frozenset(
    {
        ("GET", "/sign-in"),
        ("POST", "/sign-in"),
        ("GET", "/sign-in/sso"),
        ("GET", "/sign-in/sso/back"),
        ("POST", "/sign-out"),
        ("POST", "/language"),
    }
)
"""How a session begins and ends, and the language of what a browser is shown."""
