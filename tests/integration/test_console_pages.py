"""The console's pages: what a manager finds on them."""

import re
from dataclasses import replace

import pytest
from builders import NOON, FixedPacks, make_cop, make_label, make_pack, make_tick
from console_visits import first_review, page, sign_in
from httpx import Response
from rest_door import Door, make_door
from seeds import committed, read

from routing.domain.policy import Policy
from routing.domain.review import ReviewId, ReviewState
from routing.services import review, review_views


@pytest.fixture
def blind_door() -> Door:
    """Every automatic decision is drawn for a blind check."""
    return make_door(policy=Policy(blind_share=1.0))


def post(door: Door, path: str, **fields: str) -> Response:
    return door.client.post(path, data=fields)


def test_a_message_in_review_is_on_the_page_with_its_deadline_and_best_guess(door: Door) -> None:
    first_review(door)
    html = page(door)
    assert "unsure card_late where is it" in html
    assert "Card late 60%" in html
    assert ">1:00</time>" in html


def test_an_item_shows_its_candidates_with_keys_and_why_it_is_here(door: Door) -> None:
    html = page(door, f"/console/reviews/{first_review(door)}")
    assert re.search(r'value="card_late" data-key="1".*?Card late.*?60%', html, re.S)
    assert re.search(r'value="card_lost" data-key="2".*?Card lost.*?40%', html, re.S)
    assert "No issue type is likely enough to decide without a person." in html
    assert 'value="-" data-key="0"' in html


def test_a_verdict_decides_and_goes_on_with_the_next_message_claimed(door: Door) -> None:
    first, second = first_review(door), first_review(door)
    reply = post(door, f"/console/reviews/{first}/verdict", issue_type="card_lost", next=second)
    assert "Decided: Card lost." in reply.text
    assert f'data-undo="{first}"' in reply.text
    assert f'data-review="{second}"' in reply.text
    assert review_views.review_item(door.context, first).state is ReviewState.DECIDED
    assert review_views.review_item(door.context, second).claimed_by == "local-admin"


def test_a_verdict_may_be_outside_the_taxonomy(door: Door) -> None:
    id = first_review(door)
    post(door, f"/console/reviews/{id}/verdict", issue_type="-")
    verdict = review_views.review_item(door.context, id).verdict
    assert verdict is not None
    assert verdict.issue_type is None


def test_a_verdict_that_names_no_issue_type_is_refused_in_place(door: Door) -> None:
    id = first_review(door)
    reply = post(door, f"/console/reviews/{id}/verdict", issue_type="made_up")
    assert "made_up" in reply.text
    assert 'role="alert"' in reply.text
    assert review_views.review_item(door.context, id).state is ReviewState.OPEN


def test_undo_takes_the_verdict_back_and_shows_the_message_again(door: Door) -> None:
    id = first_review(door)
    post(door, f"/console/reviews/{id}/verdict", issue_type="card_lost")
    reply = post(door, f"/console/reviews/{id}/undo")
    assert "Your verdict is taken back." in reply.text
    assert f'data-review="{id}"' in reply.text
    assert review_views.review_item(door.context, id).state is ReviewState.OPEN


def test_a_skipped_message_stays_for_others(door: Door) -> None:
    id = first_review(door)
    post(door, f"/console/reviews/{id}/claim")
    assert "Skipped; it stays for others." in post(door, f"/console/reviews/{id}/skip").text
    assert "skipped</span>" in page(door, "/console/queue")


def test_a_claim_is_shown_to_others_and_keeps_their_verdict_out(guarded: Door) -> None:
    id = first_review(guarded)
    mona, mick = sign_in(guarded, "mona"), sign_in(guarded, "mick")
    mona.post(f"/console/reviews/{id}/claim")
    assert re.search(r"held by </span><bdi>mona</bdi>", mick.get("/console/queue").text)
    reply = mick.post(f"/console/reviews/{id}/verdict", data={"issue_type": "card_lost"})
    assert "mona is on it." in reply.text
    assert review_views.review_item(guarded.context, id).state is ReviewState.CLAIMED


