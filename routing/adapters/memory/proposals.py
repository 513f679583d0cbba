"""Proposed issue types, in memory."""

from routing.adapters.memory.rows import Tables, add_new, found, save_over
from routing.domain.proposal import Proposal, ProposalId, ProposalState


class MemoryProposals:
    """The twin of `ports.Proposals`."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.proposals

    def add(self, proposal: Proposal) -> None:
        """Store a new one; StaleState when the id is taken."""
        add_new(self._rows, "proposal", proposal)

    def get(self, id: ProposalId) -> Proposal:
        """One proposal; NotFound."""
        return found(self._rows.get(id), "proposal", id)

    def save(self, proposal: Proposal) -> Proposal:
        """The next version; StaleState."""
        return save_over(self._rows, "proposal", proposal)

    def newest(self, state: ProposalState | None, most: int) -> list[Proposal]:
        """Newest first."""
        rows = (each for each in self._rows if state is None or each.state is state)
        return sorted(rows, key=lambda each: each.id, reverse=True)[:most]
