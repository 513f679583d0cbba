"""What the page of new issue types shows."""

from collections.abc import Iterable
from dataclasses import dataclass

from api.console import wording
from api.console.names import snippet
from routing.domain.proposal import ProposalState, key_of
from routing.services.clustering import Search
from routing.services.proposals import MOST_CASES, ProposalView

MOST_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """One proposal; `settled` says what became of it, empty while it is open. `adding`: the command that adds it."""

    id: str
    name: str
    description: str
    by: str
    time: str
    cases: int
    examples: tuple[str, ...]
    open: bool
    may_settle: bool
    key: str
    settled: str
    adding: str


@dataclass(frozen=True, slots=True)
class Group:
    """Undecided messages that say the same and belong to no issue type."""

    name: str
    words: str
    size: int
    examples: tuple[str, ...]
    items: str


def rows(views: Iterable[ProposalView], may_settle: bool) -> tuple[ProposalRow, ...]:
    """Proposals as they stand, the open ones first, the newest first of each."""
    ordered = sorted(views, key=lambda view: view.proposal.state is not ProposalState.OPEN)
    return tuple(_row(view, may_settle) for view in ordered)


def _row(view: ProposalView, may_settle: bool) -> ProposalRow:
    made, settlement = view.proposal, view.proposal.settlement
    key = settlement.key if settlement and settlement.key else key_of(made.name)
    accepted = made.state is ProposalState.ACCEPTED
    return ProposalRow(
        id=made.id,
        name=made.name,
        description=made.description,
        by=made.proposed_by,
        time=wording.day_and_time(made.proposed_at),
        cases=len(view.cases),
        examples=tuple(snippet(text) for _, text in view.cases[:MOST_EXAMPLES]),
        open=made.state is ProposalState.OPEN,
        may_settle=may_settle and made.state is ProposalState.OPEN,
        key=key,
        settled=wording.settled(made.state, settlement.by, settlement.note) if settlement else "",
        adding=f"pointsman types add --key {key}" if accepted else "",
    )


def groups(found: Search) -> tuple[Group, ...]:
    """Groups, the largest first."""
    return tuple(
        Group(
            name=each.name,
            words=", ".join(each.words),
            size=len(each.items),
            examples=tuple(snippet(view.text) for view in each.items[:MOST_EXAMPLES]),
            items=",".join(view.item.id for view in each.items[:MOST_CASES]),
        )
        for each in found.found
    )
