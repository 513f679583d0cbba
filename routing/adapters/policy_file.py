"""The live matching policy of a service: a changed file takes over only when it is whole, edits lie over it."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from routing.domain.edit import Values, laid_over

if TYPE_CHECKING:
    from optimizer.policy import MatchingPolicy

_Facts = tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class PolicyFact:
    """What one value of a policy means, and what it may be."""

    table: str
    name: str
    allowed: str
    unit: str
    meaning: str


class PolicyFile:
    """Serves the policy of a TOML file; None means the optimizer's own. ParametersInvalid when the first is broken."""

    def __init__(self, path: Path | None = None) -> None:
        from optimizer.policy import MatchingPolicy, read_policy

        self._path = path
        self._seen = _facts(path)
        self._written = MatchingPolicy() if path is None else read_policy(path)
        self._policy, self._edits = self._written, dict[str, dict[str, object]]()
        self._faults = 0
        self._misfits = 0

    @property
    def current(self) -> "MatchingPolicy":
        """The newest policy that was whole, with the edits over it where they fit."""
        return self._policy

    @property
    def written(self) -> "MatchingPolicy":
        """What the file says, without edits."""
        return self._written

    def edited(self, edits: Values) -> "MatchingPolicy":
        """The file's policy with these edits over it; raises ParametersInvalid naming all that is wrong."""
        from optimizer.policy import policy_from

        return policy_from(laid_over(values_of(self._written), edits)) if edits else self._written

    def lay(self, edits: Values) -> bool:
        """Go by these edits from now on; True when another policy is live. Where they do not fit the file serves."""
        self._edits = {table: dict(values) for table, values in edits.items()}
        return self._go_by()

    def _go_by(self) -> bool:
        from optimizer.errors import ParametersInvalid

        before, self._misfits = self._policy.version, 0
        try:
            self._policy = self.edited(self._edits)
        except ParametersInvalid as broken:
            self._policy, self._misfits = self._written, len(broken.faults)
        return self._policy.version != before

    @property
    def health(self) -> str:
        """ "ok", or "ok; ..." while an older policy serves because the changed file is wrong."""
        if not self._faults and self._misfits:
            return f"ok; the edits of the policy have {self._misfits} errors, the file serves without them"
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
        facts = _facts(self._path)
        if self._path is None or facts == self._seen:
            return False
        self._seen = facts
        try:
            self._written, self._faults = read_policy(self._path), 0
        except ParametersInvalid as broken:
            self._faults = len(broken.faults)
            return False
        return self._go_by()


def values_of(policy: "MatchingPolicy") -> dict[str, dict[str, object]]:
    """Every value of a policy by table and name, lists as lists."""
    from optimizer.policy import rows_of

    found: dict[str, dict[str, object]] = {}
    for row in rows_of(policy):
        value = list(row.value) if isinstance(row.value, tuple) else row.value
        found.setdefault(row.table, {})[row.name] = value
    return found


def policy_facts() -> list[PolicyFact]:
    """Every value of a policy, in the order of the documentation."""
    from optimizer.policy import MatchingPolicy, rows_of

    return [
        PolicyFact(
            row.table, row.name, f"{row.allowed.low:g} to {row.allowed.high:g}", row.allowed.unit, row.allowed.meaning
        )
        for row in rows_of(MatchingPolicy())
    ]


def _facts(path: Path | None) -> _Facts:
    """Time and size; None of a file that is not there."""
    try:
        facts = path.stat() if path else None
    except OSError:
        return None
    return (facts.st_mtime_ns, facts.st_size) if facts else None
