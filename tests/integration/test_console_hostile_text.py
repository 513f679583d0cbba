"""Whatever a text says, the console shows it as text: no payload in any field adds a tag or an attribute."""

from html.parser import HTMLParser

import pytest
from e2e.xss_payloads import PAYLOADS
from hostile_floor import door_that_says
from rest_door import make_door

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
    "/console/reviews/r-1/alike",
    "/console/proposals",
    "/console/quality",
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
