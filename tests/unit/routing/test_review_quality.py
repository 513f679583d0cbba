"""How people decide: agreement in sight and blind, time, haste, and nothing of single people where unwanted."""

from dataclasses import replace
from datetime import timedelta

from builders import NOON, make_context, make_review

from api.console.views_quality import quality_page
from routing.adapters.memory import MemoryStore
from routing.domain.policy import Policy
from routing.domain.review import ReviewItem, ReviewState, Verdict
from routing.domain.review_quality import by_day, by_person, decided_ones, quality_of
from routing.services.review_quality import QualityReport


def decided(id: str, said: str | None, seconds: float | None = None, by: str = "mona", **changes: object) -> ReviewItem:
    days = float(changes.pop("days", 0))  # type: ignore[arg-type]
    needs = tuple(changes.pop("needs", ()))  # type: ignore[call-overload]
    item = make_review(id, guess="card_lost", **changes)
    return replace(
        item, state=ReviewState.DECIDED, verdict=Verdict(said, by, NOON + timedelta(days=days), needs, seconds)
    )


ITEMS = [
    decided("r-1", "card_lost", 2.0),
    decided("r-2", "card_lost", 8.0, by="max"),
    decided("r-3", "card_late", 1.0, days=1),
    decided("r-4", "card_late", None, days=1, needs=("card_lost",)),
    decided("r-5", "card_late", 30.0, days=1, blind=True),
    decided("r-6", None, 4.0, days=2),
]


def test_agreement_is_told_apart_by_whether_the_guess_was_in_sight() -> None:
    found = quality_of(decided_ones([*ITEMS, make_review("r-9"), replace(ITEMS[0], id="r-10", guess=None)]))
    assert (found.verdicts, found.agree.hits, found.agree.of) == (6, 3, 5)
    assert (found.agree_blind.hits, found.agree_blind.of) == (0, 1)
    assert found.agree.low < 0.6 < found.agree.high


def test_only_the_first_guess_taken_at_once_counts_as_haste() -> None:
    found = quality_of(decided_ones(ITEMS))
    assert (found.rubber.hits, found.rubber.of) == (1, 4)
    assert (found.seconds, found.timed) == (4.0, 5)


def test_days_and_people_come_in_order() -> None:
    pairs = decided_ones(ITEMS)
    assert [(each.day.day, each.quality.verdicts) for each in by_day(pairs)] == [(4, 2), (5, 3), (6, 1)]
    assert [(name, quality.verdicts) for name, quality in by_person(pairs)] == [("max", 1), ("mona", 5)]


def test_the_page_draws_what_there_is_and_nothing_of_nothing() -> None:
    pairs = decided_ones(ITEMS)
    page = quality_page(QualityReport(30, quality_of(pairs), tuple(by_day(pairs)), tuple(by_person(pairs))))
    assert page.agreement is not None
    assert page.agreement.count("<circle") == 4  # three days in sight, one blind
    assert "style=" not in page.agreement
    assert page.agree.of == "3 of 5"
    empty = quality_page(QualityReport(30, quality_of([]), (), None))
    assert (empty.agreement, empty.agree.value, empty.people) == (None, "–", None)


def test_single_people_are_left_out_where_the_policy_says_so() -> None:
    from routing.services import review_quality

    def people(allowed: bool) -> object:
        context = make_context(MemoryStore(), policy=Policy(individual_performance=allowed))
        return review_quality.report(context, 30).people

    assert people(allowed=True) == ()
    assert people(allowed=False) is None
