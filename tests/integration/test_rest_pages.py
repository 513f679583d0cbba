"""Cursor pages and filters."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_door import Door, bearer, make_door, write_tokens

from api.pages import read_cursor, write_cursor
from routing.domain.errors import Invalid


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return make_door(write_tokens(tmp_path / "tokens.toml"))


def walk(door: Door, path: str, **params: object) -> list[list[str]]:
    pages, cursor = [], None
    while True:
        asked = {**params, **({"cursor": cursor} if cursor else {})}
        page = door.client.get(path, params=asked, headers=bearer("mona")).json()
        pages.append([item["id"] for item in page["items"]])
        cursor = page["next_cursor"]
        if cursor is None:
            return pages


def test_conversations_come_newest_first_in_pages_without_gaps(door: Door):
    made = [door.begin() for _ in range(5)]
    pages = walk(door, "/v1/conversations", limit=2)
    assert [len(page) for page in pages] == [2, 2, 1]
    assert [id for page in pages for id in page] == made[::-1]


def test_a_full_last_page_has_no_next(door: Door):
    for _ in range(4):
        door.begin()
    assert [len(page) for page in walk(door, "/v1/conversations", limit=2)] == [2, 2]


def test_reviews_come_by_the_worth_of_a_verdict_and_each_once(door: Door):
    made = [door.in_review()["id"] for _ in range(3)]
    pages = walk(door, "/v1/reviews", limit=2)
    assert [len(page) for page in pages] == [2, 1]
    assert sorted(id for page in pages for id in page) == sorted(made)
    worth = [item["value"] for item in door.client.get("/v1/reviews", headers=bearer("mona")).json()["items"]]
    assert worth == sorted(worth, reverse=True)


def test_cops_come_by_id(door: Door):
    assert walk(door, "/v1/cops", limit=2) == [["ada", "ben"], ["cleo"]]


def test_filters_narrow_the_list(door: Door):
    waiting = door.begin(market="ie", customer_id="c7")
    door.understand()
    door.begin(market="uk")
    for params in ({"market": "ie"}, {"customer_id": "c7"}, {"state": "waiting"}, {"issue_type": "card_lost"}):
        assert walk(door, "/v1/conversations", **params) == [[waiting]], params
    assert len(walk(door, "/v1/conversations", state=["waiting", "received"])[0]) == 2


@pytest.mark.parametrize("cursor", ["%%%", "bm9wZQ", "WyJjb3BzIiwgImFkYSJd", "W1tbW1s", "é"])
@pytest.mark.parametrize("path", ["/v1/conversations", "/v1/reviews"])
def test_a_cursor_of_another_make_is_refused(door: Door, path: str, cursor: str):
    reply = door.client.get(path, params={"cursor": cursor}, headers=bearer("mona"))
    assert (reply.status_code, reply.json()["errors"][0]["place"]) == (422, "cursor")


@pytest.mark.parametrize("limit", [0, 201, "many"])
def test_a_page_size_out_of_range_is_refused(door: Door, limit: object):
    reply = door.client.get("/v1/conversations", params={"limit": limit}, headers=bearer("mona"))
    assert reply.json()["errors"] == [
        {"place": "query.limit", "value": str(limit), "allowed": reply.json()["errors"][0]["allowed"]}
    ]


def test_a_filter_that_does_not_exist_is_refused(door: Door):
    reply = door.client.get("/v1/conversations", params={"colour": "red"}, headers=bearer("mona"))
    assert (reply.status_code, reply.json()["errors"][0]["place"]) == (422, "query.colour")


@given(st.text(max_size=128).filter(str.isprintable))
def test_every_mark_survives_its_cursor(mark: str):
    assert read_cursor("things", write_cursor("things", mark)) == mark


@given(st.text(max_size=64))
def test_any_other_text_is_refused_and_breaks_nothing(text: str):
    with pytest.raises(Invalid):
        read_cursor("things", text)
