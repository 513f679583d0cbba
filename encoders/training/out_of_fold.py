"""What a model that has not seen a message says of it, for every labelled message: five folds of one fast head."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from encoders.encoder import Encoder
from encoders.errors import TrainingDataError
from encoders.progress import Progress
from encoders.text import prepare
from encoders.training.examples import Example, make_folds

FOLDS = 5
_BATCH = 64
_STRENGTH = 30.0


@dataclass(frozen=True, slots=True)
class OutOfFold:
    """`probabilities` (n, k) float64 of heads that did not see the row; `labels` (n,) int64; k `issue_types`, sorted.

    `embeddings` (n, d) float32 and `fold_of` (n,) int64 let heads be fitted again without encoding.
    """

    probabilities: NDArray[np.float64]
    labels: NDArray[np.int64]
    issue_types: tuple[str, ...]
    embeddings: NDArray[np.float32]
    fold_of: NDArray[np.int64]

    def relabelled(self, labels: NDArray[np.int64]) -> "OutOfFold":
        """The same messages with other labels (n,), the heads fitted anew on the same folds."""
        probabilities = fold_probabilities(self.embeddings, labels, self.fold_of, len(self.issue_types))
        return OutOfFold(probabilities, labels, self.issue_types, self.embeddings, self.fold_of)


def out_of_fold(
    examples: Sequence[Example], encoder: Encoder, seed: int = 0, progress: Progress | None = None
) -> OutOfFold:
    """Encode once and fit a logistic head a fold. Equal messages share a fold, so that none vouches for its copy.

    Raises `TrainingDataError` with fewer than two issue types or fewer than two different messages.
    """
    issue_types = tuple(sorted({example.issue_type for example in examples}))
    if len(issue_types) < 2:
        raise TrainingDataError(f"at least two issue types with examples are needed; found {len(issue_types)}")
    fold_of = make_folds(examples, FOLDS, seed)
    if len(np.unique(fold_of)) < 2:
        raise TrainingDataError("at least two different messages are needed")
    number_of = {name: number for number, name in enumerate(issue_types)}
    labels = np.array([number_of[example.issue_type] for example in examples], dtype=np.int64)
    embeddings = encoder.encode([prepare(example.text) for example in examples], _BATCH, progress)
    probabilities = fold_probabilities(embeddings, labels, fold_of, len(issue_types))
    return OutOfFold(probabilities, labels, issue_types, embeddings, fold_of)


def fold_probabilities(
    embeddings: NDArray[np.float32], labels: NDArray[np.int64], fold_of: NDArray[np.int64], classes: int
) -> NDArray[np.float64]:
    """(n, classes): for each fold, what a head fitted on the other folds says of it; a type it never saw gets 0."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # comes with scikit-learn

    result = np.zeros((len(labels), classes))
    with threadpool_limits(limits=1):  # problems this small run slower with more
        for fold in np.unique(fold_of):
            asked, taught = fold_of == fold, fold_of != fold
            seen, found = logistic_probabilities(embeddings[taught], labels[taught], embeddings[asked])
            result[np.ix_(asked, seen)] = found
    return result


def logistic_probabilities(
    embeddings: NDArray[np.float32], labels: NDArray[np.int64], asked: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Fit on (n, d) rows and answer `asked` (m, d): the labels seen (s,), and probabilities (m, s) in their order."""
    from sklearn.linear_model import LogisticRegression

    seen = np.unique(labels)
    if len(seen) == 1:
        return seen, np.ones((len(asked), 1))
    model = LogisticRegression(C=_STRENGTH, max_iter=500).fit(embeddings, labels)
    return seen, np.asarray(model.predict_proba(asked), dtype=np.float64)
