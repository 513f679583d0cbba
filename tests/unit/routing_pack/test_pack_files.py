"""Reading a pack's files: what is no TOML, what is missing, and single files."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from routing.adapters.pack import PackErrors, check_path, load_pack
from routing.domain.cop import CopId
from routing.domain.limits import Conflict, HardCases, Quota
from routing.domain.overflow import OutsideHours, Overflow
from routing.domain.practice import Practice
from routing.domain.retention import Retention, Terms
from routing.domain.software import Software

Write = Callable[..., Path]


def test_a_syntax_error_names_line_and_column_and_shows_the_line(folder: Path) -> None:
    (folder / "floor.toml").write_text('[[market]]\nkey = "gb"\nname = Great Britain\n')
    [error] = check_path(folder).errors
    assert (error.file, error.path, error.value) == ("floor.toml", "line 3, column 8", "name = Great Britain")
    assert error.allowed == "TOML: Invalid value"


def test_a_file_that_ends_too_early_is_told_by_its_last_line(folder: Path) -> None:
    (folder / "floor.toml").write_text('[[market]]\nkey = [ "gb",')
    [error] = check_path(folder).errors
    assert (error.path, error.value) == ("line 2, column 14", 'key = [ "gb",')


def test_a_key_written_twice_is_an_error(folder: Path) -> None:
    (folder / "outside.toml").write_text('[[outside]]\ntopic = "a"\ntopic = "b"\n')
    [error] = check_path(folder).errors
    assert "Cannot overwrite a value" in error.allowed


def test_errors_in_one_file_do_not_hide_those_in_another(folder: Path) -> None:
    (folder / "floor.toml").write_text("= 1\n")
    cards = folder / "taxonomy/cards.toml"
    cards.write_text(cards.read_text().replace("300", "-300", 1))
    assert [error.file for error in check_path(folder).errors] == ["floor.toml", "taxonomy/cards.toml"]


@pytest.mark.parametrize("content", [b"\xff\xfe[\x00", b'name = "caf\xe9"\n'])
def test_text_in_another_encoding_is_refused_by_its_first_byte(folder: Path, content: bytes) -> None:
    (folder / "outside.toml").write_bytes(content)
    [error] = check_path(folder).errors
    assert error.file == "outside.toml"
    assert error.path.startswith("byte ")
    assert error.allowed == "text in UTF-8"


def test_a_byte_order_mark_does_no_harm(folder: Path) -> None:
    floor = folder / "floor.toml"
    floor.write_bytes(b"\xef\xbb\xbf" + floor.read_bytes().replace(b"\n", b"\r\n"))
    assert check_path(folder).errors == []


@pytest.mark.parametrize("opening", ["[", "{ a = "])
def test_endless_nesting_is_an_error_and_no_crash(folder: Path, opening: str) -> None:
    (folder / "outside.toml").write_text("outside = " + opening * 100_000)
    [error] = check_path(folder).errors
    assert error.file == "outside.toml"


def test_a_deep_table_is_an_error_and_no_crash(folder: Path) -> None:
    (folder / "outside.toml").write_text("outside." + ".".join("a" * 3000) + " = 1")
    [error] = check_path(folder).errors
    assert error.path == "outside"


def test_a_pack_without_a_floor_is_broken(folder: Path) -> None:
    (folder / "floor.toml").unlink()
    [error] = check_path(folder).errors
    assert (error.file, error.value) == ("floor.toml", "(No such file or directory)")


def test_a_pack_without_issue_types_is_broken(folder: Path) -> None:
    for path in (folder / "taxonomy").iterdir():
        path.unlink()
    [error] = check_path(folder).errors
    assert (error.file, error.allowed) == ("taxonomy", "at least one file taxonomy/<family>.toml")


def test_an_empty_folder_is_no_pack(tmp_path: Path) -> None:
    assert {error.file for error in check_path(tmp_path).errors} == {"floor.toml", "taxonomy"}


def test_one_issue_type_is_too_few_for_a_pack(files: dict[str, Any], tmp_path: Path, write: Write) -> None:
    del files["taxonomy/cards.toml"]
    assert [error.value for error in check_path(write(tmp_path, files)).errors] == ["1 in the pack"]


def test_one_issue_type_is_enough_for_a_file(folder: Path) -> None:
    assert check_path(folder / "taxonomy/payments.toml").errors == []


@pytest.mark.parametrize(
    ("file", "count"),
    [("floor.toml", "cops"), ("taxonomy/cards.toml", "issue_types"), ("outside.toml", "outside_held_out")],
)
def test_a_single_file_is_recognised_by_what_it_holds(folder: Path, file: str, count: str) -> None:
    renamed = (folder / file).rename(folder / "draft.toml")
    result = check_path(renamed)
    assert result.errors == []
    assert result.counts[count] > 0
    assert [name for name, number in result.counts.items() if number and name in {"cops", "issue_types"}] in (
        [count],
        [],
    )


def test_a_single_file_is_not_blamed_for_what_other_files_hold(
    files: dict[str, Any], tmp_path: Path, write: Write
) -> None:
    files["taxonomy/cards.toml"]["issue_type"][0]["skill"] = "alchemy"
    files["floor.toml"]["cop"][0]["skills"]["juggling"] = 1.0
    folder = write(tmp_path, files)
    assert [check_path(folder / name).errors for name in files] == [[]] * 4


def test_a_single_floor_file_still_knows_its_markets(files: dict[str, Any], tmp_path: Path, write: Write) -> None:
    files["floor.toml"]["cop"][0]["markets"] = ["fr"]
    [error] = check_path(write(tmp_path, files) / "floor.toml").errors
    assert error.path == "cop[id=ann].markets[0]"


def test_a_toml_file_of_another_program_is_not_recognised(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\n')
    [error] = check_path(tmp_path / "pyproject.toml").errors
    assert error.value == "project"
    assert "[[issue_type]]" in error.allowed


def test_toml_files_that_are_not_read_are_warned_of(folder: Path) -> None:
    (folder / "cops.toml").write_text("")
    (folder / "taxonomy/old").mkdir()
    (folder / "taxonomy/old/cards.toml").write_text("")
    assert [w.file for w in check_path(folder).warnings] == ["cops.toml", "taxonomy/old/cards.toml"]


def test_values_are_shown_on_one_printable_line_of_at_most_60_characters(
    files: dict[str, Any], tmp_path: Path, write: Write
) -> None:
    files["floor.toml"]["cop"][0]["team"] = {"\x1b[2J\n": "\x07" * 99}
    files["floor.toml"]["cop"][1]["\x1b]0;owned\x07" * 9] = 1
    errors = check_path(write(tmp_path, files)).errors
    assert len(errors) == 2
    assert all(len(e.value) <= 60 and e.value.isprintable() and e.path.isprintable() for e in errors)


def test_the_loaded_pack_holds_what_the_files_say(folder: Path) -> None:
    pack = load_pack(folder)
    assert sorted(pack.taxonomy.keys) == ["card_late", "card_lost", "transfer_failed"]
    assert pack.taxonomy.get("transfer_failed").family == "payments"
    assert len(pack.training_examples) == 60
    assert pack.training_examples[0] == ("lost card question 0", "card_lost")
    assert pack.held_out_examples[-1] == ("failed transfer unseen 4", "transfer_failed")
    assert (len(pack.outside_calibration), len(pack.outside_held_out)) == (100, 100)
    assert pack.matching_groups == {"islands": ("gb", "ie")}
    assert pack.languages == ("en", "cy")
    assert pack.market("gb").opening.days == frozenset({0, 1})
    assert pack.market("gb").opening.start_minute == 540
    assert {str(c): n for c, n in pack.roster[CopId("ann")].capacity.items()} == {
        "chat": 3,
        "email": 4,
        "social": 0,
        "callback": 0,
    }


def test_a_shift_until_24_00_ends_at_midnight(files: dict[str, Any], tmp_path: Path, write: Write) -> None:
    files["floor.toml"]["cop"][0]["shift"] |= {"end": "24:00", "time_zone": "UTC"}
    shift = load_pack(write(tmp_path, files)).roster[CopId("ann")].shift
    assert shift.ends_at(datetime(2026, 3, 2, 23, 59, tzinfo=UTC)) == datetime(2026, 3, 3, tzinfo=UTC)


def test_the_version_follows_the_content_and_nothing_else(files: dict[str, Any], tmp_path: Path, write: Write) -> None:
    first = load_pack(write(tmp_path / "one", files))
    renamed = write(tmp_path / "two", files)
    (renamed / "taxonomy/cards.toml").rename(renamed / "taxonomy/z.toml")
    floor = renamed / "floor.toml"
    floor.write_text("# a comment\n" + floor.read_text())
    assert load_pack(renamed).version == first.version == first.taxonomy.version
    files["floor.toml"]["cop"][0]["skills"]["cards"] = 0.91
    assert load_pack(write(tmp_path / "three", files)).version != first.version


def test_loading_what_is_no_folder_raises_pack_errors(tmp_path: Path) -> None:
    with pytest.raises(PackErrors):
        load_pack(tmp_path / "absent")


def test_the_rules_that_widen_the_search_are_read(files: Any, tmp_path: Path, write: Callable[..., Path]) -> None:
    files["floor.toml"]["overflow"] = {"outside_hours": "wait", "backup_after_seconds": 60, "relax_at": 0.5}
    files["floor.toml"]["market"][0] |= {"backups": ["ie"], "holidays": ["2026-12-25"]}
    pack = load_pack(write(tmp_path, files))
    assert pack.overflow == Overflow(OutsideHours.WAIT, backup_after_seconds=60, relax_at=0.5)
    assert pack.market("gb").backups == ("ie",)
    assert pack.market("gb").holidays == frozenset({date(2026, 12, 25)})


def test_how_long_things_are_kept_is_read_by_market(files: Any, tmp_path: Path, write: Callable[..., Path]) -> None:
    by_default = load_pack(write(tmp_path / "a", files))
    files["floor.toml"]["retention"] = {"words_days": 30, "ticks_days": 5}
    files["floor.toml"]["market"][0]["retention"] = {"records_days": 20}
    pack = load_pack(write(tmp_path / "b", files))
    assert by_default.retention == Retention()
    assert pack.retention.of("gb") == Terms(20, 20, 20) and pack.retention.of("ie") == Terms(30, 730, 730)
    assert (pack.retention.ticks_days, pack.retention.dead_letters_days) == (5, 14)
    assert pack.version != by_default.version


def test_a_pack_without_such_rules_keeps_its_version(files: Any, tmp_path: Path, write: Callable[..., Path]) -> None:
    before = load_pack(write(tmp_path / "a", files))
    files["floor.toml"]["market"][0] |= {"backups": [], "holidays": []}
    assert load_pack(write(tmp_path / "b", files)).version == before.version
    files["floor.toml"]["market"][0]["holidays"] = ["2026-12-25"]
    assert load_pack(write(tmp_path / "c", files)).version != before.version


def test_the_limits_on_work_are_read(files: Any, tmp_path: Path, write: Callable[..., Path]) -> None:
    floor = files["floor.toml"]
    floor["quota"] = [{"name": "North", "teams": ["Blue"], "most": 5, "issue_types": ["card_lost"]}]
    floor["hard_cases"] = {"issue_types": ["card_lost"], "share": 0.25, "window_hours": 4}
    floor["conflict"] = [{"customers": ["k-1"], "cops": ["ann"]}]
    floor["cop"][1]["learning"] = {"card_late": 1}
    limits = load_pack(write(tmp_path, files)).limits
    assert limits.quotas == (Quota("North", frozenset({"Blue"}), 5, frozenset({"card_lost"})),)
    assert limits.hard_cases == HardCases(frozenset({"card_lost"}), 0.25, timedelta(hours=4))
    assert limits.conflicts == (Conflict(frozenset({"k-1"}), frozenset({CopId("ann")})),)
    assert limits.learning == {"bea": {"card_late": 1}}


def test_practice_of_a_family_means_its_issue_types(files: Any, tmp_path: Path, write: Callable[..., Path]) -> None:
    files["floor.toml"]["cop"][1]["practice"] = {"cards": 3, "transfer_failed": 2}
    family = frozenset({"card_lost", "card_late"})
    assert load_pack(write(tmp_path, files)).limits.practices == (
        Practice(CopId("bea"), "cards", 3, family),
        Practice(CopId("bea"), "transfer_failed", 2, frozenset({"transfer_failed"})),
    )


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (({"fraud": True}, {}), "neither fraud nor vulnerable"),
        (({}, {"skills": {"payments": 0.5}}), "it takes cards"),
        (({}, {"learning": {"card_lost": 0}}), "`learning`"),
    ],
)
def test_practice_that_nobody_could_give_is_refused(
    files: Any,
    tmp_path: Path,
    write: Callable[..., Path],
    changes: tuple[dict[str, object], dict[str, object]],
    told: str,
) -> None:
    issue_type, cop = changes
    files["taxonomy/cards.toml"]["issue_type"][0] |= issue_type
    files["floor.toml"]["cop"][1] |= {"practice": {"card_lost": 1}, **cop}
    [error] = [each for each in check_path(write(tmp_path, files)).errors if "practice" in each.path]
    assert error.path == "cop[id=bea].practice"
    assert told in error.allowed


def an_agent() -> dict[str, Any]:
    return {
        "id": "card-bot",
        "name": "Card assistant",
        "markets": ["gb"],
        "languages": ["en"],
        "capacity": {"chat": 50},
        "success": {"card_late": 0.8},
        "handle_time_seconds": 20,
        "failure_cost_seconds": 120,
    }


def test_software_joins_the_roster(files: Any, tmp_path: Path, write: Callable[..., Path]) -> None:
    files["floor.toml"]["agent"] = [an_agent()]
    pack = load_pack(write(tmp_path, files))
    bot = pack.roster[CopId("card-bot")]
    assert pack.software == {"card-bot"}
    assert bot.software == Software({"card_late": 0.8}, 20, 120, 0.9)
    assert bot.shift.covers(datetime(2026, 1, 1, tzinfo=UTC))
    assert bot.skills == {"cards": 1.0}


def test_software_for_the_fast_lane_is_refused(files: Any, tmp_path: Path, write: Callable[..., Path]) -> None:
    files["floor.toml"]["agent"] = [an_agent()]
    files["taxonomy/cards.toml"]["issue_type"][1]["fraud"] = True
    [error] = check_path(write(tmp_path, files)).errors
    assert (error.path, error.value) == ("agent[id=card-bot].success", '"card_late"')
    assert "always go to a person" in error.allowed
