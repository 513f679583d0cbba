"""An identity provider in memory: it signs tokens, rotates its keys, and can stop answering."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from api.oidc.fetching import Provider
from api.oidc.file import OidcFile
from api.oidc.provider import IdentityProvider

ISSUER = "https://id.example"
AUDIENCE = "pointsman"
CLIENT = "pointsman-console"
NOW = 1_800_000_000
SigningKey = RSAKey | ECKey

FILE: dict[str, Any] = {
    "issuer": ISSUER,
    "audience": AUDIENCE,
    "roles_claim": "realm_access.roles",
    "roles": {"desk-managers": "manager", "desk-staff": "cop", "desk-admins": "admin", "systems": "service"},
    "markets": {"desk-uk": ["uk"], "desk-ie": ["ie"], "everywhere": ["*"]},
    "sign_in": {"client_id": CLIENT, "redirect_url": "http://localhost:8000/sign-in/sso/back"},
}


def make_file(**changes: Any) -> OidcFile:
    """The file of this provider."""
    return OidcFile.model_validate({**FILE, **changes})


def rsa_key(kid: str = "k1", bits: int = 2_048) -> RSAKey:
    """A fresh signing key."""
    return RSAKey.generate_key(bits, {"kid": kid, "use": "sig"})


def claims_of(**changes: Any) -> dict[str, Any]:
    """A manager of the uk desk, for five minutes; a claim set to None is left out."""
    made = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "mona",
        "iat": NOW - 10,
        "nbf": NOW - 10,
        "exp": NOW + 300,
        "realm_access": {"roles": ["desk-managers"]},
        "markets": ["desk-uk"],
        **changes,
    }
    return {name: value for name, value in made.items() if value is not None}


def signed(key: SigningKey, header: Mapping[str, Any] | None = None, **changes: Any) -> str:
    """An access token by this key."""
    whole = {"alg": "RS256", "kid": key.kid, **(header or {})}
    return jwt.encode(whole, claims_of(**changes), key, algorithms=[whole["alg"]])


def part(content: Any) -> str:
    """One part of a token as it is written."""
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unsigned(header: dict[str, Any], signature: str = "", **changes: Any) -> str:
    """A token that nobody signed; `signature` stands where one belongs."""
    return f"{part(header)}.{part(claims_of(**changes))}.{signature}"


@dataclass
class FakeProvider:
    """Answers as a provider does; `fetches` counts its key set's readers, `down` makes it fail."""

    keys: list[SigningKey] = field(default_factory=lambda: [rsa_key()])
    down: bool = False
    fetches: int = 0
    exchanges: list[dict[str, str]] = field(default_factory=list)
    asked: dict[str, str] = field(default_factory=dict)
    holder: dict[str, Any] = field(default_factory=dict)
    documents: dict[str, Any] = field(default_factory=dict)

    def client(self) -> Provider:
        """The service's way to it."""
        return Provider(httpx.Client(transport=httpx.MockTransport(self._answer)))

    def trusted(self, **changes: Any) -> IdentityProvider:
        """The service's view of it."""
        return IdentityProvider(make_file(**changes), self.client())

    def visited(self, address: str) -> str:
        """A browser came with this address; returns the state it goes back with."""
        self.asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        return self.asked["state"]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if self.down:
            return httpx.Response(503)
        path = request.url.path
        if path in self.documents:
            return httpx.Response(200, json=self.documents[path])
        if path == "/.well-known/openid-configuration":
            return httpx.Response(200, json=self._described())
        if path == "/keys":
            self.fetches += 1
            return httpx.Response(200, json={"keys": [key.as_dict(private=False) for key in self.keys]})
        return self._exchange(request) if path == "/token" else httpx.Response(404)

    def _described(self) -> dict[str, str]:
        return {
            "issuer": ISSUER,
            "jwks_uri": f"{ISSUER}/keys",
            "authorization_endpoint": f"{ISSUER}/authorize",
            "token_endpoint": f"{ISSUER}/token",
        }

    def _exchange(self, request: httpx.Request) -> httpx.Response:
        sent = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        self.exchanges.append(sent)
        told = {"aud": CLIENT, "nonce": self.asked.get("nonce"), **self.holder}
        token = signed(self.keys[0], **told)
        return httpx.Response(200, content=json.dumps({"id_token": token, "access_token": "opaque"}))
