"""The what-if page: who gets in, every state, wrong input named in place, hostile text as text."""

from pathlib import Path

import pytest
from builders import NOON
from e2e.xss_payloads import PAYLOADS
from fastapi.testclient import TestClient
from rest_door import LOCAL, Door, make_door, write_tokens
from simulators import QUESTION, ScriptedSimulator, make_answer

from routing.adapters.system import SortableIds
from routing.adapters.what_if_files import WhatIfFiles
from routing.domain.what_if import OtherPolicy, Question, RunState, WhatIfId, WhatIfRun
from routing.domain.what_if_answer import Estimate
from routing.services.what_if import WhatIfDesk

PAGE = "/console/what-if"
ASKED = {"floor": "small", "policy": "pointsman", "days": "2", "absence_cops": "3", "absence_start": "12:00"}


@pytest.fixture
def files(tmp_path: Path) -> WhatIfFiles:
    return WhatIfFiles(tmp_path / "what-if")


@pytest.fixture
def simulator() -> ScriptedSimulator:
    return ScriptedSimulator()


@pytest.fixture
def door(files: WhatIfFiles, simulator: ScriptedSimulator) -> Door:
    return with_desk(make_door(), files, simulator)


def with_desk(door: Door, files: WhatIfFiles, simulator: ScriptedSimulator) -> Door:
    clock = door.context.clock
    door.app.state.what_if = WhatIfDesk(simulator, files, clock, SortableIds(clock), "me", 600)
    return door


def kept(files: WhatIfFiles, **changes: object) -> WhatIfRun:
    run = WhatIfRun(WhatIfId("w1"), QUESTION, "mona", NOON, "me")
    for name, value in changes.items():
        object.__setattr__(run, name, value)
    files.save(run)
    return run


def test_the_console_leads_to_it(door: Door) -> None:
    assert '<a class="ghost" href="/console/what-if">What if</a>' in door.client.get("/").text


def test_before_the_first_question_the_page_says_what_to_do(door: Door) -> None:
    page = door.client.get(PAGE)
    assert page.status_code == 200
    assert "Nothing was asked yet." in page.text
    assert "40 COps, 09:00 to 17:00, en, es." in page.text
    assert "hx-trigger" not in page.text


def test_a_question_runs_and_can_be_cancelled(door: Door, simulator: ScriptedSimulator) -> None:
    asked = door.client.post(PAGE, data=ASKED, follow_redirects=False)
    assert asked.status_code == 303
    page = door.client.get(asked.headers["location"]).text
    assert "3 COps fewer, from 12:00 for 60 minutes" in page
    assert 'hx-trigger="every 1s"' in page
    assert "Cancel" in page
    id = asked.headers["location"].partition("run=")[2]
    assert door.client.post(f"{PAGE}/cancel", data={"run": id}).status_code == 200
    assert simulator.begun[-1].stopped


def test_a_second_question_is_refused_with_the_form_as_it_was(door: Door) -> None:
    door.client.post(PAGE, data=ASKED)
    page = door.client.post(PAGE, data=ASKED | {"absence_cops": "17"})
    assert page.status_code == 409
    assert "one what-if runs at a time" in page.text
    assert 'name="absence_cops" min="1" step="1" inputmode="numeric" placeholder="none" value="17"' in page.text
    door.app.state.what_if.stop()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"absence_cops": ""}, "What changes"),
        ({"absence_cops": "many"}, "Fewer people: COps is &#39;many&#39;; allowed: a whole number"),
        ({"absence_start": "18:00"}, "Fewer people: start is &#39;18:00&#39;; allowed: a time from 09:00"),
        ({"absence_minutes": "long"}, "Fewer people: for is &#39;long&#39;"),
        ({"promotion_factor": "x"}, "A promotion: times as many customers is &#39;x&#39;"),
        ({"days": "0"}, "days is 0; allowed: a whole number from 1 to 20"),
        ({"days": "9" * 5000}, "Days is"),
        ({"floor": "../secrets"}, "floor is &#39;../secrets&#39;; allowed: one of small"),
    ],
)
def test_wrong_input_is_named_with_its_value_and_what_is_allowed(door: Door, wrong: dict[str, str], said: str) -> None:
    page = door.client.post(PAGE, data=ASKED | wrong)
    assert page.status_code == 422
    assert said in page.text