def test_whoever_proposes_what_somebody_else_holds_reads_that_it_is_no_case(guarded: Door) -> None:
    id, mona, mick = first_review(guarded), sign_in(guarded, "mona"), sign_in(guarded, "mick")
    mona.post(f"/console/reviews/{id}/claim")
    said = mick.post(f"/console/reviews/{id}/propose", data={"name": "Card art", "description": "Pictures"}).text
    assert "no case of it: somebody else holds it" in said


def test_who_comes_second_reads_what_was_decided_meanwhile(guarded: Door) -> None:
    id = first_review(guarded)
    mona, mick = sign_in(guarded, "mona"), sign_in(guarded, "mick")
    mona.post(f"/console/reviews/{id}/verdict", data={"issue_type": "card_lost"})
    reply = mick.post(f"/console/reviews/{id}/verdict", data={"issue_type": "card_late"})
    assert "Too late: Decided by mona: Card lost. Yours was not saved." in reply.text


def test_a_lapsed_message_is_listed_below_and_its_verdict_still_teaches(door: Door) -> None:
    id = first_review(door)
    door.clock.advance(61)
    review.lapse_due(door.context)
    html = page(door, "/console/queue")
    assert "Nothing waits for a decision." in html
    assert re.search(r'id="rows-lapsed".*unsure card_late where is it', html, re.S)
    assert "your verdict still teaches" in page(door, f"/console/reviews/{id}")
    post(door, f"/console/reviews/{id}/verdict", issue_type="card_lost")
    with door.context.store.reading() as uow:
        assert [label.issue_type for label in uow.labels.all()] == ["card_lost"]


def test_a_message_that_lapses_while_it_is_selected_stays_in_its_place(door: Door) -> None:
    first = first_review(door)
    door.clock.advance(30)
    first_review(door)
    door.clock.advance(31)
    review.lapse_due(door.context)
    html = page(door, f"/console/queue?selected={first}")
    assert html.index(f"row-{first}") < html.index("</ol>")
    assert 'aria-current="true"' in html


def valued(door: Door, id: str, **worth: object) -> str:
    """The same item at another place in the queue."""
    store = door.context.store
    item = read(store, lambda uow: uow.reviews.get(ReviewId(id)))
    committed(store, lambda uow: uow.reviews.save(replace(item, **worth)))
    return id


def test_the_most_valuable_question_comes_first_and_says_why(door: Door) -> None:
    plain = valued(door, first_review(door), value=0.1, value_reasons=(("teaches", 0.1),))
    urgent = valued(door, first_review(door), value=0.9, value_reasons=(("urgent", 0.9),))
    html = page(door, "/console/queue")
    assert html.index(f"row-{urgent}") < html.index(f"row-{plain}")
    assert html.index("cannot wait") < html.index("teaches the model")


def test_a_blind_check_shows_neither_guess_nor_candidates_until_it_is_decided(blind_door: Door) -> None:
    blind_door.begin("card_lost gone")
    blind_door.understand()
    [view] = review_views.review_queue(blind_door.context, (ReviewState.LAPSED,))
    shown = page(blind_door, "/console/queue") + page(blind_door, f"/console/reviews/{view.item.id}")
    assert "blind check" in shown
    assert "Card lost" not in shown and "novelty" not in shown
    post(blind_door, f"/console/reviews/{view.item.id}/verdict", issue_type="card_late")
    assert "The service had decided Card lost." in page(blind_door, f"/console/reviews/{view.item.id}")


def test_a_long_message_is_clipped_and_can_be_shown_whole(door: Door) -> None:
    door.begin("unsure " + "very long story " * 200 + "THE-END card_late")
    door.understand()
    id = review_views.review_queue(door.context, (ReviewState.OPEN,))[0].item.id
    assert "THE-END" not in page(door, f"/console/reviews/{id}")
    assert "Show all (" in page(door, f"/console/reviews/{id}")
    assert "THE-END" in page(door, f"/console/reviews/{id}?whole=1")


