"""The tokens file: names, digests, roles and markets in TOML, checked as a whole, and read anew when it changes."""

import logging
import re
import threading
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from api.errors import TokenFileInvalid
from api.roles import Role
from routing.domain.cop import CopId
from routing.domain.market import Markets

_DIGEST = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[\w.@ -]{1,64}")
_MARKET = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_KEYS = frozenset({"name", "sha256", "roles", "cop_id", "markets", "expires", "requests_per_second"})
SECONDS_BETWEEN_LOOKS = 1.0
_log = logging.getLogger("pointsman.api")


@dataclass(frozen=True, slots=True)
class Token:
    """One entry: whose token it is (`sha256` in hexadecimal), what it may be used for, where and until when."""

    name: str
    sha256: str
    roles: frozenset[Role]
    cop_id: CopId | None = None
    markets: Markets = None
    expires: datetime | None = None
    requests_per_second: float | None = None


class LiveTokens:
    """The tokens of a file as it stands now. A file that became wrong changes nothing, and the log says why."""

    def __init__(self, path: Path, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._path, self._monotonic = path, monotonic
        self._seen = _stamp(path)
        self._tokens = read_tokens(path)
        self._looked = monotonic()
        self._lock = threading.Lock()

    def __call__(self) -> tuple[Token, ...]:
        """Every token; looks for a change of the file once a second at most."""
        now = self._monotonic()
        with self._lock:
            if now - self._looked >= SECONDS_BETWEEN_LOOKS:
                self._looked = now
                self._look()
            return self._tokens

    def _look(self) -> None:
        stamp = _stamp(self._path)
        if stamp == self._seen:
            return
        self._seen = stamp
        try:
            self._tokens = read_tokens(self._path)
        except TokenFileInvalid as error:
            _log.error("the tokens before stay in force: %s", error)
        else:
            _log.info("%d tokens read from %s", len(self._tokens), self._path)


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


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
    yield from _wrong_limits(place, entry)


def _wrong_limits(place: str, entry: Mapping[str, object]) -> Iterator[str]:
    markets = entry.get("markets", ["any"])
    if not isinstance(markets, list) or not markets or not all(_matches(_MARKET, key) for key in markets):
        yield f"{place}.markets: one or more keys of markets; leave it out for every market"
    if "expires" in entry and not isinstance(entry["expires"], date):
        yield f"{place}.expires: a date, or a time with its offset, such as 2027-01-31 or 2027-01-31T12:00:00Z"
    pace = entry.get("requests_per_second", 1)
    if isinstance(pace, bool) or not isinstance(pace, int | float) or not 0 < pace <= 100_000:
        yield f"{place}.requests_per_second: a number above 0, up to 100000"


def _repeated(entries: list[Mapping[str, object]], key: str) -> list[str]:
    counts = Counter(str(entry.get(key)) for entry in entries if key in entry)
    return [f"{key} is used {count} times" for count in counts.values() if count > 1]


def _matches(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _token(entry: Mapping[str, object]) -> Token:
    roles, markets = entry["roles"], entry.get("markets")
    cop_id, pace = entry.get("cop_id"), entry.get("requests_per_second")
    return Token(
        name=str(entry["name"]),
        sha256=str(entry["sha256"]),
        roles=frozenset(Role(role) for role in roles) if isinstance(roles, list) else frozenset(),
        cop_id=CopId(cop_id) if isinstance(cop_id, str) else None,
        markets=frozenset(markets) if isinstance(markets, list) else None,
        expires=_moment(entry.get("expires")),
        requests_per_second=float(pace) if isinstance(pace, int | float) else None,
    )


def _moment(value: object) -> datetime | None:
    """The moment from which a token is refused: a date alone means its beginning, and a time without offset is UTC."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    return datetime(value.year, value.month, value.day, tzinfo=UTC) if isinstance(value, date) else None
