"""`python -m benchmarks.understanding --data DIR --out FILE.json`: five folds, peers, gate and novelty."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np

from benchmarks.circumstances import circumstances
from benchmarks.understanding.measures import score, score_classifier, summary
from benchmarks.understanding.peers import FrozenEncoderLogistic, Peer, TfidfLinearSvc
from benchmarks.understanding.remembering import TimedEncoder
from encoders.classifier import Decision, IntentClassifier
from encoders.encoder import load_encoder
from encoders.text import prepare
from encoders.training import Example, evaluate, read_examples, train
from encoders.training.examples import make_folds
from encoders.training.head_fitting import fit_kernel_head
from routing.adapters.pack import load_pack

FOLDS = 5
TYPES_LEFT_OUT = 27
DRAWS = 5
REPEATS = 3
TARGET, SHARE_OUTSIDE = 0.02, 0.05
WHAT = "Banking77 training split, five folds, copies of a message in one fold; seconds are processor seconds"


def main(arguments: Sequence[str]) -> None:
    """Run everything and write the result."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.understanding", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of Banking77 with train.csv")
    parser.add_argument("--out", type=Path, required=True, help="where to write the result")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    examples = read_examples(options.data / "train.csv").examples
    encoder = TimedEncoder(load_encoder())
    result = {
        **circumstances(WHAT, {"seed": options.seed}, "encoders"),
        "banking77": _five_folds(examples, encoder, options.seed),
        "retraining_the_head": _head_again(examples, encoder, options.seed),
        "outside": _outside(examples, encoder, options.seed),
        "starter_pack": _starter_pack(encoder, options.seed),
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def _five_folds(examples: Sequence[Example], encoder: TimedEncoder, seed: int) -> dict[str, Any]:
    encoder.encode([prepare(example.text) for example in examples])
    fold_of = make_folds(examples, FOLDS, seed)
    ours, svc, logistic = [], [], []
    for fold in range(FOLDS):
        taught, asked = _split(examples, fold_of != fold)
        ours.append(_ours(taught, asked, encoder, seed))
        svc.append(_peer(TfidfLinearSvc(), taught, asked, 0.0))
        logistic.append(_peer(FrozenEncoderLogistic(encoder), taught, asked, encoder.seconds_a_text))
        print(f"fold {fold + 1} of {FOLDS}: {ours[-1]['accuracy']:.4f}", file=sys.stderr, flush=True)
    result = {"pointsman": summary(ours), "tfidf_linear_svc": summary(svc), "frozen_logistic": summary(logistic)}
    base = result["tfidf_linear_svc"]["training_seconds"]["mean"]
    ratios = {name: round(found["training_seconds"]["mean"] / base, 2) for name, found in result.items()}
    return {"rows": len(examples), **result, "training_time_beside_tfidf_linear_svc": ratios}


def _split(examples: Sequence[Example], taught: Any) -> tuple[list[Example], list[Example]]:
    return [examples[int(at)] for at in np.flatnonzero(taught)], [examples[int(at)] for at in np.flatnonzero(~taught)]


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    start = process_time()
    return work(), process_time() - start


def _ours(taught: Sequence[Example], asked: Sequence[Example], encoder: TimedEncoder, seed: int) -> dict[str, float]:
    classifier, seconds = _timed(lambda: train(taught, encoder=encoder, seed=seed, threads=1))
    encoding = encoder.seconds_a_text * len(taught)
    return {**score_classifier(classifier, asked), "training_seconds": seconds + encoding}


def _peer(
    peer: Peer, taught: Sequence[Example], asked: Sequence[Example], encoding_seconds_a_text: float
) -> dict[str, float]:
    texts, labels = [prepare(example.text) for example in taught], [example.issue_type for example in taught]
    _, seconds = _timed(lambda: peer.fit(texts, labels))
    answers = peer.answer([prepare(example.text) for example in asked])
    encoding = encoding_seconds_a_text * len(taught)
    return {**score(answers, [example.issue_type for example in asked]), "training_seconds": seconds + encoding}


def _head_again(examples: Sequence[Example], encoder: TimedEncoder, seed: int) -> dict[str, Any]:
    """Head, held-out scores and all from vectors that are there, on every core: what a changed label costs."""
    classifier = train(examples, encoder=encoder, seed=seed, threads=1)
    lessons, classes = classifier.knowledge.lessons, len(classifier.issue_types)
    seconds = []
    for _ in range(REPEATS):
        start = perf_counter()
        fit_kernel_head(lessons, classes, os.cpu_count() or 1)
        seconds.append(perf_counter() - start)
    return {"rows": len(lessons), "wall_seconds": [round(value, 2) for value in seconds]}


def _outside(examples: Sequence[Example], encoder: TimedEncoder, seed: int) -> dict[str, Any]:
    """Issue types that nobody trained on (near) and other topics (far), against held-out messages of known types.

    The gate is chosen for a target of 2 % with 5 % of the traffic outside, knowing no message from there.
    """
    draws = [_outside_draw(examples, encoder, seed, draw) for draw in range(DRAWS)]
    return {"types_left_out": TYPES_LEFT_OUT, "draws": DRAWS, **summary(draws)}


def _outside_draw(examples: Sequence[Example], encoder: TimedEncoder, seed: int, draw: int) -> dict[str, float]:
    types = sorted({example.issue_type for example in examples})
    # Other draws than those that the two signs of novelty were chosen on.
    left_out = set(np.random.default_rng([seed, draw, 77]).permutation(types)[:TYPES_LEFT_OUT])
    known = [example for example in examples if example.issue_type not in left_out]
    taught, asked = _split(known, make_folds(known, FOLDS, seed) != 0)
    near = [example.text for example in examples if example.issue_type in left_out]
    pack = load_pack(None)
    far = (*pack.outside_calibration, *pack.outside_held_out)
    expecting = train(taught, encoder=encoder, seed=seed, threads=1, target_error=TARGET, outside_share=SHARE_OUTSIDE)
    plain = expecting.with_target_error(TARGET, outside_share=0.0)
    return {
        "near_auroc": _novelty(plain, asked, near)["auroc"],
        "far_auroc": _novelty(plain, asked, far)["auroc"],
        **{f"near_{name}": value for name, value in _mixed(expecting, asked, near).items()},
        **{f"near_not_expected_{name}": value for name, value in _mixed(plain, asked, near).items()},
        **{f"far_not_expected_{name}": value for name, value in _mixed(plain, asked, far).items()},
    }


def _mixed(classifier: IntentClassifier, inside: Sequence[Example], outside: Sequence[str]) -> dict[str, float]:
    """Traffic with a share from outside: how much is decided by itself, and how much of that wrongly."""
    answers = classifier.classify([example.text for example in inside])
    auto = np.array([answer.decision is Decision.AUTO for answer in answers])
    pairs = zip(answers, inside, strict=True)
    wrong = np.array([answer.issue_type != example.issue_type for answer, example in pairs])
    strange = np.mean([answer.decision is Decision.AUTO for answer in classifier.classify(outside)])
    share = (1 - SHARE_OUTSIDE) * auto.mean() + SHARE_OUTSIDE * strange
    error = ((1 - SHARE_OUTSIDE) * (auto & wrong).mean() + SHARE_OUTSIDE * strange) / max(share, 1e-9)
    return {"inside_automatic": float(auto.mean()), "outside_automatic": float(strange), "error": float(error)}


def _starter_pack(encoder: TimedEncoder, seed: int) -> dict[str, Any]:
    """The pack that ships: trained on its examples, asked the messages that are never trained on."""
    pack = load_pack(None)
    taught, asked = ([Example(*pair) for pair in pairs] for pairs in (pack.training_examples, pack.held_out_examples))
    classifier = train(taught, outside=pack.outside_calibration, encoder=encoder, seed=seed, threads=1)
    return {
        "issue_types": len(classifier.issue_types),
        "trained_on": len(taught),
        "asked": len(asked),
        **score_classifier(classifier, asked),
        "novelty": _novelty(classifier, asked, pack.outside_held_out),
    }


def _novelty(classifier: IntentClassifier, inside: Sequence[Example], outside: Sequence[str]) -> dict[str, float]:
    report = evaluate(classifier, inside, outside)
    assert report.novelty is not None
    return {
        "auroc": report.novelty.auroc,
        "outside_to_review": report.novelty.share_to_review,
        "inside_automatic": report.share_auto,
    }


if __name__ == "__main__":
    main(sys.argv[1:])
