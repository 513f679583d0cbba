"""Reviews in the order of their value, and blind checks, over REST: what is listed, hidden, shown and counted."""

from pathlib import Path
from typing import Any

import pytest
from rest_door import Door, bearer, make_door, write_tokens

from api.pages import write_cursor
from routing.domain.policy import Policy

MONA = bearer("mona")


@pytest.fixture
def door(tmp_path: Path) -> Door:
    """Every automatic decision is drawn for a blind check."""
    return make_door(write_tokens(tmp_path / "tokens.toml"), policy=Policy(blind_share=1.0))


def listed(door: Door, **params: Any) -> dict[str, Any]:
    reply = door.client.get("/v1/reviews", params=params, headers=MONA)
    assert reply.status_code == 200, reply.text
    return dict(reply.json())


def drawn(door: Door, text: str = "it is gone card_lost") -> dict[str, Any]:
    """The blind item of a conversation that was decided automatically."""
    door.begin(text)
    door.understand()
    return dict(listed(door, state="lapsed")["items"][-1])


def decide(door: Door, item: dict[str, Any], issue_type: str | None) -> dict[str, Any]:
    reply = door.client.post(f"/v1/reviews/{item['id']}/verdict", json={"issue_type": issue_type}, headers=MONA)
    assert reply.status_code == 200, reply.text
    return dict(reply.json())


def test_a_blind_check_shows_the_words_and_not_what_was_decided(door: Door) -> None:
    item = drawn(door)
    assert (item["blind"], item["triage"], item["text"]) == (True, None, "it is gone card_lost")
    assert "card_lost" not in {str(value) for key, value in item.items() if key != "text"}


def test_the_guess_is_shown_with_the_verdict_and_hidden_again_by_an_undo(door: Door) -> None:
    item = drawn(door)
    assert decide(door, item, "card_late")["triage"]["issue_type"] == "card_lost"
    undone = door.client.post(f"/v1/reviews/{item['id']}/undo", headers=MONA).json()
    assert (undone["state"], undone["triage"]) == ("lapsed", None)


def test_a_claim_does_not_show_the_guess_either(door: Door) -> None:
    item = drawn(door)
    claimed = door.client.post(f"/v1/reviews/{item['id']}/claim", headers=MONA).json()
    assert (claimed["holder"], claimed["triage"]) == ("mona", None)


def test_a_blind_check_keeps_nobody_waiting_and_out_of_the_list_of_those_who_wait(door: Door) -> None:
    item = drawn(door)
    detail = door.client.get(f"/v1/conversations/{item['conversation_id']}", headers=door.robot).json()
    assert detail["state"] == "waiting"
    assert listed(door)["items"] == []


def test_the_floor_and_the_metrics_tell_the_true_error_by_model(door: Door) -> None:
    decide(door, drawn(door), "card_lost")
    decide(door, drawn(door, "another card_lost"), None)
    [check] = door.client.get("/v1/floor", headers=MONA).json()["checks"]
    assert (check["model_version"], check["decided"], check["wrong"], check["error"]) == ("scripted-1", 2, 1, 0.5)
    assert check["low"] < 0.5 < check["high"]
    text = door.client.get("/metrics", headers=bearer("root")).text
    assert 'pointsman_automatic_error{bound="estimate",model="scripted-1"} 0.5' in text
    assert 'pointsman_blind_checks_wrong{model="scripted-1"} 1.0' in text


def test_an_open_item_carries_its_value_and_what_it_is_made_of(door: Door) -> None:
    item = door.in_review("unsure card_late")
    assert item["value"] == pytest.approx(sum(part for _, part in item["value_reasons"]))
    assert item["blind"] is False


def test_pages_go_down_in_value_without_gaps_or_repetition(door: Door) -> None:
    for text in ("unsure card_late", "unsure limit_raise", "unsure card_lost here", "unsure card_late there"):
        door.in_review(text)
    found, cursor = [], None
    while True:
        page = listed(door, limit=1, **({"cursor": cursor} if cursor else {}))
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    values = [item["value"] for item in found]
    assert values == sorted(values, reverse=True) and len(set(values)) > 1
    assert len({item["id"] for item in found}) == len(found) == 4


@pytest.mark.parametrize("mark", ["x-00000003", "0.5", "nan x-1", "inf x-1", "0.5 "])
def test_a_cursor_of_another_version_or_of_nowhere_is_refused(door: Door, mark: str) -> None:
    reply = door.client.get("/v1/reviews", params={"cursor": write_cursor("reviews", mark)}, headers=MONA)
    assert reply.status_code == 422, reply.text
