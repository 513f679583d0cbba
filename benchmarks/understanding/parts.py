"""Where the time of one classification goes: each part by itself, asked for messages one at a time or many at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import process_time

import numpy as np
from numpy.typing import NDArray

from encoders.classifier import IntentClassifier, Knowledge
from encoders.conversation import read
from encoders.encoder import Encoder, SentenceEncoder, encode_depths, quick_path
from encoders.head import HeadScores
from encoders.language import LanguageDetector
from encoders.quick_look import coarse
from encoders.text import prepare
from encoders.tfidf import counted
from encoders.vigilance.cues import cue_book

REPEATS = 5
LANGUAGES = ("en", "de", "fr", "es")
Part = Callable[[slice], object]


def parts(model: IntentClassifier, texts: Sequence[str], together: int) -> dict[str, float]:
    """Microseconds of processor time a message, by part; the median of a few rounds after one that is not counted.

    `together`: how many messages a part is asked for at once. A part that is asked again and again has its code and
    tables in the cache, which in service the others take from it: the parts come to less than the whole.
    """
    prepared = [prepare(text) for text in texts]
    tasks = {**_of_words(model.knowledge, texts, prepared), **_of_encoders(model, prepared)}
    tasks["the whole"] = lambda rows: model.classify(texts[rows])
    starts = range(0, len(texts) - together + 1, together)
    rows = [slice(start, start + together) for start in starts]
    return {name: round(_microseconds(task, rows) / together, 1) for name, task in tasks.items()}


def _microseconds(task: Part, rows: Sequence[slice]) -> float:
    spent = []
    for _ in range(REPEATS + 1):
        began = process_time()
        for each in rows:
            task(each)
        spent.append((process_time() - began) / len(rows))
    return float(np.median(spent[1:])) * 1e6


def _of_words(knowledge: Knowledge, texts: Sequence[str], prepared: Sequence[str]) -> Mapping[str, Part]:
    """What is done with the words alone; the last three are not part of every classification."""
    alone, several, book = LanguageDetector(LANGUAGES[:1]), LanguageDetector(LANGUAGES), cue_book()
    terms = [counted(text) for text in prepared]
    return {
        "masking": lambda rows: [prepare(text) for text in texts[rows]],
        "counting terms": lambda rows: [counted(text) for text in prepared[rows]],
        "weighing terms, issue types": lambda rows: knowledge.head.of_words(terms[rows]),
        "weighing terms, alerts": lambda rows: knowledge.detector.of_words(terms[rows]),
        "language, one configured": lambda rows: [alone.detect(text) for text in texts[rows]],
        f"language, {len(LANGUAGES)} configured": lambda rows: [several.detect(text) for text in texts[rows]],
        "reading a conversation": lambda rows: [read((text,)) for text in texts[rows]],
        "cues, of a message that raises an alert": lambda rows: [book.read(text) for text in prepared[rows]],
    }


def _of_encoders(model: IntentClassifier, prepared: Sequence[str]) -> Mapping[str, Part]:
    precise, quick = model.encoder, quick_path(model.encoder)
    found = dict[str, Part]()
    if isinstance(precise, SentenceEncoder):
        tokenizer = precise.copy_of_model().tokenizer.backend_tokenizer
        found["tokenising"] = lambda rows: [tokenizer.encode(text).ids for text in prepared[rows]]
    if quick is not None:
        found |= _of_look("quick", quick, coarse(model.knowledge), prepared)
    return {**found, **_of_look("precise", precise, model.knowledge, prepared), **_of_scores(model, prepared)}


def _of_look(name: str, encoder: Encoder, knowledge: Knowledge, prepared: Sequence[str]) -> Mapping[str, Part]:
    seen = _Seen.by(encoder, knowledge, prepared)
    head, detector = knowledge.head, knowledge.detector
    return {
        f"encoder with its tokenising, {name}": lambda rows: encode_depths(encoder, prepared[rows]),
        f"head and nearest messages, {name}": lambda rows: head.scores_beside(seen.words[rows], seen.vectors[rows]),
        f"alerts from all depths, {name}": lambda rows: detector.judge(
            prepared[rows], seen.depths[rows], None, seen.alarm[rows]
        ),
    }


def _of_scores(model: IntentClassifier, prepared: Sequence[str]) -> Mapping[str, Part]:
    known = model.knowledge
    seen = _Seen.by(model.encoder, known, prepared)
    scored = known.head.scores_beside(seen.words, seen.vectors)
    chances = known.confidence.probabilities(scored.scores)
    return {
        "calibration": lambda rows: known.confidence.probabilities(scored.scores[rows]),
        "novelty": lambda rows: known.novelty.novelty(HeadScores(scored.scores[rows], scored.distance[rows])),
        "prediction sets": lambda rows: [known.set_rule.members(row) for row in chances[rows]],
    }


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one look at texts has of each: a row of each array."""

    depths: NDArray[np.float32]
    vectors: NDArray[np.float32]
    words: NDArray[np.float32]
    alarm: NDArray[np.float32]

    @classmethod
    def by(cls, encoder: Encoder, knowledge: Knowledge, prepared: Sequence[str]) -> "_Seen":
        depths, terms = encode_depths(encoder, prepared), [counted(text) for text in prepared]
        vectors = np.ascontiguousarray(depths[:, : encoder.dimension])
        return cls(depths, vectors, knowledge.head.of_words(terms), knowledge.detector.of_words(terms))
