"""The OIDC file: whose tokens are believed, for whom they must be made, and what their claims mean here."""

import ipaddress
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from api.errors import OidcFileInvalid
from api.roles import Role
from routing.domain.market import Markets

ASYMMETRIC = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures that need a private key: with a shared secret, whoever checks a token could also make one."""
EVERY = "*"


def trustworthy(url: str) -> str:
    """The address itself; ValueError unless nobody on the way can read or change what it answers."""
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return url
    if parts.scheme == "http" and _is_this_machine(parts.hostname or ""):
        return url
    raise ValueError("an https address (http only on this machine)")


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _asymmetric(name: str) -> str:
    if name not in ASYMMETRIC:
        raise ValueError(f"one of {', '.join(ASYMMETRIC)}")
    return name


Url = Annotated[str, AfterValidator(trustworthy)]
Algorithm = Annotated[str, AfterValidator(_asymmetric)]
Text = Annotated[str, Field(min_length=1, max_length=200)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SignIn(_Part):
    """How a browser signs in: this console as a client of the provider, by authorization code with PKCE."""

    client_id: Text
    client_secret_file: Path | None = None
    redirect_url: Url
    scopes: tuple[Text, ...] = ("openid", "profile")
    authorization_url: Url | None = None
    token_url: Url | None = None


class OidcFile(_Part):
    """One provider. Claims are named by paths such as `realm_access.roles`; unset addresses are discovered."""

    issuer: Url
    audience: Text
    algorithms: Annotated[tuple[Algorithm, ...], Field(min_length=1)] = ("RS256", "ES256")
    jwks_url: Url | None = None
    leeway_seconds: Annotated[int, Field(ge=0, le=120)] = 30
    name_claim: Text = "sub"
    roles_claim: Text = "roles"
    markets_claim: Text = "markets"
    cop_claim: Text = "cop_id"
    roles: Annotated[Mapping[str, Role], Field(min_length=1)]
    markets: Annotated[Mapping[str, tuple[Text, ...]], Field(min_length=1)]
    sign_in: SignIn | None = None

    @model_validator(mode="after")
    def _one_audience_each(self) -> Self:
        # A token made to tell the console who signed in must not open the interface, nor the other way round.
        if self.sign_in is not None and self.sign_in.client_id == self.audience:
            raise ValueError("audience and sign_in.client_id must differ")
        return self

    def roles_of(self, values: frozenset[str]) -> frozenset[Role]:
        """The roles that these values of the roles claim stand for."""
        return frozenset(self.roles[value] for value in values if value in self.roles)

    def markets_of(self, values: frozenset[str]) -> Markets:
        """The markets that these values of the markets claim stand for; no value, no market."""
        found = frozenset(key for value in values for key in self.markets.get(value, ()))
        return None if EVERY in found else found


def read_oidc_file(path: Path) -> OidcFile:
    """The provider a file describes; OidcFileInvalid lists all that is wrong with it."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise OidcFileInvalid(str(path), [f"cannot be read: {error}"]) from error
    try:
        return OidcFile.model_validate(content)
    except ValidationError as error:
        raise OidcFileInvalid(str(path), [_wrong(dict(each)) for each in error.errors()]) from error


def _wrong(error: Mapping[str, object]) -> str:
    location = error["loc"]
    place = ".".join(str(part) for part in location) if isinstance(location, tuple) else ""
    return f"{place or 'file'}: {error['msg']}"
