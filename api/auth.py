"""Who is calling: bearer tokens from a file, or the one local admin where none are configured."""

import hashlib
import ipaddress
import secrets
from dataclasses import dataclass
from hmac import compare_digest

from api.errors import Exposed, Forbidden, Unauthenticated
from api.roles import ACCESS, OPEN, Role, Route
from api.token_file import Token, read_tokens
from routing.domain.cop import CopId
from routing.settings import Settings


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody, or something, that was recognised."""

    name: str
    roles: frozenset[Role]
    cop_id: CopId | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """A principal on one route. `acting_as` is the only COp they may touch; None means any."""

    name: str
    acting_as: CopId | None = None


LOCAL_ADMIN = Principal("local-admin", frozenset({Role.ADMIN}))


class Authenticator:
    """Recognises callers by their tokens; `tokens` None means that everyone is the local admin."""

    def __init__(self, tokens: tuple[Token, ...] | None) -> None:
        self._tokens = tokens

    @property
    def local_only(self) -> bool:
        """Whether nobody is asked for a token, so that only this machine may call."""
        return self._tokens is None

    def principal(self, authorization: str | None) -> Principal:
        """Who sent this Authorization header; Unauthenticated when nobody we know did."""
        if self._tokens is None:
            return LOCAL_ADMIN
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Unauthenticated("send a bearer token: 'Authorization: Bearer <token>'")
        return self.by_token(token.strip())

    def by_token(self, token: str) -> Principal:
        """Whose token this is; Unauthenticated when nobody's. Every digest is compared, whatever matches first."""
        digest = digest_of(token)
        found = [known for known in self._tokens or () if compare_digest(known.sha256, digest)]
        if not found:
            raise Unauthenticated("this token is not known here")
        return Principal(found[0].name, found[0].roles, found[0].cop_id)

    def admit(self, route: Route, authorization: str | None) -> Caller:
        """Let a caller through to a route, or raise Unauthenticated or Forbidden; an unlisted route admits nobody."""
        if route in OPEN:
            return Caller("anonymous")
        principal = self.principal(authorization)
        granting = ACCESS.get(route, frozenset()) & principal.roles
        if not granting:
            raise Forbidden(f"{' '.join(route)} is not open to the roles of this token")
        return Caller(principal.name, principal.cop_id if granting == {Role.COP} else None)


def authenticator(settings: Settings) -> Authenticator:
    """The one these settings describe; TokenFileInvalid lists everything wrong with the tokens file."""
    return Authenticator(None if settings.tokens_file is None else read_tokens(settings.tokens_file))


def check_exposure(settings: Settings) -> None:
    """Refuse to listen beyond this machine until authentication is configured; Exposed says how to."""
    if settings.tokens_file is None and not is_loopback(settings.host):
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


def new_token() -> tuple[str, str]:
    """A fresh random token (256 bits) and the digest to put into the tokens file; the token itself is kept nowhere."""
    token = f"pm_{secrets.token_urlsafe(32)}"
    return token, digest_of(token)


def digest_of(token: str) -> str:
    """SHA-256 of a token, in hexadecimal: enough for a random 256-bit secret, which no dictionary holds."""
    return hashlib.sha256(token.encode()).hexdigest()
