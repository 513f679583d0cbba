"""Issue types added, retired, merged and split on a small bank's model."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_bank import FILLER, WORDS, WordEncoder, make_examples

from encoders.classifier import IntentClassifier
from encoders.errors import IssueTypeExists, TaxonomyChangeError, TooFewIssueTypes, UnknownIssueType
from encoders.training import Example, Mode, TypeDescription, evaluate, train
from encoders.training.taxonomy import Means, NewType, Unsure, add, merge, retire, split
from encoders.tuned import Tuned

SCAM = NewType(TypeDescription("Scam", "scam fraud cheated criminal tricked swindle"))
SCAM_MESSAGES = tuple(
    f"{first} {second} {filler} {other}"
    for first, second in (("scam", "fraud"), ("cheated", "criminal"), ("tricked", "swindle"), ("scam", "criminal"))
    for filler, other in (("please", "my"), ("hello", "the"), ("why", "is"), ("today", "with"), ("help", "again"))
)


def answers(classifier: IntentClassifier) -> list[str]:
    return [found.issue_type for found in classifier.classify([example.text for example in make_examples(10, seed=5)])]


def test_a_type_added_by_description_answers_from_the_first_message(classifier: IntentClassifier) -> None:
    changed = add(classifier, "scam", SCAM)
    assert changed.classifier.issue_types == tuple(sorted((*WORDS, "scam")))
    (found,) = changed.classifier.classify(["criminal tricked scam cheated fraud please"])
    assert found.issue_type == "scam"


def test_a_described_type_takes_little_from_the_others(classifier: IntentClassifier) -> None:
    preview = add(classifier, "scam", SCAM).preview
    assert preview.untouched.rows == preview.compared == 160
    assert preview.untouched.before is not None
    assert preview.untouched.after is not None
    assert preview.untouched.after >= preview.untouched.before - 0.02


def test_no_guarantee_is_given_for_a_type_without_messages(classifier: IntentClassifier) -> None:
    changed = add(classifier, "scam", SCAM)
    assert changed.preview.unproven == ("scam",)
    assert "no guarantee for messages about scam" in changed.classifier.gate.note
    (made,) = changed.preview.made
    assert (made.issue_type, made.lessons > 0, made.rows) == ("scam", True, 0)


def test_a_type_with_messages_is_judged_by_them(classifier: IntentClassifier) -> None:
    preview = add(classifier, "scam", NewType(SCAM.description, SCAM_MESSAGES)).preview
    (made,) = preview.made
    assert (made.rows, preview.unproven) == (len(SCAM_MESSAGES), ())
    assert made.found > 0.8 * made.rows


def test_messages_of_another_type_move_with_their_examples(classifier: IntentClassifier) -> None:
    moving = tuple(example.text for example in make_examples(40) if example.issue_type == "top_up")[:10]
    changed = add(classifier, "apple", NewType(TypeDescription("Apple"), moving))
    lessons = changed.classifier.knowledge.lessons
    assert len(lessons) == 160 + changed.preview.rows_added - 10
    assert changed.preview.rows_affected == changed.preview.rows_added + 10


def test_the_promise_asked_for_stays(classifier: IntentClassifier) -> None:
    strict = classifier.with_target_error(0.07, confidence=0.9)
    gate = add(strict, "scam", SCAM).classifier.gate
    assert (gate.target_error, gate.confidence) == (0.07, 0.9)


@pytest.mark.parametrize("key", sorted(WORDS))
def test_a_retired_type_is_in_no_answer(classifier: IntentClassifier, key: str) -> None:
    changed = retire(classifier, key)
    assert key not in changed.classifier.issue_types
    for found in changed.classifier.classify([example.text for example in make_examples(5, seed=2)]):
        assert key not in {found.issue_type, *found.prediction_set, *dict(found.distribution)}


def test_what_becomes_of_messages_of_a_retired_type_is_told(classifier: IntentClassifier) -> None:
    preview = retire(classifier, "address").preview
    assert preview.rows_dropped == sum(flow.rows for flow in preview.left_without_type) == 40
    assert {flow.before for flow in preview.left_without_type} == {"address"}
    assert preview.left_without_type_automatic is not None


def test_rows_retired_into_a_type_become_its_own(classifier: IntentClassifier) -> None:
    changed = retire(classifier, "address", into="lost_card")
    lessons, types = changed.classifier.knowledge.lessons, changed.classifier.issue_types
    assert int((lessons.labels == types.index("lost_card")).sum()) == 80
    assert changed.preview.rows_dropped == 0


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(keys=st.lists(st.sampled_from(sorted(WORDS)), min_size=2, max_size=3, unique=True))
def test_merged_types_are_found_at_least_as_well_as_apart(classifier: IntentClassifier, keys: list[str]) -> None:
    merged = merge(classifier, keys, "together").classifier
    asked = make_examples(10, seed=5)
    renamed = [Example(one.text, "together" if one.issue_type in keys else one.issue_type) for one in asked]
    assert evaluate(merged, renamed).accuracy >= evaluate(classifier, asked).accuracy - 0.05
    assert not set(keys) & set(merged.issue_types)


def test_a_merge_may_keep_one_of_the_keys(classifier: IntentClassifier) -> None:
    changed = merge(classifier, ["top_up", "exchange"], "top_up")
    assert changed.classifier.issue_types == ("address", "lost_card", "top_up")
    assert all(flow.before == "exchange" for flow in changed.preview.flows if flow.after == "top_up")


def test_a_merge_undone_by_a_split_deals_most_rows_back(classifier: IntentClassifier) -> None:
    truth = np.array(classifier.issue_types)[classifier.knowledge.lessons.labels]
    merged = merge(classifier, ["top_up", "exchange"], "money").classifier
    parts = {key: NewType(TypeDescription(key, WORDS[key])) for key in ("top_up", "exchange")}
    back = split(merged, "money", parts).classifier
    dealt = np.array(back.issue_types)[back.knowledge.lessons.labels][: len(truth)]
    asked = np.isin(truth, ["top_up", "exchange"])
    assert float((dealt == truth)[asked].mean()) > 0.75
    assert (dealt == truth)[~asked].all()


def test_rows_dealt_by_likeness_prove_nothing(classifier: IntentClassifier) -> None:
    parts = {"stolen": NewType(TypeDescription("stolen")), "dropped": NewType(TypeDescription("dropped bus"))}
    changed = split(classifier, "lost_card", parts)
    assert set(changed.preview.unproven) == {"stolen", "dropped"}
    assert len(changed.classifier.knowledge.held_out) == 120
    assert changed.preview.compared == 160


def test_rows_a_split_cannot_tell_apart_are_listed_and_can_be_dropped(classifier: IntentClassifier) -> None:
    parts = {"stolen": NewType(TypeDescription("stolen")), "dropped": NewType(TypeDescription("dropped bus"))}
    kept, dropped = split(classifier, "lost_card", parts), split(classifier, "lost_card", parts, unsure=Unsure.DROP)
    assert kept.preview.unsure_rows == dropped.preview.unsure_rows
    assert kept.preview.unsure == dropped.preview.rows_dropped > 0
    rows = classifier.knowledge.lessons.labels[list(kept.preview.unsure_rows)]
    assert set(rows.tolist()) == {classifier.issue_types.index("lost_card")}


def test_a_preview_changes_nothing(classifier: IntentClassifier) -> None:
    version, before = classifier.version, answers(classifier)
    retire(classifier, "address")
    assert (classifier.version, answers(classifier)) == (version, before)


def test_the_record_says_what_was_done(classifier: IntentClassifier) -> None:
    first = add(classifier, "scam", SCAM, Means(at="2026-01-02T03:04:05+00:00")).classifier
    second = retire(first, "address").classifier
    assert [(one["what"], one["keys"]) for one in second.record["operations"]] == [
        ("add", ["scam"]),
        ("retire", ["address"]),
    ]
    assert second.record["operations"][0]["at"] == "2026-01-02T03:04:05+00:00"
    assert "at" not in second.record["operations"][1]


def test_a_changed_model_is_saved_and_loaded_like_any_other(
    classifier: IntentClassifier, word_encoder: WordEncoder, tmp_path: Path
) -> None:
    changed = merge(add(classifier, "scam", SCAM).classifier, ["scam", "address"], "other").classifier
    changed.save(tmp_path / "model")
    loaded = IntentClassifier.load(tmp_path / "model", word_encoder)
    assert loaded.version == changed.version
    assert answers(loaded) == answers(changed)


def test_messages_given_to_a_new_type_are_known_again(classifier: IntentClassifier) -> None:
    changed = add(classifier, "scam", NewType(SCAM.description, SCAM_MESSAGES)).classifier
    asked = [Example(SCAM_MESSAGES[0], "scam"), *make_examples(3, seed=8)]
    before, after = evaluate(classifier, asked).seen_in_training, evaluate(changed, asked).seen_in_training
    assert before is not None
    assert after is not None
    assert after.rows == before.rows + 1


def test_families_follow_their_types(word_encoder: WordEncoder) -> None:
    families = {"lost_card": "cards", "top_up": "money", "exchange": "money", "address": "person"}
    model = train(make_examples(40), families=families, encoder=word_encoder, threads=1)
    merged = merge(model, ["top_up", "exchange"], "funds").classifier
    assert merged.knowledge.families == {"address": "person", "funds": "money", "lost_card": "cards"}
    parts = {"stolen": NewType(TypeDescription("stolen")), "lost": NewType(TypeDescription("lost bus"))}
    assert split(model, "lost_card", parts).classifier.knowledge.families["stolen"] == "cards"
    assert "person" not in retire(model, "address").classifier.knowledge.families.values()


def test_slices_of_held_out_messages_stay_theirs(word_encoder: WordEncoder) -> None:
    examples = make_examples(40)
    markets = ["uk" if row % 4 else "ie" for row in range(len(examples))]
    model = train(examples, slices={"market": markets}, encoder=word_encoder, threads=1)
    changed = retire(model, "address").classifier
    (market,) = [one for one in changed.knowledge.held_out.slicings if one.dimension == "market"]
    kept = [market for market, example in zip(markets, examples, strict=True) if example.issue_type != "address"]
    assert [market.names[code] for code in market.codes] == kept


def test_a_model_tuned_on_every_message_gives_no_guarantee_after_a_change(classifier: IntentClassifier) -> None:
    from dataclasses import replace

    knowledge = replace(classifier.knowledge, tuned=Tuned("words", {}))
    model = IntentClassifier(classifier.encoder, knowledge, {**classifier.record, "mode": "few"})
    changed = add(model, "scam", SCAM)
    assert changed.classifier.gate.threshold is None
    assert "train again" in changed.classifier.gate.note
    assert changed.preview.compared == 0
    assert {found.decision.value for found in changed.classifier.classify(["lost card", "scam"])} == {"review"}


def test_a_tuned_model_that_kept_rows_apart_is_judged_by_those_alone(classifier: IntentClassifier) -> None:
    from dataclasses import replace

    lessons = classifier.knowledge.lessons
    kept = replace(lessons, fold=np.where(lessons.fold < 3, lessons.fold, -1))
    held_out = classifier.knowledge.held_out.take(lessons.fold < 3)
    knowledge = replace(classifier.knowledge, lessons=kept, held_out=held_out, tuned=Tuned("words", {}))
    model = IntentClassifier(classifier.encoder, knowledge, {**classifier.record, "mode": "best"})
    changed = merge(model, ["top_up", "exchange"], "money")
    assert changed.preview.compared == len(held_out) == len(changed.classifier.knowledge.held_out)


def test_a_model_of_names_alone_can_be_changed(word_encoder: WordEncoder) -> None:
    about = {key: TypeDescription(key, words) for key, words in WORDS.items()}
    model = train([], mode=Mode.ZERO, descriptions=about, encoder=word_encoder, threads=1)
    changed = add(model, "scam", SCAM)
    assert changed.classifier.classify(["scam fraud criminal"])[0].issue_type == "scam"
    assert changed.preview.compared == 0
    assert changed.preview.answers_changed is None


def test_types_left_out_stand_in_for_messages_from_outside(word_encoder: WordEncoder) -> None:
    model = train(make_examples(40), outside_share=0.05, target_error=0.2, encoder=word_encoder, threads=1)
    gate = add(model, "scam", SCAM).classifier.gate
    assert gate.outside_share == 0.05
    assert gate.outside_rows == 160


def test_messages_from_outside_can_be_given_again(word_encoder: WordEncoder) -> None:
    outside = [f"zebra crossing number {word}" for word in FILLER]
    model = train(make_examples(40), outside=outside, outside_share=0.05, encoder=word_encoder, threads=1)
    without, given = retire(model, "address"), retire(model, "address", means=Means(outside=tuple(outside)))
    assert given.classifier.gate.outside_rows == len(outside)
    assert any("not kept" in note for note in without.preview.notes)
    assert given.preview.notes == ()


def test_a_preview_becomes_plain_values(classifier: IntentClassifier) -> None:
    import json

    found = json.loads(json.dumps(merge(classifier, ["top_up", "exchange"], "money").preview.as_dict()))
    assert found["issue_types"] == [4, 3]
    assert found["flows"][0]["after"] == "money"


def test_bad_changes_are_refused_by_name(classifier: IntentClassifier) -> None:
    with pytest.raises(IssueTypeExists, match="'address'"):
        add(classifier, "address", SCAM)
    with pytest.raises(UnknownIssueType, match="did you mean address"):
        retire(classifier, "adress")
    with pytest.raises(TaxonomyChangeError, match="into itself"):
        retire(classifier, "address", into="address")
    with pytest.raises(TooFewIssueTypes):
        merge(classifier, ["address", "address"], "home")
    with pytest.raises(IssueTypeExists):
        merge(classifier, ["address", "exchange"], "top_up")
    with pytest.raises(TooFewIssueTypes):
        split(classifier, "address", {"one": SCAM})
    with pytest.raises(TooFewIssueTypes):
        merge(classifier, sorted(WORDS), "everything")


def test_a_type_cannot_vanish_because_all_its_messages_moved(classifier: IntentClassifier) -> None:
    everything = tuple(example.text for example in make_examples(40) if example.issue_type == "address")
    with pytest.raises(TaxonomyChangeError, match="every message of address"):
        add(classifier, "home", NewType(TypeDescription("home"), everything))
