"""The gate, the review item, and the offer: what each allows, to whom, and until when."""

import math
from datetime import timedelta

import pytest
from builders import NOON, make_assignment, make_offer, make_review, make_taxonomy, make_triage

from routing.domain.errors import IllegalTransition, Invalid, NotTheOwner, OfferExpired
from routing.domain.issue import Decision, Triage
from routing.domain.outcome import Disposition, HandleTimeStatistics, WrapUp
from routing.domain.policy import Policy
from routing.domain.review import NEVER_WAITS, ReviewState, Verdict, gate
from routing.domain.service_level import ServiceTarget, age_seconds

LEASE = timedelta(seconds=30)
TAXONOMY = make_taxonomy()


def unsure(fraud: float, top: str = "card_lost") -> Triage:
    return make_triage(
        top,
        decision=Decision.REVIEW,
        reasons=("low_confidence",),
        prediction_set=("card_lost", "fraud_seen"),
        distribution=(("card_lost", 1 - fraud), ("fraud_seen", fraud)),
    )


def test_what_is_sure_stays_as_it_is() -> None:
    triage = make_triage("fraud_seen")

    assert gate(triage, TAXONOMY, 0.25) is triage


@pytest.mark.parametrize(
    ("fraud", "decision"), [(0.05, Decision.REVIEW), (0.2499, Decision.REVIEW), (0.25, Decision.AUTO)]
)
def test_probable_enough_fraud_goes_on_without_a_review(fraud: float, decision: Decision) -> None:
    gated = gate(unsure(fraud), TAXONOMY, 0.25)

    assert gated.decision is decision
    assert (NEVER_WAITS in gated.reasons) == (decision is Decision.AUTO)
    assert "low_confidence" in gated.reasons


def test_fraud_as_the_top_type_goes_on_however_improbable() -> None:
    assert gate(unsure(0.01, top="fraud_seen"), TAXONOMY, 0.9).decision is Decision.AUTO


def test_types_that_left_the_taxonomy_are_no_urgency() -> None:
    triage = make_triage(decision=Decision.REVIEW, distribution=(("retired", 1.0),), prediction_set=("retired",))

    assert gate(triage, TAXONOMY, 0.25) is triage


def test_a_claim_can_be_renewed_by_its_holder_and_taken_by_others_once_it_ran_out() -> None:
    claimed = make_review().claim("mona", NOON, LEASE)
    renewed = claimed.claim("mona", NOON + LEASE / 2, LEASE)

    assert renewed.holder(NOON + LEASE) == "mona"
    assert claimed.holder(NOON + LEASE) is None
    assert claimed.claim("max", NOON + LEASE, LEASE).claimed_by == "max"
    with pytest.raises(NotTheOwner, match="mona"):
        renewed.claim("max", NOON + LEASE, LEASE)


def test_a_lapsed_item_can_be_claimed_skipped_and_decided_and_stays_lapsed_until_then() -> None:
    lapsed = make_review().claim("mona", NOON, LEASE).lapse(NOON + timedelta(minutes=1))

    assert lapsed.claim("mona", NOON, LEASE).state is ReviewState.LAPSED
    assert lapsed.skip("mona", NOON + LEASE).state is ReviewState.LAPSED
    decided = lapsed.decide(Verdict("card_late", "mona", NOON + LEASE))
    assert decided.state is ReviewState.DECIDED
    assert decided.undo("mona").state is ReviewState.LAPSED


@pytest.mark.parametrize("state", [ReviewState.DECIDED, ReviewState.SUPERSEDED])
def test_what_is_settled_takes_no_further_step(state: ReviewState) -> None:
    item = make_review(state=state)
    steps = (
        lambda: item.claim("mona", NOON, LEASE),
        lambda: item.skip("mona", NOON),
        lambda: item.decide(Verdict(None, "mona", NOON)),
        lambda: item.lapse(NOON),
        item.supersede,
    )
    for step in steps:
        with pytest.raises(IllegalTransition, match=state):
            step()


def test_only_a_decided_item_can_be_undone_and_only_by_who_decided_it() -> None:
    with pytest.raises(IllegalTransition, match="undo"):
        make_review().undo("mona")
    decided = make_review().claim("mona", NOON, LEASE).decide(Verdict("card_late", "mona", NOON))
    with pytest.raises(NotTheOwner, match="mona"):
        decided.undo("max")

    undone = decided.undo("mona")
    assert (undone.state, undone.verdict, undone.claimed_by) == (ReviewState.OPEN, None, None)


def test_an_offer_accepted_at_or_after_its_deadline_is_refused() -> None:
    offer = make_offer(ttl_seconds=20)

    assert offer.accept(NOON + timedelta(seconds=19)).ended_at == NOON + timedelta(seconds=19)
    for late in (20, 21):
        with pytest.raises(OfferExpired, match="o-1"):
            offer.accept(NOON + timedelta(seconds=late))


def test_an_offer_does_not_lapse_before_its_deadline() -> None:
    with pytest.raises(Invalid, match="lapse time"):
        make_offer(ttl_seconds=20).lapse(NOON + timedelta(seconds=19))


def test_an_answered_offer_takes_no_further_answer() -> None:
    answered = make_offer().decline(NOON, None)
    for step in (answered.accept, answered.lapse, lambda at: answered.rescind(at, "x")):
        with pytest.raises(IllegalTransition, match="declined"):
            step(NOON + timedelta(hours=1))


def test_an_ended_assignment_does_not_end_again() -> None:
    ended = make_assignment().transfer(NOON, "not mine")

    assert ended.disposition == "not mine"
    with pytest.raises(IllegalTransition, match="transferred"):
        ended.wrap_up(NOON, "resolved", 3.0)


@pytest.mark.parametrize("seconds", [-1.0, 86_400.1, math.nan, math.inf])
def test_a_handle_time_outside_its_range_is_refused(seconds: float) -> None:
    with pytest.raises(Invalid, match="handle_time_seconds"):
        WrapUp(Disposition.RESOLVED, seconds)


def test_one_observation_has_no_variance() -> None:
    assert HandleTimeStatistics("card_lost", "ada").observe(4.0).variance == 0.0


@pytest.mark.parametrize("change", [{"offer_ttl_seconds": 0}, {"most_excluded": 101}, {"tick_seconds": math.nan}])
def test_a_policy_names_what_is_out_of_range(change: dict[str, float]) -> None:
    with pytest.raises(Invalid, match=f"policy.{next(iter(change))}"):
        Policy(**change)  # type: ignore[arg-type]


def test_ages_are_never_fooled_by_clocks_that_differ() -> None:
    assert age_seconds(NOON + timedelta(seconds=5), NOON) == 0.0
    for share, seconds in ((0.0, 30.0), (1.1, 30.0), (0.8, 0.0)):
        with pytest.raises(Invalid, match="service_target"):
            ServiceTarget(share, seconds)
