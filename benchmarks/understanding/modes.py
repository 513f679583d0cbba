"""`python -m benchmarks.understanding.modes --data DIR --out FILE.json`: tuned, few-example and zero-example training.

Folds of Banking77's training split for `best`; for few and zero examples, every third training message that is not
among those learned from: the published splits of five and ten a type, then draws of as many. The official test split
holds equally many of every type and the training split does not: `balanced_accuracy` is what compares with it. Peers
in the same run: the frozen encoder with a logistic regression, TF-IDF with a linear SVC, and for zero examples the
cosine to the bare name. Draws and folds go on from those that an earlier run at the same commit left in the file.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np

from benchmarks.circumstances import circumstances
from benchmarks.understanding.continued import Continued
from benchmarks.understanding.measures import score, score_classifier
from benchmarks.understanding.peers import Answers, FrozenEncoderLogistic, TfidfLinearSvc
from benchmarks.understanding.remembering import FirstPart, TimedEncoder
from encoders.classifier import IntentClassifier
from encoders.encoder import DEFAULT_ENCODER, Encoder, SentenceEncoder, load_encoder
from encoders.modes import Mode
from encoders.text import duplicate_key, prepare
from encoders.training import Example, TypeDescription, read_descriptions, read_examples, train
from encoders.training.described import spoken
from encoders.training.examples import make_folds

FOLDS = 5
SHOTS = (5, 10)
ASKED_ONE_IN = 3
LARGER = "all-mpnet-base-v2"
_Told = Mapping[str, Any]
DESCRIPTIONS = Path(__file__).parent / "corpora" / "banking77_descriptions.csv"


def main(arguments: Sequence[str]) -> None:
    """Run what is asked for; results of parts that are there already stay."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.understanding.modes", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of Banking77")
    parser.add_argument("--out", type=Path, required=True, help="where to write the result")
    parser.add_argument(
        "--parts", nargs="*", default=["zero", "few", "best"], help="zero, few, best, few-larger, best-larger"
    )
    parser.add_argument(
        "--folds", nargs="*", type=int, default=list(range(FOLDS)), help="which folds `best` is judged on"
    )
    parser.add_argument(
        "--draws", nargs="*", type=int, default=[0], help="which draws of few examples; 0 is the published split"
    )
    parser.add_argument("--shots", nargs="*", type=int, default=list(SHOTS), help="examples a type, of few examples")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    bench = _Bench(options.data, options.seed, options.folds, options.draws, options.shots)
    work: Mapping[str, Callable[[_Told], Iterator[_Told]]] = {
        "zero": bench.zero,
        "few": lambda told: bench.few(DEFAULT_ENCODER, told),
        "few-larger": lambda told: bench.few(LARGER, told),
        "best": lambda told: bench.best(DEFAULT_ENCODER, told),
        "best-larger": lambda told: bench.best(LARGER, told),
    }
    result = json.loads(options.out.read_text(encoding="utf-8")) if options.out.exists() else {}
    for part in options.parts:
        for found in work[part](result.get(part, {})):
            result[part] = {**result.get(part, {}), **found}
            options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        print(f"{part}: done", file=sys.stderr, flush=True)


