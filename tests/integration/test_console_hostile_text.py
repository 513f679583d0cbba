"""Whatever a text says, the console shows it as text: no payload in any field adds a tag or an attribute."""

from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
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
from e2e.xss_payloads import PAYLOADS
from rest_door import Door, make_door
from seeds import committed

from routing.domain.conversation import ConversationId, ConversationState
from routing.domain.cop import CopId
from routing.domain.issue import Decision, Family
from routing.domain.pack import Pack
from routing.domain.review import ReviewState, Verdict
from routing.ports import UnitOfWork

BENIGN = "benign words"
PAGES = (
    "/",
    "/console/queue",
    "/console/floor",
    "/console/conversations",
    "/console/reviews/r-1",
    "/console/reviews/r-2",
    "/console/reviews/r-3",
    "/console/reviews/r-1/similar",
    "/console/conversation",
)


class Structure(HTMLParser):
    """The tags of a page with the names of their attributes, and the values of those that can act."""

    ACTING = ("href", "src", "action", "type", "method", "content", "rel")

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, ...]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = sorted(name for name, _ in attrs)
        acting = [str(value) for name, value in attrs if name in self.ACTING or name.startswith("hx-")]
        self.found.append((tag, *names, *acting))

    def handle_endtag(self, tag: str) -> None:
        self.found.append(("/" + tag,))

    def handle_comment(self, data: str) -> None:
        self.found.append(("comment", data))

    def handle_data(self, data: str) -> None:
        self.text += data


def structure(html: str) -> Structure:
    parsed = Structure()
    parsed.feed(html)
    parsed.close()
    return parsed


def pack_that_says(text: str) -> Pack:
    """Every name a pack gives."""
    kind = make_issue_type("card_lost", name=text, description=text, family=text)
    taxonomy = replace(make_taxonomy([kind, make_issue_type("card_late", name=text)]), version=text)
    families = {text: Family(text, text), "cards": Family("cards", text)}
    cop = replace(make_cop("ada"), name=text, team=text)
    market = make_market("uk", name=text)
    return make_pack([cop], version=text, taxonomy=replace(taxonomy, families=families), markets={"uk": market})


def fill(uow: UnitOfWork, text: str) -> None:
    """One of everything the console shows, with this text in every field that takes one."""
    id = ConversationId(text)
    triage = make_triage("card_lost", decision=Decision.REVIEW, reasons=(text,), language=text, model_version=text)
    asked = {"customer_id": text, "language": text, "last_cop_id": CopId(text), "issue_type": "card_lost"}
    uow.conversations.add(make_conversation(text, state=ConversationState.IN_REVIEW, **asked))
    uow.conversations.add_message(make_message("m-1", text, text=text))
    uow.conversations.add_message(make_message("m-2", text, text=text, author=text))
    uow.triages.add(id, triage)
    verdict = Verdict(text, text, triage.at)
    claim = {"claimed_by": text, "claim_expires_at": make_review(deadline_seconds=99).deadline_at}
    uow.reviews.add(make_review("r-1", text, reasons=(text,), state=ReviewState.CLAIMED, **claim))
    uow.reviews.add(make_review("r-2", text, reasons=(text,), state=ReviewState.DECIDED, verdict=verdict))
    uow.reviews.add(make_review("r-3", text, reasons=(text,), state=ReviewState.LAPSED, skipped_by=(text,)))
    uow.labels.add(make_label(text=text, issue_type=text, decided_by=text))
    term: dict[str, Any] = {"name": text, "value": 300, "unit": text, "note": text}
    why = {"terms": [term], "value": 300, "runner_up": {"cop_id": text, "value": 100}, "fallback_reason": text}
    uow.offers.add(make_offer("o-1", text, cop_id="ada", why=why, reason=text))
    uow.events.append(make_event(conversation_id=text, actor=text, cop_id=text, data={text: text, "reasons": [text]}))
    uow.ticks.add(make_tick(group=text, solver=text, fallback_reason=text))


def door_that_says(text: str) -> Door:
    door = make_door(packs=FixedPacks(pack_that_says(text)))
    door.service.classifier.version = text
    committed(door.context.store, lambda uow: fill(uow, text))
    return door


def pages_of(text: str) -> list[tuple[str, Structure]]:
    client = door_that_says(text).client
    replies = [client.get(place, params={"conversation": text} if "conversation" in place else {}) for place in PAGES]
    assert [reply.status_code for reply in replies] == [200] * len(PAGES)
    return [(place, structure(reply.text)) for place, reply in zip(PAGES, replies, strict=True)]


@pytest.fixture(scope="module")
def benign() -> dict[str, Structure]:
    return dict(pages_of(BENIGN))


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_a_payload_in_every_field_leaves_the_page_s_structure_as_it_was(
    payload: str, benign: dict[str, Structure]
) -> None:
    for place, shown in pages_of(payload):
        assert shown.found == benign[place].found, place


def test_every_page_really_shows_the_text() -> None:
    for place, shown in pages_of(PAYLOADS[4]):
        assert PAYLOADS[4] in shown.text, place


@pytest.mark.parametrize("payload", PAYLOADS[:6])
def test_an_error_that_quotes_a_payload_is_text_too(payload: str) -> None:
    client = make_door().client
    for place in ("/console/conversation", "/console/reviews/none"):
        shown = structure(client.get(place, params={"conversation": payload}).text)
        assert not any(tag[0] in ("script", "img", "svg") for tag in shown.found)
