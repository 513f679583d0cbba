"""Who is calling: bearer tokens of a file or of an identity provider, or the one local admin without either."""

import hashlib
import ipaddress
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from hmac import compare_digest

from api.errors import Exposed, Forbidden, Unauthenticated
from api.identity import LOCAL_ADMIN, Caller, Principal
from api.oidc.provider import IdentityProvider, identity_provider
from api.roles import Reach, Role, Rule
from api.token_file import LiveTokens, Token
from routing.settings import Settings

Tokens = Callable[[], tuple[Token, ...]]


def _now() -> datetime:
    return datetime.now(UTC)


class Authenticator:
    """Recognises callers by their tokens; with neither tokens nor a provider everyone is the local admin."""

    def __init__(
        self, tokens: Tokens | None, provider: IdentityProvider | None = None, now: Callable[[], datetime] = _now
    ) -> None:
        self._tokens = tokens
        self.provider = provider
        self._now = now

    @property
    def local_only(self) -> bool:
        """Whether nobody is asked for a token, so that only this machine may call."""
        return self._tokens is None and self.provider is None

    def principal(self, authorization: str | None) -> Principal:
        """Who sent this Authorization header; Unauthenticated when nobody we know. May ask the provider for keys."""
        if self.local_only:
            return LOCAL_ADMIN
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Unauthenticated("send a bearer token: 'Authorization: Bearer <token>'")
        return self.by_token(token.strip())

    def by_token(self, token: str) -> Principal:
        """Whose token this is; Unauthenticated when nobody's. Every digest is compared, whatever matches first."""
        digest = digest_of(token)
        found = [known for known in self._known() if compare_digest(known.sha256, digest)]
        if found:
            return self._of(found[0])
        if self.provider is not None and is_signed(token):
            return self.provider.principal(token)
        raise Unauthenticated("this token is not known here")

    def still(self, principal: Principal) -> bool:
        """Whether somebody who signed in with a token of the file could do so now, with the same rights."""
        return any(known.name == principal.name and self._is_of(known, principal) for known in self._known())

    def _known(self) -> tuple[Token, ...]:
        return () if self._tokens is None else self._tokens()

    def _of(self, token: Token) -> Principal:
        if token.expires is not None and self._now() >= token.expires:
            raise Unauthenticated("this token has expired")
        return Principal(token.name, token.roles, token.cop_id, token.markets, token.requests_per_second)

    def _is_of(self, token: Token, principal: Principal) -> bool:
        try:
            return self._of(token) == principal
        except Unauthenticated:
            return False


def admitted(principal: Principal, rule: Rule | None, what: str) -> Caller:
    """A principal on a route with this rule; Forbidden when it does not admit them, or when there is no rule."""
    granting = principal.roles & rule.roles if rule else frozenset()
    if rule is None or not granting:
        raise Forbidden(f"{what} is not open to the roles of this token")
    if rule.reach is Reach.WHOLE and principal.markets is not None:
        raise Forbidden(f"{what} concerns every market, and this token has only some")
    return Caller(principal.name, principal.cop_id if granting == {Role.COP} else None, principal.markets)


def authenticator(settings: Settings) -> Authenticator:
    """The one these settings describe; a ConfigurationError lists everything wrong with the files they name."""
    tokens = None if settings.tokens_file is None else LiveTokens(settings.tokens_file)
    return Authenticator(tokens, None if settings.oidc_file is None else identity_provider(settings.oidc_file))


def check_exposure(settings: Settings) -> None:
    """Refuse to listen beyond this machine until authentication is configured; Exposed says how to."""
    if settings.tokens_file is None and settings.oidc_file is None and not is_loopback(settings.host):
        raise Exposed(settings.host)


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine only."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def is_signed(token: str) -> bool:
    """Whether a token has the form of a signed one, which an identity provider may have made."""
    return token.count(".") == 2


def new_token() -> tuple[str, str]:
    """A fresh random token (256 bits) and the digest to put into the tokens file; the token itself is kept nowhere."""
    token = f"pm_{secrets.token_urlsafe(32)}"
    return token, digest_of(token)


def digest_of(token: str) -> str:
    """SHA-256 of a token, in hexadecimal: enough for a random 256-bit secret, which no dictionary holds."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
