"""The live matching policy of a service: a changed file takes over only when it is whole."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optimizer.policy import MatchingPolicy

_Facts = tuple[int, int] | None


class PolicyFile:
    """Serves the policy of a TOML file; None means the optimizer's own. ParametersInvalid when the first is broken."""

    def __init__(self, path: Path | None = None) -> None:
        from optimizer.policy import MatchingPolicy, read_policy

        self._path = path
        self._seen = _facts(path)
        self._policy = MatchingPolicy() if path is None else read_policy(path)
        self._faults = 0

    @property
    def current(self) -> "MatchingPolicy":
        """The newest policy that was whole."""
        return self._policy

    @property
    def health(self) -> str:
        """ "ok", or "ok; ..." while an older policy serves because the changed file is wrong."""
        if not self._faults:
            return "ok"
        return (
            f"ok; the changed policy file has {self._faults} errors, version {self._policy.version} still serves "
            "(run `pointsman policy check`)"
        )

    def reload_if_changed(self) -> bool:
        """Read the file again when its time or size changed since the last reading; True when another policy is live.

        Cheap enough for every few seconds, and never raises: how many errors there are is in `health`.
        """
        from optimizer.errors import ParametersInvalid
        from optimizer.policy import read_policy

        # Taken before reading, so that a write in the middle is seen the next time.
        facts, before = _facts(self._path), self._policy.version
        if self._path is None or facts == self._seen:
            return False
        self._seen = facts
        try:
            self._policy, self._faults = read_policy(self._path), 0
        except ParametersInvalid as broken:
            self._faults = len(broken.faults)
        return self._policy.version != before


def _facts(path: Path | None) -> _Facts:
    """Time and size; None of a file that is not there."""
    try:
        facts = path.stat() if path else None
    except OSError:
        return None
    return (facts.st_mtime_ns, facts.st_size) if facts else None
