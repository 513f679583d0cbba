"""New issue types that people propose, until somebody who keeps the taxonomy settles them."""

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NewType

from routing.domain.errors import IllegalTransition, Invalid
from routing.domain.notes import noted

ProposalId = NewType("ProposalId", str)
LONGEST_NAME = 80
LONGEST_DESCRIPTION = 500
LONGEST_KEY = 64
KEY = re.compile(r"[a-z][a-z0-9_]{0,63}")


class ProposalState(StrEnum):
    """`accepted`: it is to become an issue type under its key; the pack and the model are changed by people."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of a proposal: whose word it was and why; `key` is what an accepted type is to be called."""

    state: ProposalState
    by: str
    at: datetime
    note: str = ""
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """An issue type that the taxonomy does not have: what it is called, and what belongs to it."""

    id: ProposalId
    name: str
    description: str
    proposed_by: str
    proposed_at: datetime
    settlement: Settlement | None = None
    version: int = 0

    @property
    def state(self) -> ProposalState:
        """Where it stands."""
        return self.settlement.state if self.settlement else ProposalState.OPEN

    def settle(self, settlement: Settlement) -> "Proposal":
        """Accept or decline it; IllegalTransition when that was done before."""
        if self.settlement is not None:
            raise IllegalTransition("proposal", self.id, self.state, "settling it", ProposalState.OPEN)
        return replace(self, settlement=settlement)

    def is_called(self, name: str) -> bool:
        """Whether this is its name, whatever the case and the spaces."""
        return _folded(self.name) == _folded(name)


def named(name: str, description: str) -> tuple[str, str]:
    """Both as they are stored; Invalid for what is empty or too long."""
    return noted("name", name, LONGEST_NAME), noted("description", description, LONGEST_DESCRIPTION)


def key_of(name: str) -> str:
    """A key for a name: its Latin letters and digits, joined by underscores; empty where there are none."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_0123456789")[:LONGEST_KEY].rstrip("_")


def require_key(key: str) -> str:
    """The key itself; Invalid for what no issue type may be called."""
    if not KEY.fullmatch(key):
        raise Invalid("key", key[:40], f"a small letter, then small letters, digits and _, at most {LONGEST_KEY}")
    return key


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()
