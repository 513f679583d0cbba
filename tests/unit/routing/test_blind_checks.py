"""Blind checks: which decisions are drawn, and what their verdicts say of the true error."""

import pytest
from builders import NOON, make_review

from routing.domain.checking import Checked, at_most, count_checked, exact_interval, is_drawn, together, true_error
from routing.domain.errors import Invalid
from routing.domain.review import ReviewState, Verdict


def test_the_share_drawn_is_the_share_asked_for_and_the_same_every_time() -> None:
    ids = [f"conversation-{number}" for number in range(20_000)]
    drawn = [id for id in ids if is_drawn(id, 0.05)]
    assert 900 < len(drawn) < 1_100
    assert drawn == [id for id in ids if is_drawn(id, 0.05)]


def test_a_larger_share_draws_what_a_smaller_one_does_and_more() -> None:
    ids = [f"c-{number}" for number in range(2_000)]
    few, more = ({id for id in ids if is_drawn(id, share)} for share in (0.05, 0.2))
    assert few < more
    assert not any(is_drawn(id, 0.0) for id in ids)
    assert all(is_drawn(id, 1.0) for id in ids)


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [
        (0, 10, 0.0, 0.30850),
        (10, 10, 0.69150, 1.0),
        (1, 20, 0.00127, 0.24873),
        (5, 100, 0.01643, 0.11284),
        (0, 0, 0, 1),
    ],
)
def test_the_exact_interval_is_the_one_of_the_tables(hits: int, of: int, low: float, high: float) -> None:
    assert exact_interval(hits, of) == pytest.approx((low, high), abs=1e-4)


def test_the_interval_narrows_with_what_is_known_and_holds_large_counts() -> None:
    low, high = exact_interval(2_000, 100_000)
    assert 0.019 < low < 0.02 < high < 0.021
    wide = exact_interval(20, 1_000)
    assert wide[0] < low and high < wide[1]


def test_the_exact_interval_misses_the_truth_no_more_often_than_it_says() -> None:
    of, truth = 60, 0.07
    chance = [at_most(hits, of, truth) - (at_most(hits - 1, of, truth) if hits else 0.0) for hits in range(of + 1)]
    held = [low <= truth <= high for low, high in (exact_interval(hits, of, 0.9) for hits in range(of + 1))]
    assert sum(p for p, inside in zip(chance, held, strict=True) if inside) >= 0.9


@pytest.mark.parametrize(("hits", "of", "confidence"), [(-1, 5, 0.9), (6, 5, 0.9), (1, 5, 1.0)])
def test_counts_that_cannot_be_are_refused(hits: int, of: int, confidence: float) -> None:
    with pytest.raises(Invalid):
        exact_interval(hits, of, confidence)


def test_without_a_verdict_the_error_is_unknown() -> None:
    found = true_error(Checked("m1", 4, 0, 0))
    assert (found.error, found.low, found.high) == (None, 0.0, 1.0)


def test_checks_of_several_models_count_together() -> None:
    assert together([Checked("m1", 5, 4, 1), Checked("m2", 3, 2, 2)]) == Checked("all", 8, 6, 3)
    assert together([]) == Checked("all", 0, 0, 0)


def test_a_blind_item_hides_the_guess_until_it_is_decided_and_again_after_an_undo() -> None:
    item = make_review(blind=True, state=ReviewState.LAPSED, lapsed_at=NOON, guess="card_lost")
    decided = item.decide(Verdict("card_late", "mona", NOON))
    assert (item.hides_guess, decided.hides_guess, decided.undo("mona").hides_guess) == (True, False, True)
    assert decided.undo("mona").state is ReviewState.LAPSED
    assert not make_review().hides_guess


def test_only_blind_items_are_counted_and_only_verdicts_can_be_wrong() -> None:
    blind = make_review(blind=True, guess="card_lost", model_version="m1", state=ReviewState.LAPSED)
    items = [
        blind,
        blind.decide(Verdict("card_lost", "mona", NOON)),
        blind.decide(Verdict(None, "mona", NOON)),
        make_review(),
    ]
    assert count_checked(items) == [Checked("m1", 3, 2, 1)]
