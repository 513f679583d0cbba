"""The console speaks the language of whoever asks: every page, and every part of one."""

import html
import re
from collections.abc import Iterator

import pytest
from console_visits import first_review, page
from rest_door import Door, make_door

from api.console.language_pages import CHOICE
from api.console.languages.catalogue import FOLDER, languages, read
from api.console.rendering import PAGE_LANGUAGE
from api.console.speech import spoken
from api.console.what_if_form import question_of
from api.console.what_if_words import sentences
from api.roles import CONSOLE
from routing.domain.errors import Invalid
from routing.domain.what_if_answer import Better, Changed, Estimate, Unit

GERMAN = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.8"}
ELSEWHERE = frozenset({"/console/stream", "/console/desk/stream", "/console/models/report"})
"""Streams, which hold no words, and the report that training wrote."""
PAGES = sorted(path for method, path in CONSOLE if method == "GET" and "{" not in path and path not in ELSEWHERE)
HOSTILE = "card_late <b>100% {count} %(name)s</b> unsure"


@pytest.fixture(scope="module")
def busy() -> Door:
    """A floor with a message to decide, an offer, work at hand and a hostile customer."""
    door = make_door()
    first_review(door)
    door.begin(HOSTILE)
    door.understand()
    door.offered("ada")
    return door


@pytest.fixture(scope="module")
def english() -> list[str]:
    """The English sentences that German says otherwise: of three words or more, without a placeholder in them."""
    every = [entry.id for entry in read(FOLDER / "de.po") if entry.id and entry.id not in entry.forms]
    plain = [re.sub(r"<[^>]+>", "", sentence).strip() for sentence in every]
    return [sentence for sentence in plain if len(sentence.split()) >= 3 and not re.search(r"[%{]", sentence)]


def words_of(text: str) -> str:
    """What a reader of a page reads: its text, and the words of its attributes."""
    attributes = re.findall(r'(?:title|aria-label|placeholder|label)="([^"]*)"', text)
    return html.unescape(" ".join([re.sub(r"<[^>]+>", " ", text), *attributes]))


@pytest.mark.parametrize("path", PAGES)
def test_a_page_in_german_holds_no_english_sentence(busy: Door, english: list[str], path: str) -> None:
    conversation = busy.client.get("/v1/conversations").json()["items"][0]["id"]
    asked = {"conversation": conversation, "cop_id": "ada", "model": "nowhere"}
    reply = busy.client.get(path, params=asked, headers=GERMAN)
    assert reply.status_code in (200, 303, 404, 409, 503), reply.text
    assert [
        sentence for sentence in english if re.search(rf"\b{re.escape(sentence)}(?!\w)", words_of(reply.text))
    ] == []
    assert "<html" not in reply.text or '<html lang="de"' in reply.text


def test_a_message_to_decide_is_shown_in_german_and_its_words_stay_the_customer_s(busy: Door) -> None:
    items = re.findall(r'data-open="([^"]+)"', busy.client.get("/console/queue", headers=GERMAN).text)
    shown = [busy.client.get(f"/console/reviews/{id}", headers=GERMAN).text for id in items]
    assert all("Worum geht es?" in each and "What is this about?" not in each for each in shown)
    assert any(html.escape(HOSTILE) in each for each in shown)
    assert not any("<b>100%" in each for each in shown)


def test_english_is_what_nobody_asked_otherwise(door: Door) -> None:
    shown = page(door)
    assert '<html lang="en">' in shown
    assert "Disambiguation queue" in shown


def test_a_chosen_language_is_kept_and_leads_back_to_where_it_was_chosen(door: Door) -> None:
    came = {"Referer": "http://127.0.0.1/console/quality?days=7"}
    reply = door.client.post("/language", data={"language": "de"}, headers=came, follow_redirects=False)
    assert (reply.status_code, reply.headers["location"]) == (303, "/console/quality?days=7")
    assert "samesite=lax" in reply.headers["set-cookie"].lower()
    assert "Wie Menschen entscheiden" in page(door, "/console/quality")
    door.client.cookies.delete(CHOICE)


def test_a_part_of_a_page_comes_in_the_language_of_that_page(door: Door) -> None:
    door.client.cookies.set(CHOICE, "de")
    in_english = door.client.get("/console/queue", headers={PAGE_LANGUAGE: "en"}).text
    assert "Nothing waits for a decision." in in_english
    assert "Nichts wartet auf eine Entscheidung." in door.client.get("/console/queue").text
    assert "Wartend" in door.client.get("/console/floor").text
    assert "Waiting by family" in door.client.get("/console/floor", headers={PAGE_LANGUAGE: "en"}).text


@pytest.mark.parametrize("came", ["http://127.0.0.1//evil.example", "https://evil.example/x", "x", "/console/bulk", ""])
def test_choosing_a_language_leads_nowhere_else(door: Door, came: str) -> None:
    reply = door.client.post("/language", data={"language": "xx"}, headers={"Referer": came}, follow_redirects=False)
    assert reply.headers["location"] == "/"
    assert "set-cookie" not in reply.headers


def test_another_site_chooses_no_language(door: Door) -> None:
    reply = door.client.post("/language", data={"language": "de"}, headers={"Origin": "https://evil.example"})
    assert reply.status_code == 403


def test_the_rest_interface_stays_as_it_is(door: Door) -> None:
    door.client.cookies.set(CHOICE, "de")
    reply = door.client.get("/v1/conversations/nowhere", headers=GERMAN)
    assert "no conversation has the id" in reply.text


def test_what_a_simulated_change_does_is_said_in_german() -> None:
    with spoken(languages()["de"]):
        told = list(_told())
        with pytest.raises(Invalid, match="Was sich ändert"):
            question_of({}, "calm")
    assert told == [
        "Abbruchquote sinkt von 12,50\u00a0% auf 10,00\u00a0%, besser "
        "(-2,50 Prozentpunkte, 95-%-Intervall -3,00 bis -2,00)."
    ]


def _told() -> Iterator[str]:
    before, after, gap = Estimate(0.125, 0.12, 0.13), Estimate(0.1, 0.09, 0.11), Estimate(-0.025, -0.03, -0.02)
    return sentences([Changed("abandonment", "Abandonment", Unit.SHARE, Better.LOWER, before, after, gap)], 5)
