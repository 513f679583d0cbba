"""Accuracy on real bank messages with the real encoder."""

import os
from pathlib import Path

import numpy as np
import pytest

DATA = Path(os.environ.get("POINTSMAN_DATA", Path(__file__).parents[3] / "shared" / "data")) / "banking77"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"needs {DATA}; POINTSMAN_DATA names the folder above it"),
]


def test_five_fold_accuracy_on_banking77_is_at_least_925_in_a_thousand() -> None:
    from benchmarks.understanding.remembering import TimedEncoder
    from encoders.encoder import load_encoder
    from encoders.training import evaluate, read_examples, train
    from encoders.training.examples import make_folds

    examples = read_examples(DATA / "train.csv").examples
    fold_of, encoder = make_folds(examples, 5, 0), TimedEncoder(load_encoder())
    right, automatic, wrong = 0.0, 0.0, 0.0
    for fold in range(5):
        taught = [examples[int(at)] for at in np.flatnonzero(fold_of != fold)]
        asked = [examples[int(at)] for at in np.flatnonzero(fold_of == fold)]
        report = evaluate(train(taught, encoder=encoder, threads=1), asked)
        right += report.accuracy * len(asked)
        automatic += report.share_auto * len(asked)
        wrong += (report.error_auto or 0.0) * report.share_auto * len(asked)
    assert right / len(examples) >= 0.925
    assert automatic / len(examples) >= 0.9
    assert wrong / automatic <= 0.055
