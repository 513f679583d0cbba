"""The detector: what raises an alert, what does not, and that it can be stored and bounded."""

import json
import tomllib
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from encoders.errors import TrainingDataError
from encoders.progress import Progress
from encoders.text import duplicate_key
from encoders.vigilance import Detector, Kind, fit_detector
from encoders.vigilance.cues import WINDOW, cue_book, plain, windows
from encoders.vigilance.features import COLUMNS, ORDINARY, fit_view
from encoders.vigilance.fitting import MOST_FALSE_ALARMS, NEAR_MISSES, _alike, _fit, _read
from encoders.vigilance.lessons import lessons_in, read_lessons
from encoders.vigilance.pieces import LONG, PIECE, pieces_of

CORPUS = Path(__file__).parents[3] / "benchmarks" / "understanding" / "corpora" / "vigilance.toml"


class Hashing:
    """Words to unit vectors, without a neural network."""

    name, dimension, fingerprint = "hashing", 128, "0"

    def encode(
        self, texts: Sequence[str], batch_size: int = 64, progress: Progress | None = None
    ) -> NDArray[np.float32]:
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.lower().split() or ["-"]:
                row[sha256(word.encode()).digest()[0] % self.dimension] += 1.0
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


SOME = read_lessons()[::3]


@pytest.fixture(scope="session")
def detector() -> Detector:
    """From a third of the lessons, so that it is there at once."""
    return fit_detector(Hashing(), seed=0, lessons=SOME)


def judged(detector: Detector, text: str) -> tuple[str, ...]:
    [alert] = detector.judge([text], Hashing().encode([text]), Hashing().encode)
    return alert.kinds if alert else ()


def test_messages_it_had_not_seen_raise_alerts_of_their_kinds_and_ordinary_ones_seldom_do(detector: Detector) -> None:
    unseen = read_lessons()[1::12]
    texts = [lesson.text for lesson in unseen]
    alerts = detector.judge(texts, Hashing().encode(texts))
    shown = [(lesson, alert) for lesson, alert in zip(unseen, alerts, strict=True) if lesson.label != ORDINARY]
    found = [(lesson, alert) for lesson, alert in shown if alert]
    false = [alert is not None for lesson, alert in zip(unseen, alerts, strict=True) if lesson.label == ORDINARY]

    assert len(found) > len(shown) / 3
    assert sum(lesson.label in alert.kinds for lesson, alert in found) > 0.6 * len(found)
    assert sum(false) < 0.1 * len(false)


@pytest.mark.parametrize(
    "text",
    ["my phone died", "you are killing me with these fees", "my payment is late", "two suicide squad tickets", ""],
)
def test_words_that_only_sound_alike_are_no_strong_cue(text: str) -> None:
    assert cue_book().read(text).certain == ()


def test_a_cue_is_found_in_capitals_and_with_any_apostrophe() -> None:
    assert cue_book().read("I DON’T WANT TO LIVE").certain == (Kind.RISK_OF_HARM,)


def test_work_study_and_charity_excuse_a_cue() -> None:
    assert cue_book().read("we run a dementia charity, which account fits").certain == ()


def test_one_sentence_in_a_long_letter_is_heard(detector: Detector) -> None:
    filler = "I would like to ask about the interest on the saver. "
    sentence = next(
        lesson.text for lesson in SOME if lesson.label == Kind.BEREAVEMENT and 20 <= len(lesson.text.split()) <= PIECE
    )

    assert judged(detector, filler * 12) == ()
    assert Kind.BEREAVEMENT in judged(detector, filler * 12 + sentence + ". " + filler * 12)


def test_alerts_name_the_words_that_told(detector: Detector) -> None:
    text = "hello, my mother died"
    [alert] = detector.judge([text], Hashing().encode([text]))

    assert alert is not None
    assert (alert.kind, alert.vulnerable, alert.fraud) == (Kind.BEREAVEMENT, True, False)
    assert alert.cues == ("mother died",)


def test_the_more_pieces_a_letter_has_the_surer_one_has_to_be(detector: Detector) -> None:
    grave = next(
        lesson.text for lesson in SOME if lesson.label == Kind.BEREAVEMENT and 20 <= len(lesson.text.split()) <= PIECE
    )
    filler = "I have been a customer for many years and I always liked your app and your colours a lot."
    letters = [" ".join([filler] * few + [grave] + [filler] * few) for few in (2, 8)]
    few, many = detector.judge(letters, Hashing().encode(letters), Hashing().encode)

    assert [len(pieces_of(letter)) for letter in letters] == [5, 17]
    assert few is not None
    assert many is None or many.probability < few.probability


