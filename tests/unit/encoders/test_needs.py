"""Several needs in one message: found where both are sure, and not where one only tells how the other came about."""

from dataclasses import replace

from encoders.classifier import Decision, Prediction
from encoders.gate import Gate
from encoders.needs import find_needs
from encoders.segments import Segment

GATE = Gate(0.05, 0.95, 0.5, 0.5, 100, 0.9, 0.03, 0.05, "")


def sure(issue_type: str, confidence: float = 0.98, novelty: float = 0.1) -> Prediction:
    decision = GATE.decide(confidence, novelty)
    return Prediction(issue_type, confidence, decision, novelty, (issue_type,), ((issue_type, confidence),))


def found(*pieces: tuple[Segment, Prediction]) -> dict[str, float]:
    needs = find_needs([segment for segment, _ in pieces], [prediction for _, prediction in pieces], GATE)
    return {need.issue_type: need.confidence for need in needs}


PLAIN, NEW = Segment("my card is gone"), Segment("also how do I top up", announced=True)


def test_two_sure_pieces_are_two_needs_in_the_order_they_were_written() -> None:
    assert found((PLAIN, sure("lost")), (NEW, sure("top_up"))) == {"lost": 0.98, "top_up": 0.98}


def test_one_type_said_twice_is_one_need_and_so_no_several() -> None:
    assert found((PLAIN, sure("lost")), (NEW, sure("lost"))) == {}


def test_an_unsure_piece_is_no_need() -> None:
    assert found((PLAIN, sure("lost")), (NEW, sure("top_up", 0.55))) == {}
    assert found((PLAIN, sure("lost")), (NEW, sure("top_up", 0.4))) == {}


def test_a_strange_piece_is_no_need() -> None:
    assert found((PLAIN, sure("lost")), (NEW, sure("top_up", 0.99, novelty=0.6))) == {}


def test_what_nobody_announced_must_be_surer_and_more_familiar() -> None:
    beside = Segment("how do I top up")
    assert found((PLAIN, sure("lost")), (NEW, sure("top_up", 0.7))) != {}
    assert found((PLAIN, sure("lost")), (beside, sure("top_up", 0.7))) == {}
    assert found((PLAIN, sure("lost")), (beside, sure("top_up", 0.99, novelty=0.45))) == {}
    assert found((PLAIN, sure("lost")), (beside, sure("top_up", 0.95))) != {}


def test_two_readings_of_one_need_are_one() -> None:
    either = replace(sure("card_blocked"), prediction_set=("card_blocked", "lost"))
    assert found((PLAIN, sure("lost")), (NEW, either)) == {}


def test_a_third_need_is_found_beside_two() -> None:
    third = Segment("and also the fee", announced=True)
    assert list(found((PLAIN, sure("lost")), (NEW, sure("top_up")), (third, sure("fee")))) == ["lost", "top_up", "fee"]


def test_a_model_that_promises_nothing_finds_no_needs() -> None:
    nothing = replace(GATE, threshold=None)
    assert find_needs([PLAIN, NEW], [sure("lost"), sure("top_up")], nothing) == ()


def test_what_goes_to_review_is_no_need() -> None:
    doubtful = replace(sure("top_up"), decision=Decision.REVIEW)
    assert found((PLAIN, sure("lost")), (NEW, doubtful)) == {}
