"""What is still to be given of what COps learn, shift by shift."""

from datetime import UTC, datetime, time, timedelta

from builders import make_cop

from routing.domain.cop import Shift
from routing.domain.practice import Lesson, Practice, practice_due

NINE_TO_FIVE = Shift(frozenset(range(7)), time(9), time(17), "UTC")
NIGHTS = Shift(frozenset(range(7)), time(22), time(6), "UTC")
ROSTER = {cop.id: cop for cop in (make_cop("ada", shift=NINE_TO_FIVE), make_cop("ben", shift=NIGHTS))}
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
FEES = frozenset({"fees", "refunds"})


def lessons(cop_id: str, *rows: tuple[str | None, datetime]) -> list[Lesson]:
    return [Lesson(cop_id, issue_type, at) for issue_type, at in rows]


def test_what_was_taken_since_the_shift_began_counts_and_nothing_else() -> None:
    took = lessons(
        "ada",
        ("fees", NOON - timedelta(hours=3)),
        ("refunds", NOON - timedelta(hours=1)),
        ("fees", NOON - timedelta(hours=3, seconds=1)),
        ("cards", NOON),
        (None, NOON),
    )
    [due] = practice_due([Practice("ada", "money", 5, FEES)], ROSTER, [*took, *lessons("ben", ("fees", NOON))], NOON)
    assert (due.cop_id, due.least, due.issue_types) == ("ada", 3, FEES)
    assert due.name == "money, which ada learns"


def test_who_has_had_enough_is_due_nothing() -> None:
    took = lessons("ada", ("fees", NOON), ("fees", NOON), ("fees", NOON))
    assert practice_due([Practice("ada", "fees", 2, FEES)], ROSTER, took, NOON) == ()


def test_a_night_shift_counts_from_the_evening_before() -> None:
    at = datetime(2026, 3, 5, 2, tzinfo=UTC)
    took = lessons("ben", ("fees", at - timedelta(hours=3)), ("fees", at - timedelta(hours=5)))
    [due] = practice_due([Practice("ben", "fees", 4, FEES)], ROSTER, took, at)
    assert due.least == 3


def test_nothing_is_due_to_those_who_are_not_at_work_or_gone() -> None:
    practices = [Practice("ben", "fees", 4, FEES), Practice("zoe", "fees", 4, FEES)]
    assert practice_due(practices, ROSTER, [], NOON) == ()
