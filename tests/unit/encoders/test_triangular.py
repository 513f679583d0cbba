"""The inverse of a large matrix by panels, and heads that do not depend on how many work on them."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray
from small_bank import WordEncoder, make_examples

from encoders.training import head_fitting, train
from encoders.training.head_fitting import fit_kernel_head
from encoders.training.triangular import inverse_root, panels, solved


def positive_definite(n: int) -> NDArray[np.float32]:
    rows = np.random.default_rng(n).normal(size=(n, 40)).astype(np.float32)
    return np.asarray(np.exp(-0.02 * np.square(rows[:, None] - rows[None]).sum(axis=2)) + np.eye(n), dtype=np.float32)


@pytest.mark.parametrize("n", [1, 200, 513, 1_300])
def test_the_root_gives_the_inverse_and_solves_with_it(n: int) -> None:
    matrix, targets = positive_definite(n), np.random.default_rng(0).normal(size=(n, 3)).astype(np.float32)
    with ThreadPoolExecutor(2) as pool:
        root = inverse_root(np.tril(matrix), pool)
        found = solved(root, targets, pool)
    exact = matrix.astype(np.float64)
    assert np.array_equal(root, np.tril(root))
    assert np.allclose(root.T @ root, np.linalg.inv(exact), atol=1e-4)
    assert np.allclose(found, np.linalg.solve(exact, targets), atol=1e-4)


def test_panels_cover_everything_once() -> None:
    assert [at for start, end in panels(1_234, 100) for at in range(start, end)] == list(range(1_234))


def test_a_head_is_the_same_byte_for_byte_with_any_number_of_threads() -> None:
    trained = train(make_examples(60), encoder=WordEncoder(), seed=1, threads=1)
    one, three = (fit_kernel_head(trained.knowledge.lessons, len(trained.issue_types), threads) for threads in (1, 3))
    assert one.head.pull.tobytes() == three.head.pull.tobytes()
    assert one.unseen.scores.tobytes() == three.unseen.scores.tobytes()
    assert one.unseen.distance.tobytes() == three.unseen.distance.tobytes()


def test_held_out_scores_are_those_of_a_head_that_never_saw_the_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(head_fitting, "_sharpness", lambda _: 1.4)
    trained = train(make_examples(60), encoder=WordEncoder(), seed=1, threads=1)
    lessons, classes = trained.knowledge.lessons, len(trained.issue_types)
    whole, out = fit_kernel_head(lessons, classes), lessons.held_out
    part = lessons.fold[out] == lessons.fold[out][0]
    others, asked = lessons.rows(np.flatnonzero(lessons.fold != lessons.fold[out][0])), lessons.rows(out[part])
    found = fit_kernel_head(others, classes).head.scores_of(asked.words, asked.embeddings)
    assert np.allclose(found.scores, whole.unseen.scores[part], atol=1e-4)
    assert np.allclose(found.distance, whole.unseen.distance[part], atol=1e-6)