class _Bench:
    """The data, and each part of the measurement: what is known of it, told again whenever more is."""

    def __init__(self, data: Path, seed: int, folds: Sequence[int], draws: Sequence[int], shots: Sequence[int]) -> None:
        self._data, self._seed, self._folds, self._draws, self._shots = data, seed, folds, draws, shots
        self._examples = read_examples(data / "train.csv").examples
        self._about = circumstances(__doc__ or "", {"seed": seed}, "encoders")

    def zero(self, _: _Told) -> Iterator[_Told]:
        """Names alone, and names with descriptions that were written without seeing a message."""
        asked = self._examples[::ASKED_ONE_IN]
        described = read_descriptions(DESCRIPTIONS)
        names = {key: TypeDescription(key) for key in described}
        own = {
            label: self._zero(told, asked) for label, told in (("names", names), ("names_and_descriptions", described))
        }
        yield {**self._about, "asked": len(asked), **own, "peer_cosine_to_the_name": _cosine(names, asked)}

    def _zero(self, told: Mapping[str, TypeDescription], asked: Sequence[Example]) -> dict[str, float]:
        classifier = train((), mode=Mode.ZERO, descriptions=told, seed=self._seed)
        predictions = classifier.classify([example.text for example in asked])
        return {"accuracy": _share(p.issue_type == e.issue_type for p, e in zip(predictions, asked, strict=True))}

    def few(self, encoder: str, told: _Told) -> Iterator[_Told]:
        """Five and ten examples a type, each draw of both before the next; `told`: what the file says already."""
        names = {shots: f"{shots}_examples" for shots in self._shots}
        found = {shots: Continued.of(told.get(name, {}), self._about, "draws") for shots, name in names.items()}
        for draw in self._draws:
            for shots, name in names.items():
                found[shots].add(draw, self._few(self._drawn(shots, draw), encoder))
                yield {name: found[shots].told}

    def _drawn(self, shots: int, draw: int) -> Sequence[Example]:
        """The published split, then `shots` of every type by chance."""
        if draw == 0:
            return read_examples(self._data / "few_shot" / f"train_{shots}.csv").examples
        order = np.random.default_rng([self._seed, shots, draw]).permutation(len(self._examples))
        left = Counter({example.issue_type: shots for example in self._examples})
        taken = []
        for at in order:
            example = self._examples[int(at)]
            if left[example.issue_type]:
                left[example.issue_type] -= 1
                taken.append(example)
        return taken

    def _few(self, taught: Sequence[Example], encoder: str) -> dict[str, dict[str, float]]:
        seen = {duplicate_key(example.text) for example in taught}
        asked = [example for example in self._examples if duplicate_key(example.text) not in seen][::ASKED_ONE_IN]
        start = process_time()
        classifier = train(taught, mode=Mode.FEW, encoder=encoder, seed=self._seed)
        seconds = process_time() - start
        known = TimedEncoder(classifier.encoder)
        own = {**_scored(classifier, known, asked), "training_seconds": seconds}
        print(f"{len(taught)} examples: {own['balanced_accuracy']:.4f} balanced", file=sys.stderr, flush=True)
        return {"pointsman": own, **_peers(taught, asked, FirstPart(known, load_encoder(encoder)))}

    def best(self, encoder: str, told: _Told) -> Iterator[_Told]:
        """Folds of the training split, beside `fast` on the same folds."""
        fold_of = make_folds(self._examples, FOLDS, self._seed)
        found = Continued.of(told, self._about, "folds")
        for fold in self._folds:
            found.add(fold, self._best(fold_of, fold, encoder))
            yield found.told

    def _best(self, fold_of: Any, fold: int, encoder: str) -> dict[str, dict[str, float]]:
        taught = [self._examples[int(at)] for at in np.flatnonzero(fold_of != fold)]
        asked = [self._examples[int(at)] for at in np.flatnonzero(fold_of == fold)]
        frozen = TimedEncoder(load_encoder(encoder))
        found = {}
        for mode, given in ((Mode.FAST, frozen), (Mode.BEST, encoder)):
            start = process_time()
            classifier = train(taught, mode=mode, encoder=given, seed=self._seed)
            seconds = process_time() - start
            known = frozen if given is frozen else TimedEncoder(classifier.encoder)
            found[mode.value] = {**_scored(classifier, known, asked), "training_seconds": seconds}
            print(f"fold {fold}, {mode}: {found[mode.value]['accuracy']:.4f}", file=sys.stderr, flush=True)
        return {**found, **_peers(taught, asked, frozen)}


def _scored(classifier: IntentClassifier, known: Encoder, asked: Sequence[Example]) -> dict[str, float]:
    """With the precise look at every message, each encoded once for all that is asked about it."""
    return score_classifier(replace(classifier, encoder=known), asked)


def _peers(taught: Sequence[Example], asked: Sequence[Example], encoder: Encoder) -> dict[str, dict[str, float]]:
    texts, labels = [prepare(example.text) for example in taught], [example.issue_type for example in taught]
    questions, truth = [prepare(example.text) for example in asked], [example.issue_type for example in asked]
    found = {}
    for name, peer in (
        ("frozen_logistic", FrozenEncoderLogistic(encoder)),
        ("tfidf_linear_svc", TfidfLinearSvc()),
    ):
        peer.fit(texts, labels)
        found[name] = score(peer.answer(questions), truth)
    return found


def _cosine(told: Mapping[str, TypeDescription], asked: Sequence[Example]) -> dict[str, float]:
    encoder: SentenceEncoder = load_encoder()
    keys = list(told)
    names = encoder.encode([spoken(told[key].name) for key in keys])
    cosines = encoder.encode([prepare(example.text) for example in asked]) @ names.T
    answers = Answers([keys[at] for at in cosines.argmax(axis=1)], cosines.max(axis=1).astype(np.float64))
    return {"accuracy": score(answers, [example.issue_type for example in asked])["accuracy"]}


def _share(right: Iterable[bool]) -> float:
    values = list(right)
    return round(sum(values) / len(values), 5)


if __name__ == "__main__":
    main(sys.argv[1:])
