"""Keyed digests of customers' references: with the key a receipt is found, without it nobody is told."""

import hashlib
import hmac
import os
from pathlib import Path
from secrets import token_hex

from routing.domain.erasure import Pseudonym
from routing.domain.errors import Unavailable

KEY_BYTES = 32
_DOMAIN = b"pointsman-customer-1"


class KeyedPseudonyms:
    """ports.Pseudonyms by a key in a file outside the database, which is made when it is first needed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: bytes | None = None

    def of(self, customer_id: str) -> Pseudonym:
        """The digest; Unavailable names a key file that cannot be read or made."""
        key = self._known = self._known or self._key()
        digest = hmac.new(key, _DOMAIN + customer_id.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
        return Pseudonym(digest, hashlib.sha256(_DOMAIN + key).hexdigest()[:12])

    def _key(self) -> bytes:
        try:
            return self._read() if self._path.exists() else self._made()
        except OSError as error:
            raise Unavailable(f"the key of erasures {self._path} cannot be used: {error.strerror}") from error

    def _made(self) -> bytes:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(token_hex(KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, self._path)  # whole or not at all, and never over another process's key
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        return self._read()

    def _read(self) -> bytes:
        try:
            key = bytes.fromhex(self._path.read_text(encoding="ascii").strip())
        except ValueError as error:
            raise Unavailable(f"the key of erasures {self._path} is not in hexadecimal; restore it") from error
        if len(key) != KEY_BYTES:
            raise Unavailable(f"the key of erasures {self._path} has {len(key)} bytes, not {KEY_BYTES}; restore it")
        return key