def test_similar_decided_cases_are_shown_with_who_decided(door: Door) -> None:
    committed(door.context.store, lambda uow: uow.labels.add(make_label(text="where is it then", decided_by="priya")))
    html = page(door, f"/console/reviews/{first_review(door)}/similar")
    assert "where is it then" in html
    assert "Card late</strong> by <bdi>priya</bdi>" in html


def test_the_floor_counts_who_waits_and_marks_what_is_past_its_target(door: Door) -> None:
    door.begin("gone card_lost")
    door.understand()
    door.clock.advance(301)
    html = page(door)
    row = re.search(r'<tr class="\s*late"><th scope="row"[^>]*>Cards</th>.*?</tr>', html, re.S)
    assert row is not None
    assert "5:01" in row[0]


def test_the_floor_shows_cops_offers_and_fallbacks_with_their_reason(door: Door) -> None:
    door.offered("ada")
    tick = make_tick("tick-9", at=door.clock.now(), fallback_reason="solver_late")
    committed(door.context.store, lambda uow: uow.ticks.add(tick))
    html = page(door, "/")
    assert re.search(r"Offers pending</dt><dd>1<", html)
    assert "Fallbacks: <bdi>the solver ran out of time</bdi></dt><dd>1<" in html
    assert re.search(r'class="cop free">.*?Ada', html, re.S)
    assert re.search(r'class="cop offline">.*?Ben', html, re.S)


def test_a_roster_too_long_to_name_is_shown_by_team() -> None:
    roster = [make_cop(f"cop-{number}", team=f"team {number % 3}") for number in range(151)]
    html = page(make_door(packs=FixedPacks(make_pack(roster))), "/console/floor")
    assert 'team 2 <span class="quiet">0 free of 50' in html
    assert "Cop-7" not in html


def test_the_account_of_a_conversation_says_why_this_type_and_why_this_cop(door: Door) -> None:
    offer = door.offered("ada")
    html = page(door, f"/console/conversation?conversation={offer['conversation_id']}")
    assert "Decided automatically by model" in html
    assert "<strong>Ada</strong>" in html
    assert "Offered to Ada" in html


def test_what_does_not_exist_is_said_in_place(door: Door) -> None:
    for path in ("/console/reviews/nothing", "/console/conversation?conversation=nothing"):
        reply = door.client.get(path)
        assert reply.status_code == 404
        assert "nothing" in reply.text


def test_a_claim_ends_and_the_message_is_free_again(guarded: Door) -> None:
    id = first_review(guarded)
    sign_in(guarded, "mona").post(f"/console/reviews/{id}/claim")
    guarded.clock.advance(301)
    assert "mona" not in sign_in(guarded, "mick").get("/console/queue").text


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"unpriced_because": "only 12 arrivals of <50>"}, "without prices: only 12 arrivals of &lt;50&gt;"),
        ({"prices_at": NOON}, "steered by prices of 12:00:00"),
    ],
)
def test_the_floor_says_of_when_its_prices_are_or_why_it_goes_without(
    door: Door, facts: dict[str, object], told: str
) -> None:
    committed(door.context.store, lambda uow: uow.ticks.add(make_tick(**facts)))
    assert told in page(door, "/console/floor")


def test_a_mistyped_address_shows_a_page_to_a_browser_and_a_problem_to_a_program(door: Door) -> None:
    browser, program = (
        door.client.get("/console/nothing-here", headers={"Accept": accepted}) for accepted in ("text/html", "*/*")
    )
    assert browser.status_code == program.status_code == 404
    assert "There is no page at this address." in browser.text
    assert '<a class="link" href="/">To the console</a>' in browser.text
    assert program.json()["title"] == "Not Found"


def test_what_is_not_there_is_a_page_by_itself_and_a_part_within_one(door: Door) -> None:
    whole = door.client.get("/console/reviews/none")
    part = door.client.get("/console/reviews/none", headers={"Pointsman-Language": "en"})
    assert whole.status_code == part.status_code == 404
    assert whole.text.startswith("<!doctype html>")
    assert part.text.startswith('<div class="empty"')
