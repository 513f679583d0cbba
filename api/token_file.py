"""The tokens file: names, digests and roles in TOML, checked as a whole."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from api.errors import TokenFileInvalid
from api.roles import Role
from routing.domain.cop import CopId

_DIGEST = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[\w.@ -]{1,64}")
_KEYS = frozenset({"name", "sha256", "roles", "cop_id"})


@dataclass(frozen=True, slots=True)
class Token:
    """One entry: whose token it is (`sha256` in hexadecimal) and what it may be used for."""

    name: str
    sha256: str
    roles: frozenset[Role]
    cop_id: CopId | None = None


def read_tokens(path: Path) -> tuple[Token, ...]:
    """Every token of a file; TokenFileInvalid lists all that is wrong with it."""
    entries = _entries(path)
    wrong = [line for number, entry in enumerate(entries, 1) for line in _wrong(f"token {number}", entry)]
    wrong += [*_repeated(entries, "name"), *_repeated(entries, "sha256")]
    if wrong:
        raise TokenFileInvalid(str(path), wrong)
    return tuple(_token(entry) for entry in entries)


def _entries(path: Path) -> list[Mapping[str, object]]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise TokenFileInvalid(str(path), [f"cannot be read: {error}"]) from error
    entries = content.get("token")
    if set(content) != {"token"} or not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
        raise TokenFileInvalid(str(path), ["allowed: one or more [[token]] tables and nothing else"])
    return entries


def _wrong(place: str, entry: Mapping[str, object]) -> Iterator[str]:
    if unknown := sorted(set(entry) - _KEYS):
        yield f"{place}: unknown {', '.join(unknown)}; allowed: {', '.join(sorted(_KEYS))}"
    if not _matches(_NAME, entry.get("name")):
        yield f"{place}.name: 1 to 64 letters, digits, spaces or . @ - _"
    if not _matches(_DIGEST, entry.get("sha256")):
        yield f"{place}.sha256: 64 lower-case hexadecimal digits (never the token itself)"
    roles = entry.get("roles")
    if not isinstance(roles, list) or not roles or not set(map(str, roles)) <= set(Role):
        yield f"{place}.roles: one or more of {', '.join(Role)}"
    elif (Role.COP in roles) != isinstance(entry.get("cop_id"), str):
        yield f"{place}.cop_id: a COp's id, exactly when the roles include cop"


def _repeated(entries: list[Mapping[str, object]], key: str) -> list[str]:
    counts = Counter(str(entry.get(key)) for entry in entries if key in entry)
    return [f"{key} is used {count} times" for count in counts.values() if count > 1]


def _matches(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _token(entry: Mapping[str, object]) -> Token:
    roles = entry["roles"]
    cop_id = entry.get("cop_id")
    return Token(
        name=str(entry["name"]),
        sha256=str(entry["sha256"]),
        roles=frozenset(Role(role) for role in roles) if isinstance(roles, list) else frozenset(),
        cop_id=CopId(cop_id) if isinstance(cop_id, str) else None,
    )
