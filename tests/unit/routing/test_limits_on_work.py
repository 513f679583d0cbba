"""What quotas, shares of hard cases and learning quotas leave, as pure rules."""

import pytest
from builders import make_cop
from hypothesis import given
from hypothesis import strategies as st

from routing.domain.errors import Invalid
from routing.domain.limits import (
    Conflict,
    HardCases,
    LimitKind,
    LimitRules,
    Quota,
    Work,
    forbidden_for,
    hard_cases_left,
    limits_now,
)

ROSTER = {
    cop.id: cop for cop in (make_cop("ada", team="blue"), make_cop("ben", team="blue"), make_cop("cleo", team="red"))
}
HARD = frozenset({"fraud_seen"})


def works(*pairs: tuple[str, str | None]) -> list[Work]:
    return [Work(cop_id, issue_type) for cop_id, issue_type in pairs]


def test_a_quota_leaves_what_its_teams_do_not_hold_yet() -> None:
    rules = LimitRules(quotas=(Quota("blue", frozenset({"blue"}), 3),))
    [limit] = limits_now(rules, ROSTER, works(("ada", "card_lost"), ("ben", None), ("cleo", "card_lost")), [])
    assert (limit.kind, limit.cop_ids, limit.most, limit.issue_types) == (LimitKind.QUOTA, {"ada", "ben"}, 1, None)


def test_a_quota_on_some_issue_types_counts_only_those() -> None:
    rules = LimitRules(quotas=(Quota("blue", frozenset({"blue"}), 1, HARD),))
    held = works(("ada", "card_lost"), ("ben", None))
    assert [limit.most for limit in limits_now(rules, ROSTER, held, [])] == [1]


def test_a_quota_that_is_overdrawn_leaves_nothing() -> None:
    rules = LimitRules(quotas=(Quota("blue", frozenset({"blue"}), 1),))
    held = works(("ada", None), ("ben", None), ("ben", None))
    assert [limit.most for limit in limits_now(rules, ROSTER, held, [])] == [0]


def test_a_cop_in_training_is_left_what_they_do_not_hold_of_a_type() -> None:
    rules = LimitRules(learning={"ada": {"card_late": 2}, "gone": {"card_late": 1}})
    [limit] = limits_now(rules, ROSTER, works(("ada", "card_late"), ("ben", "card_late")), [])
    assert (limit.kind, limit.cop_ids, limit.most) == (LimitKind.LEARNING, {"ada"}, 1)
    assert limit.issue_types == {"card_late"}


def test_hard_cases_are_counted_over_what_a_cop_took() -> None:
    rules = LimitRules(hard_cases=HardCases(HARD, 0.25))
    taken = works(*[("ada", "fraud_seen")] * 2, *[("ada", "card_lost")] * 2, *[("ben", "card_lost")] * 6)
    left = {next(iter(limit.cop_ids)): limit.most for limit in limits_now(rules, ROSTER, [], taken)}
    assert left == {"ada": 0, "ben": 2, "cleo": 1}


@given(st.floats(0.01, 0.99), st.integers(0, 200), st.integers(0, 200))
def test_as_many_hard_cases_are_left_as_keep_the_share_and_no_more(share: float, easy: int, hard: int) -> None:
    taken = easy + hard
    left = hard_cases_left(share, taken, hard)
    assert left is not None
    assert hard + left <= max(1, share * (taken + left) + 1e-6, hard)
    more = left + 1
    assert hard + more > max(1, share * (taken + more) - 1e-6)


def test_a_share_of_everything_is_no_limit() -> None:
    assert hard_cases_left(1.0, 5, 5) is None


def test_a_share_out_of_range_is_refused() -> None:
    with pytest.raises(Invalid, match=r"hard_cases\.share"):
        HardCases(HARD, 0.0)


def test_a_customer_is_kept_from_everybody_they_must_not_meet() -> None:
    conflicts = (
        Conflict(frozenset({"k-1"}), frozenset({"ada"})),
        Conflict(frozenset({"k-1", "k-2"}), frozenset({"ben"})),
    )
    assert forbidden_for(conflicts, "k-1") == {"ada", "ben"}
    assert forbidden_for(conflicts, "k-2") == {"ben"}
    assert forbidden_for(conflicts, None) == frozenset()
