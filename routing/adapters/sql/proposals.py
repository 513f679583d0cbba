"""Proposed issue types, as rows."""

from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from routing.adapters.sql import rows
from routing.adapters.sql.tables import proposals
from routing.domain.proposal import Proposal, ProposalId, ProposalState, Settlement


class SqlProposals:
    """ports.Proposals."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, proposal: Proposal) -> None:
        rows.add(self._connection, proposals, _values(proposal))

    def get(self, id: ProposalId) -> Proposal:
        return _proposal(rows.get(self._connection, proposals, id, "proposal"))

    def save(self, proposal: Proposal) -> Proposal:
        rows.save(self._connection, proposals, _values(proposal), "proposal")
        return replace(proposal, version=proposal.version + 1)

    def newest(self, state: ProposalState | None, most: int) -> list[Proposal]:
        query = sa.select(proposals).order_by(proposals.c.id.desc()).limit(most)
        if state is not None:
            query = query.where(proposals.c.state == str(state))
        return [_proposal(row) for row in self._connection.execute(query)]


def _values(proposal: Proposal) -> rows.Values:
    settlement = proposal.settlement
    told = {**asdict(settlement), "at": settlement.at.isoformat()} if settlement else None
    return {**rows.values_of(proposal), "state": str(proposal.state), "settlement": told}


def _proposal(row: Row[Any]) -> Proposal:
    values = rows.columns(row)
    values.pop("state")
    told = values["settlement"]
    if told is not None:
        at = datetime.fromisoformat(told["at"])
        values["settlement"] = Settlement(**{**told, "at": at, "state": ProposalState(told["state"])})
    return Proposal(**values)
