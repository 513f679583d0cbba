"""Signed tokens: checked for who signed them, for whom, and for how long, before any claim is read."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import GuestProtocol
from joserfc.jws import JWSRegistry

from api.errors import Unauthenticated
from api.identity import Principal
from api.oidc.file import OidcFile
from api.oidc.keys import Keys, PublicKey
from api.roles import Role
from routing.domain.cop import CopId

LONGEST_TOKEN = 16_000
LONGEST_NAME = 100
PREFIX = "sso:"
"""Names of the provider's people begin so; names of the tokens file cannot, so that nobody passes for another."""
_TYPES = frozenset({None, "jwt", "at+jwt", "application/at+jwt"})


class Verifier:
    """Believes one provider's tokens."""

    def __init__(self, file: OidcFile, keys: Keys, seconds: Callable[[], float] = time.time) -> None:
        self.file, self._keys, self._seconds = file, keys, seconds
        self._registry = JWSRegistry(algorithms=list(file.algorithms))

    def principal(self, token: str) -> Principal:
        """Who holds this access token; Unauthenticated unless everything about it is right."""
        return principal_of(self.file, self.claims(token, self.file.audience))

    def claims(self, token: str, audience: str) -> Mapping[str, Any]:
        """The claims of a token that was made for `audience`."""
        if len(token) > LONGEST_TOKEN:
            raise Unauthenticated("this token is longer than any of ours")
        try:
            decoded = jwt.decode(token, self._key, registry=self._registry)
            self._rules(audience).validate(decoded.claims)
        except (JoseError, ValueError, TypeError, RecursionError) as error:
            raise Unauthenticated(f"this token is not accepted: {_reason(error)}") from error
        if str(decoded.header.get("typ") or "jwt").lower() not in _TYPES:
            raise Unauthenticated("this token is not accepted: it is of another type")
        return decoded.claims

    def _key(self, token: GuestProtocol) -> PublicKey:
        header = token.headers()
        kid = header.get("kid")
        key = self._keys.find(kid) if isinstance(kid, str) and header.get("alg") in self.file.algorithms else None
        if key is None:
            raise ValueError("unknown_key")
        return key

    def _rules(self, audience: str) -> jwt.JWTClaimsRegistry:
        return jwt.JWTClaimsRegistry(
            now=int(self._seconds()),
            leeway=self.file.leeway_seconds,
            iss={"essential": True, "value": self.file.issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            sub={"essential": True},
        )


def principal_of(file: OidcFile, claims: Mapping[str, Any]) -> Principal:
    """What claims mean here: a role or market that the file does not name is none."""
    name = claim(claims, file.name_claim)
    if not isinstance(name, str) or not name.strip() or not name.isprintable() or len(name) > LONGEST_NAME:
        raise Unauthenticated(f"this token is not accepted: its {file.name_claim} is no name")
    cop = claim(claims, file.cop_claim)
    cop_id = CopId(cop) if isinstance(cop, str) and 0 < len(cop) <= 128 else None
    roles = file.roles_of(_values(claim(claims, file.roles_claim)))
    return Principal(
        name=f"{PREFIX}{name}",
        roles=roles if cop_id else roles - {Role.COP},
        cop_id=cop_id,
        markets=file.markets_of(_values(claim(claims, file.markets_claim))),
    )


def claim(claims: Mapping[str, Any], path: str) -> object:
    """The value at a path such as `realm_access.roles`; a claim whose whole name is the path goes first."""
    if path in claims:
        return claims[path]
    found: Any = claims
    for step in path.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found


def _values(found: object) -> frozenset[str]:
    if isinstance(found, str):
        return frozenset(found.split())
    return frozenset(value for value in found if isinstance(value, str)) if isinstance(found, list) else frozenset()


def _reason(error: Exception) -> str:
    # The library's own words for it, a code without anything of the token.
    return str(getattr(error, "error", None) or (error.args[0] if isinstance(error, ValueError) else "malformed"))[:60]
