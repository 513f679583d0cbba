"""`python -m benchmarks.understanding.vigilance --data DIR --out FILE.json`: alerts on messages nobody learned from."""

import argparse
import json
import sys
import tomllib
from collections.abc import Sequence
from math import sqrt
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.circumstances import circumstances
from benchmarks.understanding.remembering import TimedEncoder
from encoders.encoder import load_encoder
from encoders.text import prepare
from encoders.tfidf import counted
from encoders.training import read_examples
from encoders.vigilance import Alert, Detector, Kind, fit_detector
from encoders.vigilance.cues import cue_book

CORPUS = Path(__file__).parent / "corpora" / "vigilance.toml"
SEEDS = 5
TRAFFIC_STEP = 6
"""Every sixth row from the second on: the rows between were read while the cues were written."""


def main(arguments: Sequence[str]) -> None:
    """Fit on the lessons, ask the evaluation corpus and ordinary traffic, and write the result."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.understanding.vigilance", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of Banking77 with train.csv; without it, the corpus alone")
    parser.add_argument("--out", type=Path, required=True, help="where to write the result")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--fired", type=Path, help="write the messages that raised an alert here, to be read")
    options = parser.parse_args(arguments)
    named = load_encoder()
    encoder = TimedEncoder(named)
    corpus = Asked(tomllib.loads(CORPUS.read_text(encoding="utf-8")), encoder)
    detectors = [fit_detector(named, options.seed + number) for number in range(SEEDS)]
    result = {
        **circumstances(__doc__ or "", {"seed": options.seed}, "encoders"),
        "what": "lessons to learn from, another corpus to be asked; intervals are Wilson's at 95 %",
        "held_out_lessons": detectors[0].held_out,
        "threshold": detectors[0].threshold,
        "corpus": _on_corpus(corpus, detectors),
        **(
            {"banking77_training_messages": _traffic(options.data, detectors[0], encoder, options.fired)}
            if options.data
            else {}
        ),
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


class Asked:
    """The evaluation corpus with what the encoder makes of it; `kinds` holds None for ordinary messages."""

    def __init__(self, tables: dict[str, Any], encoder: TimedEncoder) -> None:
        self.encoder = encoder
        self.texts: list[str] = []
        self.kinds: list[str | None] = []
        self.groups: list[str] = []
        for kind, texts in tables["circumstances"].items():
            self._add(texts, kind, "circumstances")
        for group, texts in tables["ordinary"].items():
            self._add(texts, None, group)
        for kind, texts in tables["long"].items():
            self._add(texts, None if kind == "ordinary" else kind, "long")
        self.depths = encoder.encode_depths(self.texts)

    def _add(self, texts: Sequence[str], kind: str | None, group: str) -> None:
        self.texts += [prepare(text) for text in texts]
        self.kinds += [kind] * len(texts)
        self.groups += [group] * len(texts)

    @property
    def shown(self) -> NDArray[np.bool_]:
        """(n,): which messages show a circumstance."""
        return np.array([kind is not None for kind in self.kinds])


def share(hits: int, asked: int) -> dict[str, Any]:
    """A share with its 95 % Wilson interval."""
    if not asked:
        return {"hits": 0, "of": 0}
    z, p = 1.96, hits / asked
    centre, half = p + z * z / (2 * asked), z * sqrt(p * (1 - p) / asked + z * z / (4 * asked * asked))
    low, high = ((centre + sign * half) / (1 + z * z / asked) for sign in (-1, 1))
    return {"share": round(p, 4), "interval": [round(low, 4), round(high, 4)], "hits": hits, "of": asked}


def _on_corpus(corpus: Asked, detectors: Sequence[Detector]) -> dict[str, Any]:
    answers = [d.judge(corpus.texts, corpus.depths, corpus.encoder.encode_depths) for d in detectors]
    raised = np.array([[alert is not None for alert in found] for found in answers])
    return {
        "pointsman": {**_shares(corpus, raised[0]), "kind_named": _named(corpus, answers[0])},
        "cues_alone": _shares(corpus, np.array([bool(cue_book().read(text).certain) for text in corpus.texts])),
        "whole_messages_alone": _shares(corpus, _model_alone(corpus, detectors[0])),
        "other_seeds": [
            {"recall": float(row[corpus.shown].mean()), "false_alarms": float(row[~corpus.shown].mean())}
            for row in raised[1:]
        ],
    }


def _model_alone(corpus: Asked, detector: Detector) -> NDArray[np.bool_]:
    chances = detector.model.probabilities(detector.of_words([counted(text) for text in corpus.texts]), corpus.depths)
    return np.asarray(1.0 - chances[:, -1] >= detector.threshold)


def _shares(corpus: Asked, raised: NDArray[np.bool_]) -> dict[str, Any]:
    shown, groups, kinds = corpus.shown, np.array(corpus.groups), np.array([kind or "" for kind in corpus.kinds])
    within = {name: (~shown) & (groups == name) for name in ("near", "plain", "long")}
    return {
        "recall": share(int(raised[shown].sum()), int(shown.sum())),
        "false_alarms": share(int(raised[~shown].sum()), int((~shown).sum())),
        "false_alarms_by_group": {n: share(int(raised[rows].sum()), int(rows.sum())) for n, rows in within.items()},
        "recall_by_kind": {kind: share(int(raised[kinds == kind].sum()), int((kinds == kind).sum())) for kind in Kind},
    }


def _named(corpus: Asked, answers: Sequence[Alert | None]) -> dict[str, Any]:
    """Of the alerts that were right, how many name the kind that the message was written for."""
    pairs = [(kind, alert) for kind, alert in zip(corpus.kinds, answers, strict=True) if kind and alert]
    return {
        "kind": share(sum(kind in alert.kinds for kind, alert in pairs), len(pairs)),
    }


def _traffic(data: Path, detector: Detector, encoder: TimedEncoder, fired: Path | None) -> dict[str, Any]:
    examples = read_examples(data / "train.csv").examples[1::TRAFFIC_STEP]
    texts = [prepare(example.text) for example in examples]
    depths = encoder.encode_depths(texts)
    start = process_time()
    answers = detector.judge(texts, depths, encoder.encode_depths)
    seconds = process_time() - start
    found = [(e, t, a) for e, t, a in zip(examples, texts, answers, strict=True) if a is not None]
    if fired:
        lines = (f"{'+'.join(a.kinds)}\t{a.probability:.3f}\t{e.issue_type}\t{t}\t{a.cues}" for e, t, a in found)
        fired.write_text("\n".join(lines) + "\n", encoding="utf-8")
    kinds = [a.kind for _, _, a in found]
    return {
        "alerts": share(len(found), len(texts)),
        "alerts_by_kind": {kind: kinds.count(kind) for kind in Kind},
        "milliseconds_a_message_beside_encoding": round(1_000 * seconds / len(texts), 3),
    }


if __name__ == "__main__":
    main(sys.argv[1:])
