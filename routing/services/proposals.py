"""New issue types: proposed from the disambiguation queue with the messages that need them, accepted or declined."""

from collections.abc import Sequence
from dataclasses import dataclass

from routing.domain.errors import Invalid, NotTheOwner, Refused
from routing.domain.events import EventKind
from routing.domain.market import Markets
from routing.domain.notes import noted
from routing.domain.proposal import Proposal, ProposalId, ProposalState, Settlement, key_of, named, require_key
from routing.domain.review import UNDECIDED, ReviewId, ReviewItem
from routing.ports import UnitOfWork
from routing.services.context import Context, Subject, record, retrying

MOST_CASES = 100
MOST_LISTED = 200
MOST_CASES_LISTED = 2_000


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody proposes, and the undecided items that are cases of it."""

    name: str
    description: str
    by: str
    cases: tuple[ReviewId, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposed:
    """The proposal, the cases that now belong to it, and those that somebody else was holding or had decided."""

    proposal: Proposal
    cases: tuple[ReviewId, ...]
    left_out: tuple[ReviewId, ...]


@dataclass(frozen=True, slots=True)
class ProposalView:
    """A proposal with its cases in the reader's markets and their customers' words, the oldest first."""

    proposal: Proposal
    cases: tuple[tuple[ReviewItem, str], ...]


def propose(context: Context, draft: Draft) -> Proposed:
    """Propose an issue type, or add cases to an open proposal of the same name; name and description are masked.

    The cases stay undecided: each goes on by its deadline, and is listed with the proposal.
    """
    name, description = named(context.masker.mask(draft.name), context.masker.mask(draft.description))
    if len(draft.cases) > MOST_CASES:
        raise Invalid("cases", f"{len(draft.cases)} items", f"at most {MOST_CASES}")
    taken = context.packs.current().taxonomy.issue_types.values()
    if any(kind.name.casefold() == name.casefold() for kind in taken):
        raise Refused(f"the taxonomy has an issue type called {name!r} already; choose it instead")

    def step() -> Proposed:
        with context.store.transaction() as uow:
            proposal = _open_one(uow, context, name, description, draft.by)
            pairs = [(id, _attached(uow, context, id, proposal, draft.by)) for id in dict.fromkeys(draft.cases)]
            uow.commit()
        taken_in = tuple(id for id, done in pairs if done)
        return Proposed(proposal, taken_in, tuple(id for id, done in pairs if not done))

    return retrying(step)


def _open_one(uow: UnitOfWork, context: Context, name: str, description: str, by: str) -> Proposal:
    known = uow.proposals.newest(ProposalState.OPEN, MOST_LISTED)
    found = next((each for each in known if each.is_called(name)), None)
    if found is not None:
        return found
    now = context.clock.now()
    made = Proposal(ProposalId(context.ids.new()), name, description, by, now)
    uow.proposals.add(made)
    record(uow, EventKind.PROPOSAL_MADE, now, by, Subject(), proposal_id=made.id, name=made.name)
    return made


def _attached(uow: UnitOfWork, context: Context, id: ReviewId, proposal: Proposal, by: str) -> bool:
    now, item = context.clock.now(), uow.reviews.get(id)
    if item.state not in UNDECIDED:
        return False
    try:
        uow.reviews.save(item.propose(proposal.id, by, now))
    except NotTheOwner:
        return False
    subject = Subject(item.conversation_id)
    record(uow, EventKind.REVIEW_PROPOSED, now, by, subject, review_id=id, proposal_id=proposal.id)
    return True


def settle(context: Context, id: ProposalId, settlement: Settlement) -> Proposal:
    """Accept or decline a proposal; an accepted one gets a key that the taxonomy does not have yet.

    Accepting changes neither the pack nor the model: `pointsman types add` and an entry in the pack do.
    """
    note = noted("note", context.masker.mask(settlement.note), least=0)

    def step() -> Proposal:
        with context.store.transaction() as uow:
            before = uow.proposals.get(id)
            key = _key(context, before, settlement)
            ended = Settlement(settlement.state, settlement.by, context.clock.now(), note, key)
            saved = uow.proposals.save(before.settle(ended))
            data = {"proposal_id": id, "state": str(ended.state), "key": key, "note": note}
            record(uow, EventKind.PROPOSAL_SETTLED, ended.at, ended.by, Subject(), **data)
            uow.commit()
            return saved

    return retrying(step)


def _key(context: Context, proposal: Proposal, settlement: Settlement) -> str | None:
    if settlement.state is ProposalState.DECLINED:
        return None
    key = require_key(settlement.key or key_of(proposal.name))
    if key in context.packs.current().taxonomy.keys:
        raise Refused(f"the taxonomy has an issue type {key!r} already; choose another key")
    return key


def listed(context: Context, state: ProposalState | None, within: Markets = None) -> list[ProposalView]:
    """Proposals, newest first, in a fixed number of queries.

    Whoever has only some markets sees those with a case in one of them.
    """
    with context.store.reading() as uow:
        found = uow.proposals.newest(state, MOST_LISTED)
        items = uow.reviews.of_proposals([each.id for each in found], MOST_CASES_LISTED, within)
        texts = _texts(uow, items)
    views = [ProposalView(each, _cases(each.id, items, texts)) for each in found]
    return [view for view in views if view.cases or within is None]


def view(context: Context, id: ProposalId, within: Markets = None) -> ProposalView:
    """One proposal with its cases; NotFound when there is none."""
    with context.store.reading() as uow:
        found = uow.proposals.get(id)
        items = uow.reviews.of_proposals([id], MOST_CASES, within)
        return ProposalView(found, _cases(id, items, _texts(uow, items)))


def _texts(uow: UnitOfWork, items: Sequence[ReviewItem]) -> dict[str, str]:
    messages = uow.conversations.messages_of(item.conversation_id for item in items)
    return {id: "\n".join(m.text for m in found if m.author == "customer") for id, found in messages.items()}


def _cases(id: ProposalId, items: Sequence[ReviewItem], texts: dict[str, str]) -> tuple[tuple[ReviewItem, str], ...]:
    return tuple((item, texts.get(item.conversation_id, "")) for item in items if item.proposal_id == id)


def name_of(context: Context, id: ProposalId) -> str:
    """What a proposed type is called; NotFound."""
    with context.store.reading() as uow:
        return uow.proposals.get(id).name
