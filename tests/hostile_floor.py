"""A floor whose every text field says the same thing: names of the pack, ids, messages of customers and of others."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from builders import (
    FixedPacks,
    make_conversation,
    make_cop,
    make_event,
    make_issue_type,
    make_label,
    make_market,
    make_message,
    make_offer,
    make_pack,
    make_review,
    make_taxonomy,
    make_tick,
    make_triage,
)
from rest_door import Door, make_door
from seeds import committed

from routing.domain.conversation import ConversationId, ConversationState
from routing.domain.cop import CopId
from routing.domain.issue import Decision, Family
from routing.domain.pack import Pack
from routing.domain.proposal import Proposal, ProposalId, ProposalState, Settlement
from routing.domain.review import Escalation, ReviewState, Verdict
from routing.ports import UnitOfWork


def pack_that_says(*texts: str) -> Pack:
    """Every name a pack gives, once for each text."""
    first = texts[0]
    kind = make_issue_type("card_lost", name=first, description=first, family=first)
    late = make_issue_type("card_late", name=first)
    more = [make_issue_type(f"t-{n}", name=text, description=text, family=text) for n, text in enumerate(texts[1:])]
    taxonomy = replace(make_taxonomy([kind, late, *more]), version=first)
    families = {text: Family(text, text) for text in texts} | {"cards": Family("cards", first)}
    cops = [replace(make_cop("ada"), name=first, team=first)]
    cops += [replace(make_cop(f"cop-{n}"), name=text, team=text) for n, text in enumerate(texts[1:])]
    market = make_market("uk", name=first)
    return make_pack(cops, version=first, taxonomy=replace(taxonomy, families=families), markets={"uk": market})


def fill(uow: UnitOfWork, text: str, n: int = 0) -> None:
    """One of everything the console shows, with this text in every field that takes one; reviews r-1 to r-3 for n 0."""
    id = ConversationId(text)
    triage = make_triage("card_lost", decision=Decision.REVIEW, reasons=(text,), language=text, model_version=text)
    asked = {"customer_id": text, "language": text, "last_cop_id": CopId(text), "issue_type": "card_lost"}
    uow.conversations.add(make_conversation(text, state=ConversationState.IN_REVIEW, **asked))
    uow.conversations.add_message(make_message(f"m-{n}-1", text, text=text))
    uow.conversations.add_message(make_message(f"m-{n}-2", text, text=text, author=text))
    uow.conversations.add_message(make_message(f"m-{n}-3", text, text=text, author="bot"))
    uow.triages.add(id, triage)
    verdict = Verdict(text, text, triage.at)
    claim = {"claimed_by": text, "claim_expires_at": make_review(deadline_seconds=99).deadline_at}
    one, two, three = (f"r-{3 * n + each}" for each in (1, 2, 3))
    uow.reviews.add(make_review(one, text, reasons=(text,), state=ReviewState.CLAIMED, **claim))
    uow.reviews.add(make_review(two, text, reasons=(text,), state=ReviewState.DECIDED, verdict=verdict, guess=text))
    asks = {"escalation": Escalation(text, triage.at, text, text), "proposal_id": ProposalId(f"p-{n}")}
    uow.reviews.add(make_review(three, text, reasons=(text,), state=ReviewState.LAPSED, skipped_by=(text,), **asks))
    uow.proposals.add(Proposal(ProposalId(f"p-{n}"), text, text, text, triage.at))
    settled = Settlement(ProposalState.DECLINED, text, triage.at, text)
    uow.proposals.add(Proposal(ProposalId(f"q-{n}"), text, text, text, triage.at, settled))
    uow.labels.add(make_label(f"l-{n}", text=text, issue_type=text, decided_by=text))
    term: dict[str, Any] = {"name": text, "value": 300, "unit": text, "note": text}
    why = {"terms": [term], "value": 300, "runner_up": {"cop_id": text, "value": 100}, "fallback_reason": text}
    uow.offers.add(make_offer(f"o-{n}", text, cop_id="ada", why=why, reason=text))
    uow.events.append(make_event(conversation_id=text, actor=text, cop_id=text, data={text: text, "reasons": [text]}))
    uow.ticks.add(make_tick(f"tick-{n}", group=text, solver=text, fallback_reason=text))


def door_that_says(*texts: str) -> Door:
    """The application over such a floor, for the local admin."""
    door = make_door(packs=FixedPacks(pack_that_says(*texts)))
    door.service.classifier.version = texts[0]
    committed(door.context.store, lambda uow: fill_all(uow, texts))
    return door


def fill_all(uow: UnitOfWork, texts: Sequence[str]) -> None:
    """Everything once for each text."""
    for n, text in enumerate(texts):
        fill(uow, text, n)
