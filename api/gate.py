"""The gate before every route: who asks, whether they may, how fast, and whether what they name exists for them."""

import re
from collections.abc import Callable, Mapping

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from api.auth import Authenticator, admitted
from api.errors import TooManyRequests, Unauthenticated
from api.identity import Caller, Principal
from api.rate_limit import Allowance, Buckets
from api.roles import Reach, Route, Rule
from routing.domain.errors import NotFound
from routing.domain.market import Markets
from routing.services import boundary, overrides
from routing.services.context import Context

Require = Callable[[Context, str, Markets], None]
OBJECTS: Mapping[str, Require] = {
    "conversation_id": boundary.require_conversation,
    "cop_id": boundary.require_cop,
    "offer_id": boundary.require_offer,
    "assignment_id": boundary.require_assignment,
    "review_id": boundary.require_review,
    "override_id": overrides.require_override,
}
"""Path parameters by name: how to tell that the object exists for a caller."""
ID = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]{1,128}")
"""What an id may look like at all; anything else is nobody's, and no database is asked for it."""
LONGEST_SHOWN = 40
FAILURES = Allowance(per_second=5, burst=50)
"""How often one address may be refused for its token before it is told to wait."""


class Gate:
    """Recognises, limits and bounds callers. Without tokens nobody is limited: the one caller is this machine."""

    def __init__(self, authenticator: Authenticator, allowance: Allowance, buckets: Buckets | None = None) -> None:
        self.authenticator = authenticator
        self._allowance = allowance
        self._buckets = buckets or Buckets()

    async def recognised(self, request: Request) -> Principal:
        """Who sent a request; Unauthenticated, or TooManyRequests for an address that fails again and again."""
        header = request.headers.get("authorization")
        try:
            return await self._principal(header)
        except Unauthenticated:
            self.charge_failure(request)
            raise

    async def _principal(self, header: str | None) -> Principal:
        if self.authenticator.provider is None:
            return self.authenticator.principal(header)
        # Signatures take time, and keys may have to be fetched.
        return await run_in_threadpool(self.authenticator.principal, header)

    def charge(self, principal: Principal) -> None:
        """One request of a principal; TooManyRequests when they have none left."""
        if not self.authenticator.local_only:
            own = principal.requests_per_second
            self._take(f"principal {principal.name}", Allowance(own, 2 * own + 1) if own else self._allowance)

    def charge_stranger(self, request: Request) -> None:
        """One request of nobody in particular, from some address; TooManyRequests."""
        if not self.authenticator.local_only:
            self._take(f"address {_address(request)}", self._allowance)

    def charge_failure(self, request: Request) -> None:
        """One refused token from some address; TooManyRequests."""
        self._take(f"failures {_address(request)}", FAILURES)

    def _take(self, key: str, allowance: Allowance) -> None:
        wait = self._buckets.take(key, allowance)
        if wait > 0:
            raise TooManyRequests(wait)


async def admit(gate: Gate, context: Context, request: Request, route: Route, rule: Rule | None) -> Caller:
    """Let a request through to its route, or raise what keeps it out."""
    principal = await gate.recognised(request)
    gate.charge(principal)
    caller = admitted(principal, rule, " ".join(route))
    await exist(context, request.path_params, caller.markets)
    return caller


async def exist(context: Context, named: Mapping[str, str], markets: Markets) -> None:
    """NotFound for any object of a path that belongs to another market, as for one that does not exist."""
    if markets is None:
        return
    for name, value in named.items():
        if name in OBJECTS:
            if not ID.fullmatch(value):
                raise NotFound(name.removesuffix("_id"), value[:LONGEST_SHOWN])
            await run_in_threadpool(OBJECTS[name], context, value, markets)


def unbounded(names: set[str], rule: Rule) -> list[str]:
    """Parameters of a path that nobody could tell the market of; none where the rule keeps markets out anyway."""
    return [] if rule.reach is Reach.WHOLE else sorted(names - set(OBJECTS))


def _address(request: Request) -> str:
    return request.client.host if request.client else "unknown"
