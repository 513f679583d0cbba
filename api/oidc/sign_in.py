"""Signing a browser in by authorization code with PKCE: what goes out, and what must come back."""

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from hmac import compare_digest
from urllib.parse import urlencode

from api.errors import Unauthenticated
from api.identity import Principal
from api.oidc.file import SignIn
from api.oidc.keys import Discovery
from api.oidc.tokens import Verifier, principal_of

ATTEMPT_SECONDS = 600.0
MOST_ATTEMPTS = 10_000


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one browser must bring back; kept here, and never sent except as digests."""

    state: str
    nonce: str
    verifier: str
    ends_at: float


class CodeFlow:
    """Sends browsers to the provider and exchanges the code they return with. An attempt serves once."""

    def __init__(
        self,
        sign_in: SignIn,
        discovery: Discovery,
        tokens: Verifier,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sign_in, self._discovery, self._tokens = sign_in, discovery, tokens
        self._monotonic = monotonic
        self._attempts: dict[str, Attempt] = {}
        self._lock = threading.Lock()

    def begin(self) -> tuple[str, str]:
        """(where to send the browser, the id to keep in its cookie); Unavailable when the provider does not answer."""
        address = self._sign_in.authorization_url or self._discovery.address("authorization_endpoint")
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        id = secrets.token_urlsafe(32)
        self._keep(id, Attempt(state, nonce, verifier, self._monotonic() + ATTEMPT_SECONDS))
        joint = "&" if "?" in address else "?"
        return address + joint + urlencode(_asked(self._sign_in, state, nonce, verifier)), id

    def finish(self, id: str, state: str, code: str) -> Principal:
        """Who came back with a code; Unauthenticated unless it is the browser that was sent, with a token for us."""
        attempt = self._taken(id)
        if attempt is None or not compare_digest(attempt.state.encode(), state.encode("utf-8", "replace")):
            raise Unauthenticated("this sign-in was not begun here, or took too long")
        token = self._exchanged(code, attempt.verifier)
        claims = self._tokens.claims(token, self._sign_in.client_id)
        nonce = claims.get("nonce")
        if not isinstance(nonce, str) or not compare_digest(nonce.encode(), attempt.nonce.encode()):
            raise Unauthenticated("this sign-in is not the one that was begun here")
        return principal_of(self._tokens.file, claims)

    def _keep(self, id: str, attempt: Attempt) -> None:
        now = self._monotonic()
        with self._lock:
            self._attempts = {key: kept for key, kept in self._attempts.items() if kept.ends_at > now}
            while len(self._attempts) >= MOST_ATTEMPTS:
                del self._attempts[next(iter(self._attempts))]
            self._attempts[_digest(id)] = attempt

    def _taken(self, id: str) -> Attempt | None:
        with self._lock:
            attempt = self._attempts.pop(_digest(id), None)
        return attempt if attempt is not None and attempt.ends_at > self._monotonic() else None

    def _exchanged(self, code: str, verifier: str) -> str:
        address = self._sign_in.token_url or self._discovery.address("token_endpoint")
        fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": self._sign_in.redirect_url}
        fields |= {"client_id": self._sign_in.client_id, "code_verifier": verifier}
        token = self._discovery.provider.exchanged(address, fields, _secret(self._sign_in)).get("id_token")
        if not isinstance(token, str):
            raise Unauthenticated("the identity provider gave no id_token for this code")
        return token


def _asked(sign_in: SignIn, state: str, nonce: str, verifier: str) -> dict[str, str]:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return {
        "response_type": "code",
        "client_id": sign_in.client_id,
        "redirect_uri": sign_in.redirect_url,
        "scope": " ".join(sign_in.scopes),
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }


def _secret(sign_in: SignIn) -> tuple[str, str] | None:
    if sign_in.client_secret_file is None:
        return None
    return sign_in.client_id, sign_in.client_secret_file.read_text(encoding="utf-8").strip()


def _digest(id: str) -> str:
    return hashlib.sha256(id.encode("utf-8", "surrogatepass")).hexdigest()
