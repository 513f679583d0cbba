"""Suspect labels: what models that had not seen a message contradict, and what fixing it would change."""

from dataclasses import replace

import numpy as np
import pytest
from small_bank import WordEncoder, make_examples

from encoders.errors import TrainingDataError
from encoders.training import Example
from encoders.training.out_of_fold import OutOfFold, out_of_fold
from encoders.training.suspects import effect_of_fixing, find_suspects

# Without the words that all types share, so that a right label is not in doubt.
CLEAN = [replace(example, text=" ".join(example.text.split()[:3])) for example in make_examples(40)]
PLANTED = (3, 50, 90, 130)


def planted() -> list[Example]:
    """Four labels that are wrong, one of each type."""
    found = list(CLEAN)
    for row in PLANTED:
        other = next(example.issue_type for example in CLEAN if example.issue_type != CLEAN[row].issue_type)
        found[row] = replace(CLEAN[row], issue_type=other)
    return found


@pytest.fixture(scope="module")
def flawed() -> OutOfFold:
    return out_of_fold(planted(), WordEncoder(), seed=0)


def test_planted_errors_are_found_with_their_right_labels(flawed: OutOfFold) -> None:
    proposed = {suspect.row: suspect.proposed for suspect in find_suspects(flawed)}
    assert {row: proposed.get(row) for row in PLANTED} == {row: CLEAN[row].issue_type for row in PLANTED}


def test_the_surest_comes_first_and_no_label_is_proposed_that_is_less_probable(flawed: OutOfFold) -> None:
    margins = [suspect.margin for suspect in find_suspects(flawed)]
    assert margins == sorted(margins, reverse=True)
    assert min(margins) > 0


def test_fixing_what_is_wrong_is_said_to_help_the_other_messages(flawed: OutOfFold) -> None:
    suspects = [suspect for suspect in find_suspects(flawed) if suspect.row in PLANTED]
    effect = effect_of_fixing(flawed, suspects)
    assert effect.rows == len(CLEAN) - len(PLANTED)
    assert effect.after.accuracy >= effect.before.accuracy


def test_nothing_to_fix_changes_nothing(flawed: OutOfFold) -> None:
    effect = effect_of_fixing(flawed, [])
    assert (effect.rows, effect.flips, effect.before) == (len(CLEAN), 0, effect.after)


def test_no_head_is_asked_about_a_message_it_learned_from() -> None:
    copies = [Example("lost stolen card", "lost_card"), Example("LOST  stolen card", "top_up")] * 3
    found = out_of_fold([*CLEAN, *copies], WordEncoder(), seed=0)
    assert len(set(found.fold_of[len(CLEAN) :].tolist())) == 1


def test_equal_input_and_seed_give_equal_probabilities() -> None:
    first, again = (out_of_fold(CLEAN, WordEncoder(), seed=3).probabilities for _ in range(2))
    assert np.array_equal(first, again)
    assert first.sum(axis=1) == pytest.approx(np.ones(len(CLEAN)))


def test_a_type_that_only_one_fold_holds_gets_no_probability_there() -> None:
    found = out_of_fold([*CLEAN, Example("zebra crossing", "zebra")], WordEncoder(), seed=0)
    assert found.probabilities[-1, found.issue_types.index("zebra")] == 0.0
    assert all(suspect.proposed != "zebra" for suspect in find_suspects(found))


@pytest.mark.parametrize("examples", [[], CLEAN[:5], [Example("same", "a"), Example("Same", "b")]])
def test_what_cannot_be_held_out_is_refused(examples: list[Example]) -> None:
    with pytest.raises(TrainingDataError):
        out_of_fold(examples, WordEncoder())
