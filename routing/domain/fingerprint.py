"""Fingerprints: what is kept of outside ids where the ids themselves are not needed."""

import hashlib


def fingerprint(*parts: str) -> str:
    """A SHA-256 of these parts, in hexadecimal; no two lists of parts share one."""
    framed = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(framed.encode("utf-8", "surrogatepass")).hexdigest()
