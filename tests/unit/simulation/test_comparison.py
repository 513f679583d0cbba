"""Comparing policies and changed floors: the same customers, intervals over seeds, every wrong input named."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from routing.domain.errors import Invalid
from simulation.comparison import (
    WhatIf,
    compare,
    contenders_of,
    find_scenario,
    parse_changes,
    perform,
    read_policy_choice,
    read_what_if,
    shipped,
)
from simulation.comparison.estimates import estimate, paired
from simulation.comparison.figures import LEAST
from simulation.comparison.table import table
from simulation.floor import FloorScenario
from simulation.floor.people import draw_people
from simulation.floor.roster import duties
from simulation.floor.run import peak_rate
from simulation.floor.scenario import Arrivals, Issues, Staff, Training
from simulation.report import render, write_page

FLOOR = FloorScenario(
    name="tiny",
    description="<script>alert('floor')</script>",
    hours=0.5,
    warm_up_minutes=5,
    arrivals=Arrivals(load=1.2, languages=(("en", 0.7), ("es", 0.3))),
    issues=Issues(families=8, types_each=2),
    staff=Staff(cops=24),
)
FEWER = "absences={start='09:05', minutes=20, cops=3, language='es'}"


def quiet(_done: int, _total: int, _stage: str) -> None:
    """Nobody is told."""


def choices(*names: str) -> list:
    return [read_policy_choice(name) for name in names]


def compared(*names: str, changes: tuple[str, ...] = (), seeds: tuple[int, ...] = (0, 1, 2)):
    what_ifs = [parse_changes(changes)] if changes else []
    found = contenders_of(FLOOR, choices(*names), what_ifs)
    return compare(found, seeds, perform(found, seeds, 1, quiet))


def test_a_policy_compared_with_itself_differs_by_nothing():
    same = [*choices("gcmu"), replace(read_policy_choice("gcmu"), label="again")]
    found = contenders_of(FLOOR, same, [])
    second = compare(found, (3, 4), perform(found, (3, 4), 1, quiet)).lines[1]
    assert all((each.mean, each.low, each.high) == (0.0, 0.0, 0.0) for each in second.differences.values())


def test_each_policy_is_compared_with_the_first_and_each_change_with_the_same_policy():
    found = contenders_of(FLOOR, choices("longest_idle", "gcmu"), [parse_changes([FEWER])])
    assert [each.label for each in found] == ["longest_idle", "gcmu", "longest_idle, changed", "gcmu, changed"]
    assert [each.against for each in found] == [None, 0, 0, 1]


def test_speakers_who_are_missing_make_their_customers_wait():
    before, after = compared("longest_idle", changes=(FEWER,), seeds=(0, 1, 2, 3)).lines
    waits = [line.by_language["es"]["mean_wait_seconds"].mean for line in (before, after)]
    assert waits[1] > waits[0]


def test_fewer_cops_meet_as_many_customers():
    base, fewer = contenders_of(FLOOR, choices("longest_idle"), [parse_changes(["staff.cops=18"])])
    assert peak_rate(fewer.world(5), 5) == pytest.approx(peak_rate(base.world(5), 5))


def test_a_busier_floor_has_so_many_more_customers():
    base, busier = contenders_of(FLOOR, choices("longest_idle"), [parse_changes(["arrivals.load=2.4"])])
    assert peak_rate(busier.world(5), 5) == pytest.approx(2 * peak_rate(base.world(5), 5))


def test_what_somebody_learns_changes_nobodys_pace():
    learned = replace(FLOOR, training=(Training(family=2, cops=3),))
    before, after = draw_people(FLOOR, 1), draw_people(learned, 1)
    assert (before.expected == after.expected).all()
    assert ((after.proficiency > 0) & ~(before.proficiency > 0)).sum() == 3


def test_those_missing_of_a_skill_have_it():
    missing = parse_changes(["absences={start='09:05', minutes=20, cops=2, family=1}"]).scenario(FLOOR)
    people = draw_people(missing, 1)
    gone = [duty.cop for duty in duties(missing, people, 1) if duty.end == 300.0]
    assert len(gone) == 2
    assert (people.proficiency[gone, 1] > 0).all()


def test_changes_add_tables_merge_shares_and_replace_values():
    found = parse_changes([FEWER, "absences={start='09:10', minutes=5, cops=1}", "arrivals.languages.es=0.9"])
    changed = found.scenario(FLOOR)
    assert [each.cops for each in changed.absences] == [3, 1]
    assert dict(changed.arrivals.languages) == pytest.approx({"en": 0.4375, "es": 0.5625})
    assert parse_changes(["absences=[]"]).scenario(changed).absences == ()


def test_a_change_is_read_from_a_file_and_reaches_the_policy(tmp_path: Path):
    path = tmp_path / "dearer.toml"
    path.write_text("[matching]\nprice_weight = 2\n[[surges]]\nstart = '09:10'\nminutes = 5\nfactor = 3\n")
    changed = contenders_of(FLOOR, choices("pointsman"), [read_what_if(path)])[1]
    assert changed.label == "pointsman, dearer"
    assert changed.choice.tuning.matching == {"price_weight": 2}
    assert changed.scenario.surges[0].factor == 3.0


def test_a_policy_file_is_the_production_policy_with_its_values(tmp_path: Path):
    path = tmp_path / "bold.toml"
    path.write_text("[matching]\nprice_weight = 2\n[pricing]\nrefresh_seconds = 120\n")
    found = read_policy_choice(str(path))
    assert (found.label, found.policy) == ("bold", "pointsman")
    assert (found.tuning.matching, found.tuning.pricing) == ({"price_weight": 2.0}, {"refresh_seconds": 120.0})


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("staff.cops=-3", "staff.cops"),
        ("staff.colour=red", "staff.colour"),
        ("matching.price_weight=-1", "matching.price_weight"),
        ("matching=3", "matching"),
        ("weekday=someday", "weekday"),
        ("name=other", "name"),
        ("absences={start='09:00', minutes=5, cops=1, family=99}", "absences[0].family"),
        ("absences=[{]", "--change"),
        ("staff.cops", "--change"),
        ("staff..cops=3", "--change"),
        ("staff.cops=3\nhours = 2", "--change"),
    ],
)
def test_a_wrong_change_is_refused_by_place(text: str, place: str):
    with pytest.raises(Invalid) as refused:
        contenders_of(FLOOR, choices("pointsman"), [parse_changes([text])])
    assert refused.value.place == place


def test_an_unknown_policy_or_floor_is_refused_with_what_there_is():
    with pytest.raises(Invalid, match="longest_idle"):
        read_policy_choice("nobody")
    with pytest.raises(Invalid, match="peak"):
        find_scenario("nowhere")


def test_two_changes_of_one_name_are_refused():
    with pytest.raises(Invalid, match="names that differ"):
        contenders_of(FLOOR, choices("gcmu"), [WhatIf("a"), WhatIf("a")])


def test_the_shipped_floors_are_found_by_name():
    assert "demo" not in shipped()
    assert find_scenario("peak").name == "peak"


def test_an_interval_is_students_and_a_single_day_has_none():
    found = estimate([1.0, 2.0, 3.0])
    assert (found.low, found.high) == (pytest.approx(2 - 2.48414, abs=1e-4), pytest.approx(2 + 2.48414, abs=1e-4))
    assert estimate([1.0]).low is None
    assert paired([1.0, 2.0], [0.0, 1.0]).high == 1.0


def test_two_processes_find_what_one_does():
    found = contenders_of(FLOOR, choices("longest_idle", "gcmu"), [])
    heard: dict[int, list[float]] = {1: [], 2: []}
    one, two = (perform(found, (0, 1), processes, quiet, heard[processes].append) for processes in (1, 2))
    assert one == two
    for shares in heard.values():
        assert shares == sorted(shares)
        assert shares[-1] > 0.9


def test_what_nobody_could_better_is_told_once_a_floor_and_not_where_no_bound_is_known():
    idle, gcmu, busier, _ = compared("longest_idle", "gcmu", changes=("arrivals.load=6",), seeds=(0, 1)).lines
    assert idle.least_abandonment == gcmu.least_abandonment
    assert gcmu.least_abandonment.mean < busier.least_abandonment.mean <= busier.figures["abandonment"].mean
    found = compared("gcmu", changes=("triage.accuracy=0.8",), seeds=(0, 1))
    assert [line.least_abandonment is None for line in found.lines] == [False, True]
    [row] = [each for each in table(found) if each.startswith(LEAST)]
    assert row.split()[-1] == "-"


def test_the_table_and_the_json_say_the_figures():
    found = compared("longest_idle", "gcmu", seeds=(0, 1))
    text = "\n".join(table(found))
    assert "Fraud and vulnerable in time" in text
    assert "against" in text
    assert json.loads(json.dumps(found.as_dict()))["lines"][1]["against"] == "longest_idle"


def test_the_page_stands_alone_and_escapes_every_text(tmp_path: Path):
    found = compared("longest_idle", "gcmu", changes=(FEWER,), seeds=(0, 1))
    write_page(found, tmp_path / "deep" / "page.html")
    page = (tmp_path / "deep" / "page.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "http://" not in page and "https://" not in page
    assert page.count('<svg class="chart"') == 10
    assert "prefers-color-scheme: dark" in page


def test_a_page_of_one_policy_on_one_day_can_be_drawn():
    assert "one seed, no interval" in render(compared("longest_idle", seeds=(0,)))


def test_an_interval_ends_where_a_figure_can_go_no_further():
    found = estimate([0.01, 0.2], (0.0, 1.0))
    assert (found.low, found.high) == (0.0, 1.0)


def test_a_change_while_the_floor_is_closed_is_refused():
    late = WhatIf("late", {"surges": [{"start": "20:00", "minutes": 30, "factor": 2}]})
    with pytest.raises(Invalid, match=r"surges\[0\].start is '20:00'; allowed: a time from 09:00 to before 09:30"):
        late.scenario(FLOOR)


def test_the_page_says_what_changes_in_words():
    page = render(compared("longest_idle", changes=("arrivals.load=3",)))
    assert "Occupancy" in page
    assert "Answered in time falls from" in page
    assert ", worse" in page
