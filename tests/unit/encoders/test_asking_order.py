"""Acquisition: which messages are asked about first."""

import numpy as np
import pytest
from builders import make_triage

from encoders.training.acquisition import alikeness, doubt, lesson, most_worth
from routing.domain.worth import lesson_of

TORN = np.array([[0.5, 0.5, 0.0], [0.6, 0.3, 0.1], [1.0, 0.0, 0.0]])


def test_doubt_is_what_the_first_type_lacks_in_lead_over_the_second() -> None:
    assert doubt(TORN) == pytest.approx([1.0, 0.7, 0.0])


def test_where_there_is_one_type_there_is_no_doubt() -> None:
    assert doubt(np.ones((2, 1))).tolist() == [0.0, 0.0]


def test_a_message_is_as_alike_as_its_nearest_others_are() -> None:
    rows = np.array([[1, 0], [1, 0], [0, 1]], dtype=np.float32)
    assert alikeness(rows, nearest=1) == pytest.approx([1.0, 1.0, 0.0])
    assert alikeness(rows, nearest=10) == pytest.approx([0.5, 0.5, 0.0])


def test_a_message_alone_is_like_nothing_and_none_at_all_is_no_error() -> None:
    assert alikeness(np.ones((1, 4), dtype=np.float32)).tolist() == [0.0]
    assert alikeness(np.zeros((0, 4), dtype=np.float32)).tolist() == []


def test_blocks_of_messages_are_compared_with_all_others() -> None:
    generator = np.random.default_rng(0)
    rows = generator.normal(size=(1_500, 8)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    cosines = rows @ rows.T
    np.fill_diagonal(cosines, -1.0)
    assert alikeness(rows, nearest=1) == pytest.approx(cosines.max(axis=1), abs=1e-5)


def test_the_service_weighs_one_message_as_the_simulation_weighs_many() -> None:
    for row, alike in zip(TORN, (0.0, 0.4, 1.0), strict=True):
        triage = make_triage(distribution=tuple(zip("abc", row.tolist(), strict=True)), novelty=0.0)
        assert lesson_of(triage, alike) == pytest.approx(lesson(row[None, :], np.array([alike]))[0])


def test_the_most_worth_comes_first_and_equals_in_their_order() -> None:
    assert most_worth(np.array([0.1, 0.9, 0.5, 0.9]), 3).tolist() == [1, 3, 2]
    assert most_worth(np.zeros(0), 3).tolist() == []