def test_a_stored_detector_answers_as_the_fitted_one(detector: Detector) -> None:
    stored = Detector.from_parts(detector.arrays(), json.loads(json.dumps(detector.parameters())))
    texts = [lesson.text for lesson in read_lessons()[::40]]

    assert stored.judge(texts, Hashing().encode(texts)) == detector.judge(texts, Hashing().encode(texts))


def test_equal_encoder_and_seed_give_an_equal_detector(detector: Detector) -> None:
    again = fit_detector(Hashing(), seed=0, lessons=SOME)

    assert np.array_equal(again.model.pull, detector.model.pull)
    assert again.parameters() == detector.parameters()


@pytest.mark.parametrize(
    ("change", "why"),
    [({"columns": ["sadness"]}, "kinds"), ({"threshold": 0.0}, "threshold"), ({"threshold": 1.5}, "1")],
)
def test_parts_that_do_not_fit_are_refused(detector: Detector, change: dict[str, object], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Detector.from_parts(detector.arrays(), {**detector.parameters(), **change})


def test_weights_of_another_shape_are_refused(detector: Detector) -> None:
    with pytest.raises(ValueError, match="shapes"):
        Detector.from_parts({**detector.arrays(), "pull": np.zeros((3, 3), np.float32)}, detector.parameters())


def test_a_view_of_other_depths_than_the_anchors_is_refused(detector: Detector) -> None:
    with pytest.raises(ValueError, match="anchors"):
        Detector.from_parts({**detector.arrays(), "view.across": np.zeros((128, 3), np.float32)}, detector.parameters())


def test_the_threshold_keeps_false_alarms_where_so_many_of_the_messages_are_near_misses(detector: Detector) -> None:
    found = detector.held_out
    expected = found["false_alarms_near_misses"] * NEAR_MISSES + found["false_alarms_plain"] * (1 - NEAR_MISSES)

    assert 0.0 < expected <= MOST_FALSE_ALARMS


def test_what_is_said_of_lessons_left_out_is_what_a_model_without_them_says() -> None:
    lessons = read_lessons()[::12]
    material, asked = _read(lessons), np.arange(0, len(lessons), 5)
    anchors = fit_view(Hashing().encode(material.texts)).of(Hashing().encode(material.texts))
    alike, targets = _alike(material, anchors), np.eye(len(COLUMNS))[material.labels]
    others = np.setdiff1d(np.arange(len(lessons)), asked)
    pull = np.linalg.solve(alike[np.ix_(others, others)], targets[others])

    assert np.allclose(_fit(material, anchors, [asked]).scores[asked], alike[np.ix_(asked, others)] @ pull, atol=1e-3)


def test_lessons_know_which_of_them_are_near_misses() -> None:
    tables = {"ordinary": {"near_death": ["my phone died"], "plain": ["my card is late"]}}

    assert [lesson.near_miss for lesson in lessons_in(tables, "lessons")] == [True, False]


def test_an_unknown_kind_among_the_lessons_is_named() -> None:
    with pytest.raises(TrainingDataError, match="sadness"):
        list(lessons_in({"circumstances": {"sadness": ["oh"]}, "ordinary": {}}, "lessons"))


def test_every_kind_has_lessons_from_more_than_one_writer() -> None:
    writers = {kind: {lesson.source for lesson in read_lessons() if lesson.label == kind} for kind in Kind}

    assert all(len(sources) > 1 for sources in writers.values())


def test_no_message_of_the_evaluation_is_a_lesson() -> None:
    tables = tomllib.loads(CORPUS.read_text(encoding="utf-8"))
    asked = {duplicate_key(text) for table in tables.values() for texts in table.values() for text in texts}

    assert not asked & {duplicate_key(lesson.text) for lesson in read_lessons()}


def test_the_evaluation_holds_enough_of_every_kind() -> None:
    tables = tomllib.loads(CORPUS.read_text(encoding="utf-8"))

    assert set(tables["circumstances"]) == set(Kind)
    assert all(len(texts) >= 15 for texts in tables["circumstances"].values())
    assert sum(len(texts) for table in tables.values() for texts in table.values()) >= 300


@pytest.mark.parametrize("text", ["a" * 4_000, "my " * 1_300, "he she they i " * 280, "." * 4_000, "x. " * 1_300])
def test_windows_stay_short_and_few_whatever_is_written(text: str) -> None:
    found = list(windows(plain(text)))

    assert all(len(window) <= WINDOW + WINDOW // 2 for window in found)
    assert sum(map(len, found)) <= 3 * len(text) + WINDOW


def test_a_text_of_ordinary_length_has_no_pieces_and_a_long_one_is_covered() -> None:
    text = "one two three four five. " * 20

    assert pieces_of("one two three") == []
    assert len(text.split()) > LONG
    assert " ".join(pieces_of(text)).split() == text.split()
