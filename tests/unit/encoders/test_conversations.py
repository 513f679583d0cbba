"""Several messages of one customer as one: all are read, and the newest weighs most."""

from dataclasses import replace

from encoders.classifier import Decision, Prediction
from encoders.conversation import NEWEST_WEIGHT, READ_TOGETHER, gist, pooled, read
from encoders.gate import Gate
from encoders.slice_rules import SliceRule, Standing

GATE = Gate(0.05, 0.95, 0.6, 0.5, 100, 0.9, 0.03, 0.05, "")


def says(issue_type: str, confidence: float, novelty: float = 0.1, other: str = "other") -> Prediction:
    distribution = ((issue_type, confidence), (other, 1 - confidence))
    return Prediction(issue_type, confidence, GATE.decide(confidence, novelty), novelty, (issue_type,), distribution)


def test_one_message_is_the_whole_and_nothing_else() -> None:
    reading = read(["where is my card"])
    assert (reading.whole, reading.newest, reading.parts) == ("where is my card", None, ())
    assert reading.texts == ("where is my card",)


def test_messages_are_read_together_alone_and_in_pieces() -> None:
    reading = read(["my card is lost", "and how do I top up"])
    assert reading.whole == "my card is lost\nand how do I top up"
    assert reading.newest == "and how do I top up"
    assert [part.text for part in reading.parts] == ["my card is lost", "and how do I top up"]


def test_greetings_alone_and_impatient_words_do_not_lead() -> None:
    reading = read(["Hello", "my card has not arrived", "hello??"])
    assert reading.whole == "my card has not arrived"


def test_a_newest_message_of_a_word_or_two_leaves_the_lead_to_the_one_before() -> None:
    assert read(["how long does it take", "to the us", "ok thanks"]).newest == "to the us"


def test_where_there_is_only_a_greeting_it_is_read() -> None:
    assert gist(["hi"]) == "hi"
    assert read([]).whole == ""


def test_the_newest_message_is_whole_and_older_ones_fill_up_what_an_encoder_reads() -> None:
    old, new = "old words " * 90, "newest words " * 30
    assert gist([old, new]) == new.strip()
    assert gist(["short one", new]) == f"short one\n{new.strip()}"
    assert len(gist(["word " * 100] * 5)) <= READ_TOGETHER + 5


def test_only_the_newest_five_messages_are_read() -> None:
    assert gist([f"message number {number}" for number in range(9)]).splitlines()[0] == "message number 4"


def test_threads_and_signatures_are_cut_from_each_message() -> None:
    assert gist(["lost card\n\nRegards,\nJo Bloggs", "any news?\n> we will see"]) == "lost card\nany news?"


def test_the_newest_message_weighs_most_where_both_are_clear() -> None:
    found = pooled(says("old", 0.95), says("new", 0.95), GATE)
    assert found.issue_type == "new"
    assert abs(found.confidence - NEWEST_WEIGHT * 0.95) < 1e-9
    assert found.prediction_set == ("new", "old")


def test_readings_that_agree_stay_as_sure_as_they_are() -> None:
    found = pooled(says("one", 0.9), says("one", 0.8), GATE)
    assert (found.issue_type, found.decision) == ("one", Decision.AUTO)
    assert abs(found.confidence - 0.83) < 1e-9


def test_a_newest_message_that_means_nothing_alone_leaves_the_word_to_the_whole() -> None:
    whole = says("one", 0.9)
    assert pooled(whole, says("two", 0.9, novelty=0.9), GATE) is whole


def test_a_contradiction_goes_to_people_however_clear_both_are() -> None:
    assert pooled(says("old", 0.99), says("new", 0.99), GATE).decision is Decision.REVIEW


def test_two_doubts_make_no_certainty() -> None:
    doubt = replace(says("one", 0.9), decision=Decision.REVIEW)
    assert pooled(doubt, doubt, GATE).decision is Decision.REVIEW


def test_readings_that_agree_go_to_people_where_their_market_breaks_the_promise() -> None:
    rule = SliceRule("market", "ie", 500, 400, 40, 0.07, 0.13, Standing.REVIEWED, None)
    gate = replace(GATE, slices=(rule,))
    both = says("one", 0.9), says("one", 0.8)
    assert pooled(*both, gate, {"market": "ie"}).decision is Decision.REVIEW
    assert pooled(*both, gate, {"market": "uk"}).decision is Decision.AUTO
