"""The provider's public keys: kept for a while, fetched again when a new one is named, never on a caller's pace."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey

from api.oidc.fetching import Provider
from api.oidc.file import OidcFile, trustworthy
from routing.domain.errors import Unavailable

FRESH_SECONDS = 600.0
"""A key that the provider withdrew opens nothing for longer than this, unless the provider does not answer."""
KEPT_SECONDS = 3_600.0
"""How long keys serve while the provider does not answer."""
SECONDS_BETWEEN_FETCHES = 30.0
"""Unknown key ids, which anybody may send, cause no more requests than this."""
LEAST_RSA_BITS = 2_048
PublicKey = RSAKey | ECKey | OKPKey
_log = logging.getLogger("pointsman.api")


class Discovery:
    """What the provider says of itself at `<issuer>/.well-known/openid-configuration`."""

    def __init__(self, file: OidcFile, provider: Provider) -> None:
        self._file, self.provider = file, provider
        self._found: Mapping[str, Any] | None = None

    def address(self, name: str) -> str:
        """One of its addresses; Unavailable when it cannot be told, or belongs to another issuer."""
        if self._found is None:
            url = self._file.issuer.rstrip("/") + "/.well-known/openid-configuration"
            found = self.provider.document(url)
            if found.get("issuer") != self._file.issuer:
                raise Unavailable("the identity provider says that it is another issuer")
            self._found = found
        address = self._found.get(name)
        try:
            return trustworthy(str(address))
        except ValueError as error:
            raise Unavailable(f"the identity provider gives no https address as {name}") from error


class Keys:
    """Signing keys by id. Only public keys of asymmetric kinds count; the rest of a key set is ignored."""

    def __init__(self, fetch: Callable[[], Mapping[str, Any]], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._fetch, self._monotonic = fetch, monotonic
        self._keys: dict[str, PublicKey] = {}
        self._fetched_at: float | None = None
        self._tried_at: float | None = None
        self._lock = threading.Lock()

    def find(self, kid: str) -> PublicKey | None:
        """The key with this id, None when the provider has none; Unavailable when nobody can say."""
        if not self._is_fresh(FRESH_SECONDS) or kid not in self._keys:
            self._refresh()
        if not self._is_fresh(KEPT_SECONDS):
            raise Unavailable("the identity provider's keys cannot be read")
        return self._keys.get(kid)

    def _is_fresh(self, seconds: float) -> bool:
        return self._fetched_at is not None and self._monotonic() - self._fetched_at < seconds

    def _refresh(self) -> None:
        # Whoever has keys to go by does not wait for somebody else's fetch.
        if not self._lock.acquire(blocking=not self._keys):
            return
        try:
            if self._tried_at is None or self._monotonic() - self._tried_at >= SECONDS_BETWEEN_FETCHES:
                self._tried_at = self._monotonic()
                self._keys = usable(self._fetch())
                self._fetched_at = self._monotonic()
        except Unavailable as error:
            _log.warning("signing keys could not be fetched: %s", error)
        finally:
            self._lock.release()


def usable(document: Mapping[str, Any]) -> dict[str, PublicKey]:
    """The keys of a set that may check signatures, by id; Unavailable when it is no key set."""
    rows = document.get("keys")
    if not isinstance(rows, list):
        raise Unavailable("the identity provider's answer is no key set")
    found = ((str(row["kid"]), _key(row)) for row in rows[:100] if isinstance(row, dict) and row.get("kid"))
    return {kid: key for kid, key in found if key is not None}


def _key(row: dict[str, Any]) -> PublicKey | None:
    if row.get("kty") not in ("RSA", "EC", "OKP") or row.get("use", "sig") != "sig":
        return None
    try:
        key = JWKRegistry.import_key(row)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    if isinstance(key, RSAKey) and key.public_key.key_size < LEAST_RSA_BITS:
        return None
    return key if isinstance(key, RSAKey | ECKey | OKPKey) else None
