"""Training on few messages, interrupted in the middle of its tunings and begun again."""

from pathlib import Path

import pytest
from small_bank import WordEncoder, make_examples

from encoders.encoder import load_encoder
from encoders.errors import EncoderUnavailable
from encoders.modes import Mode
from encoders.training import fitting, train
from encoders.vigilance import Detector, fit_detector
from encoders.vigilance.lessons import read_lessons

LESSONS = make_examples(5)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own; alerts are another matter, and are learnt from words alone here."""
    try:
        load_encoder()
    except EncoderUnavailable as missing:
        pytest.skip(str(missing))
    of_words = fit_detector(WordEncoder(), 0, read_lessons()[::6])

    def quick(*_: object) -> Detector:
        return of_words

    monkeypatch.setattr(fitting, "detector_of", quick)
    monkeypatch.setenv("POINTSMAN_CACHE", str(tmp_path))
    return tmp_path


def test_begun_again_it_does_no_tuning_twice_ends_in_the_same_model_and_leaves_nothing_behind(cache: Path) -> None:
    whole = train(LESSONS, mode=Mode.FEW, seed=1, threads=1)
    assert not list(cache.glob("tuning-*"))

    def stop(done: int, of: int, stage: str) -> None:
        if stage == "tune, 2 of 3" and done == of:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(LESSONS, mode=Mode.FEW, seed=1, threads=1, progress=stop)
    seen: list[tuple[str, int]] = []
    again = train(
        LESSONS, mode=Mode.FEW, seed=1, threads=1, progress=lambda done, of, stage: seen.append((stage, done))
    )
    assert "tune, 1 of 3" not in dict(seen)
    assert next(done for stage, done in seen if stage == "tune, 2 of 3") > 1
    assert again.version == whole.version
    assert not list(cache.glob("tuning-*"))