def test_an_answer_is_told_in_a_sentence_a_table_and_a_drawing(door: Door, files: WhatIfFiles) -> None:
    kept(files, state=RunState.FINISHED, answer=make_answer())
    page = door.client.get(PAGE).text
    assert "Abandonment rises from 2.00 % to 5.00 %, worse (+3.00 points, 95 % interval +2.00 to +4.00)." in page
    assert '<polyline class="course s1"' in page
    assert "10 COps fewer who know family 1 who speak es, from 12:00 for 60 minutes" in page
    assert "hx-trigger" not in page


def test_what_days_do_not_show_is_not_claimed(door: Door, files: WhatIfFiles) -> None:
    kept(files, state=RunState.FINISHED, answer=make_answer(Estimate(0.03, -0.01, 0.07)))
    page = door.client.get(PAGE).text
    assert "These days show no clear difference in abandonment." in page
    assert "not clear" in page


def test_one_day_is_no_proof(door: Door, files: WhatIfFiles) -> None:
    kept(files, state=RunState.FINISHED, answer=make_answer(Estimate(0.03, None, None), (10,)))
    assert "One day cannot tell a change from chance" in door.client.get(PAGE).text


@pytest.mark.parametrize("state", [RunState.FAILED, RunState.CANCELLED, RunState.INTERRUPTED])
def test_an_end_without_an_answer_says_why(door: Door, files: WhatIfFiles, state: RunState) -> None:
    kept(files, state=state, why="because of the weather")
    page = door.client.get(PAGE).text
    assert "because of the weather" in page
    assert f"run-{state}" in page


def test_an_earlier_question_fills_the_form_again(door: Door, files: WhatIfFiles) -> None:
    kept(files, state=RunState.FINISHED, answer=make_answer())
    page = door.client.get(PAGE, params={"run": "w1"}).text
    assert 'placeholder="none" value="10"' in page
    assert "<option selected>es</option>" in page


@pytest.mark.parametrize("payload", PAYLOADS[:12])
def test_names_stay_text(files: WhatIfFiles, payload: str) -> None:
    door = with_desk(make_door(), files, ScriptedSimulator("pointsman", payload))
    question = Question("small", payload, 2, (OtherPolicy(payload),))
    kept(files, question=question, asked_by=payload, state=RunState.FAILED, why=payload)
    tags = door.client.get(PAGE).text
    kept(files, question=Question("small", "x", 2, (OtherPolicy("x"),)), state=RunState.FAILED, why="x")
    benign = with_desk(make_door(), files, ScriptedSimulator("pointsman", "x")).client.get(PAGE).text
    assert tags.count("<") == benign.count("<")
    assert door.client.post(PAGE, data=ASKED | {"absence_cops": payload}).text.count("<script") == 1


def test_only_managers_and_admins_ask(files: WhatIfFiles, simulator: ScriptedSimulator, tmp_path: Path) -> None:
    door = with_desk(make_door(write_tokens(tmp_path / "tokens.toml")), files, simulator)
    assert door.client.get(PAGE).status_code == 401
    assert door.client.post(PAGE, data=ASKED).status_code == 401
    door.client.post("/sign-in", data={"token": "token-of-ada"})
    assert door.client.get(PAGE).status_code == 403
    assert door.client.post(PAGE, data=ASKED).status_code == 403
    assert simulator.begun == []
    door.client.post("/sign-in", data={"token": "token-of-mona"})
    assert door.client.post(PAGE, data=ASKED).status_code == 200
    assert files.newest()[0].asked_by == "mona"
    door.app.state.what_if.stop()


def test_no_other_site_asks_or_cancels(door: Door, simulator: ScriptedSimulator) -> None:
    for path in (PAGE, f"{PAGE}/cancel"):
        reply = door.client.post(path, data=ASKED, headers={"Origin": "https://evil.example"})
        assert reply.status_code == 403
    assert simulator.begun == []


def test_a_service_without_a_simulator_says_so() -> None:
    client = TestClient(make_door().app, base_url=LOCAL)
    assert client.get(PAGE).status_code == 404
    assert "without a simulator" in client.get(PAGE).text
