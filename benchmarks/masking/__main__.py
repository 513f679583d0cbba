"""`python -m benchmarks.masking [--out FILE.json] [--data DIR]`: what masking covers, and what it covers by mistake."""

import argparse
import csv
import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.circumstances import circumstances
from benchmarks.masking.corpus import Utterance, utterances
from benchmarks.masking.measures import Score, measure, precision, recall, share
from benchmarks.masking.spelled import spelled
from benchmarks.masking.template import Template
from benchmarks.masking.templates_developed import DEVELOPED
from benchmarks.masking.templates_held_out import HELD_OUT
from encoders.text import mask_personal_data, normalise

RESULT = Path(__file__).parent / "results" / "masking.json"
SOURCES = (
    "benchmarks/masking",
    "encoders/masking.py",
    "encoders/personal_data",
    "encoders/characters.py",
    "encoders/text.py",
)
EACH, SEEDS = 2_000, range(5)
BARS = {"recall": 0.995, "precision": 0.98}
BARRED = ("card", "iban", "phone", "email")
WHAT = (
    "masking of planted personal data; recall: every letter and digit of the item covered, by kind; precision: every "
    "letter and digit under a placeholder is personal data of some kind, by placeholder; intervals: Wilson, 95 %, "
    "which take the utterances for independent although they share templates and ways of writing"
)


def main(arguments: Sequence[str]) -> None:
    """Measure and print; with --out also keep."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.masking", description=__doc__)
    parser.add_argument("--out", type=Path, help="the result to write")
    parser.add_argument("--data", type=Path, help="Banking77's folder: how many real messages are changed")
    options = parser.parse_args(arguments)
    about = {"seeds": list(SEEDS), "utterances_a_seed": EACH, "bars": BARS}
    result = circumstances(WHAT, about, *SOURCES)
    result["held_out"] = _measured(HELD_OUT)
    result["developed"] = _measured(DEVELOPED)
    result["spelled_digits"] = recall(measure(spelled(200, Random("spelled"))))
    if options.data is not None:
        result["banking77"] = changed(messages_of(options.data))
    text = json.dumps(result, indent=1, ensure_ascii=False) + "\n"
    if options.out is not None:
        options.out.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


def _measured(templates: Sequence[Template]) -> dict[str, Any]:
    drawn = [utterances(templates, EACH, seed) for seed in SEEDS]
    scores = [measure(each) for each in drawn]
    whole = measure([utterance for each in drawn for utterance in each])
    return {
        "templates": len(templates),
        "recall": recall(whole),
        "precision": precision(whole),
        "of_the_four": _of_the_four(whole, scores),
        "languages": _languages(drawn),
        "forms_missed": {kind: +forms for kind, forms in sorted(whole.forms.items()) if +forms},
        "harmless_planted": dict(sorted(whole.harmless.items())),
    }


def _of_the_four(whole: Score, scores: Sequence[Score]) -> dict[str, Any]:
    """Cards, IBANs, phone numbers and e-mail addresses together, and by seed."""
    return {
        "recall": share(sum(whole.covered[kind] for kind in BARRED), sum(whole.items[kind] for kind in BARRED)),
        "precision": share(sum(whole.right[kind] for kind in BARRED), sum(whole.masked[kind] for kind in BARRED)),
        "lowest_recall_of_a_kind_by_seed": [min(recall(score)[kind]["share"] for kind in BARRED) for score in scores],
        "lowest_precision_of_a_kind_by_seed": [
            min(precision(score)[kind]["share"] for kind in BARRED) for score in scores
        ],
        "placeholder_names_the_kind": share(
            sum(whole.named_right[kind] for kind in BARRED), sum(whole.masked[kind] for kind in BARRED)
        ),
    }


def _languages(drawn: Iterable[Sequence[Utterance]]) -> dict[str, int]:
    return dict(Counter(utterance.language for each in drawn for utterance in each))


def messages_of(folder: Path) -> list[str]:
    """The messages of Banking77's training file."""
    with (folder / "train.csv").open(encoding="utf-8", newline="") as file:
        return [row["text"] for row in csv.DictReader(file)]


def changed(messages: Sequence[str]) -> dict[str, Any]:
    """Real messages without personal data in them: each one that masking changes is a false alarm."""
    found: Counter[str] = Counter()
    count = 0
    for message in messages:
        masked = mask_personal_data(normalise(message))
        count += masked.text != normalise(message)
        found.update(masked.found)
    return {"messages": len(messages), "changed": share(count, len(messages)), "placeholders": dict(found)}


if __name__ == "__main__":
    main(sys.argv[1:])
