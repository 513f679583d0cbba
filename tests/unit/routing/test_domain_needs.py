"""Several needs of one customer: what routes, and what stays known until somebody handled it."""

from builders import make_event, make_issue_type, make_taxonomy, make_triage

from routing.domain.events import Event, EventKind
from routing.domain.issue import LANGUAGE_NOT_EVALUATED, Decision
from routing.domain.needs import open_needs, route_most_urgent

TAXONOMY = make_taxonomy()


def triaged(issue_type: str, *needs: str) -> Event:
    return make_event(EventKind.CONVERSATION_TRIAGED, data={"issue_type": issue_type, "needs": list(needs)})


def wrapped_up(issue_type: str, *also: str) -> Event:
    return make_event(EventKind.ASSIGNMENT_WRAPPED_UP, data={"issue_type": issue_type, "also_handled": list(also)})


def test_one_need_changes_nothing() -> None:
    triage = make_triage("card_late")
    assert route_most_urgent(triage, TAXONOMY) is triage


def test_the_higher_priority_routes_whatever_was_written_first() -> None:
    triage = make_triage("limit_raise", needs=(("limit_raise", 0.97), ("card_lost", 0.92)))

    routed = route_most_urgent(triage, TAXONOMY)

    assert (routed.issue_type, routed.confidence, routed.prediction_set) == ("card_lost", 0.92, ("card_lost",))
    assert routed.needs == (("limit_raise", 0.97),)


def test_fraud_comes_before_any_priority_and_the_rest_stay_by_urgency() -> None:
    needs = (("limit_raise", 0.9), ("card_lost", 0.9), ("fraud_seen", 0.7))

    routed = route_most_urgent(make_triage("card_lost", needs=needs), TAXONOMY)

    assert routed.issue_type == "fraud_seen"
    assert [key for key, _ in routed.needs] == ["card_lost", "limit_raise"]


def test_of_equals_the_one_written_first_routes() -> None:
    taxonomy = make_taxonomy([make_issue_type("one"), make_issue_type("two")])
    routed = route_most_urgent(make_triage("one", needs=(("two", 0.9), ("one", 0.99))), taxonomy)
    assert (routed.issue_type, routed.needs) == ("two", (("one", 0.99),))


def test_what_the_taxonomy_no_longer_has_is_no_need() -> None:
    routed = route_most_urgent(make_triage("card_late", needs=(("card_late", 0.9), ("retired", 0.9))), TAXONOMY)
    assert (routed.issue_type, routed.needs) == ("card_late", ())


def test_a_whole_that_was_unclear_for_holding_two_needs_is_decided_by_them() -> None:
    needs = (("card_late", 0.95), ("limit_raise", 0.95))
    unclear = make_triage("card_lost", decision=Decision.REVIEW, reasons=("low_confidence",), needs=needs)

    routed = route_most_urgent(unclear, TAXONOMY)

    assert (routed.decision, routed.reasons, routed.issue_type) == (Decision.AUTO, (), "card_late")


def test_a_language_nobody_evaluated_still_goes_to_people() -> None:
    needs = (("card_late", 0.95), ("limit_raise", 0.95))
    reasons = ("low_confidence", LANGUAGE_NOT_EVALUATED)
    triage = make_triage("card_lost", decision=Decision.REVIEW, reasons=reasons, needs=needs)

    routed = route_most_urgent(triage, TAXONOMY)

    assert (routed.decision, routed.reasons) == (Decision.REVIEW, reasons)


def test_what_was_also_asked_is_known_until_somebody_handled_it() -> None:
    history = [triaged("card_lost", "limit_raise", "card_late")]
    assert open_needs(history, "card_lost") == ("limit_raise", "card_late")

    history.append(wrapped_up("card_lost", "card_late"))
    assert open_needs(history, None) == ("limit_raise",)

    history += [triaged("limit_raise"), wrapped_up("limit_raise")]
    assert open_needs(history, None) == ()


def test_a_need_routed_over_by_a_verdict_is_not_lost() -> None:
    assert open_needs([triaged("card_lost", "limit_raise")], "limit_raise") == ("card_lost",)


def test_a_later_message_about_one_thing_loses_nothing_of_an_earlier_one() -> None:
    history = [triaged("card_lost", "limit_raise"), triaged("card_lost")]
    assert open_needs(history, "card_lost") == ("limit_raise",)


def test_histories_from_before_needs_were_kept_can_be_read() -> None:
    history = [
        make_event(EventKind.CONVERSATION_TRIAGED, data={"issue_type": "card_lost"}),
        make_event(EventKind.ASSIGNMENT_WRAPPED_UP, data={"issue_type": None}),
    ]
    assert open_needs(history, None) == ()
