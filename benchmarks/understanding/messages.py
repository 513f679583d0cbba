"""`python -m benchmarks.understanding.messages --data DIR --out FILE.json`: needs, conversations and e-mails."""

import argparse
import json
import sys
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.circumstances import circumstances
from encoders.classifier import IntentClassifier, Prediction
from encoders.conversation import Reading, gist, pooled, read
from encoders.needs import find_needs
from encoders.segments import segments
from encoders.training import Example, read_examples, train
from encoders.training.examples import make_folds

FOLDS = 5
PAIRS, DIALOGUES, MAILS = 100, 100, 60
LONGEST_OF_A_PAIR = 25
WHAT = "Banking77 training split: four folds taught, the fifth asked, alone, composed and dressed up; and a corpus"
CORPUS = Path(__file__).parent / "corpora" / "messages.toml"
ANNOUNCED = ("{a} Also, {b}", "{a} Another thing: {b}", "1. {a}\n2. {b}", "{a} By the way, {b}")
JUXTAPOSED = ("{a} {b}", "{a}\n{b}")
MAIL = """Dear Sir or Madam,

{words}

Many thanks and kind regards,
Alex Morgan
Purchasing | Northwind Trading Ltd
Tel: [PHONE]

This e-mail and any attachments are confidential and intended solely for the person it is addressed to.

On Mon, 3 May 2021 at 10:11, Customer Support <[EMAIL]> wrote:

> Dear Alex,
> {quoted}
> Is there anything else we can help you with?
"""


@dataclass(frozen=True, slots=True)
class Case:
    """What a customer wrote, and what is right: the types of all their needs, the one to route by last."""

    messages: tuple[str, ...]
    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a case: the prediction by all messages together, as the service pools it, and the needs found."""

    together: Prediction
    pooled: Prediction
    needs: tuple[str, ...]


def main(arguments: Sequence[str]) -> None:
    """Train on four folds, ask about the fifth, write the result."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.understanding.messages", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of Banking77 with train.csv")
    parser.add_argument("--out", type=Path, required=True, help="where to write the result")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", type=Path, help="a model trained on folds 2 to 5 of this seed; none: it is trained")
    options = parser.parse_args(arguments)
    taught, asked = _split(read_examples(options.data / "train.csv").examples, options.seed)
    model = IntentClassifier.load(options.model) if options.model else train(taught, seed=options.seed, threads=1)
    about = {"target_error": model.target_error, "threshold": model.gate.threshold}
    result = {
        **circumstances(WHAT, {"seed": options.seed}, "encoders"),
        **about,
        **_measures(model, asked, Random(options.seed)),
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def _measures(model: IntentClassifier, asked: Sequence[Example], random: Random) -> dict[str, Any]:
    corpus = tomllib.loads(CORPUS.read_text(encoding="utf-8"))
    return {
        "single_need": _single(model, asked),
        "pairs_announced": _pairs(model, asked, ANNOUNCED, random),
        "pairs_juxtaposed": _pairs(model, asked, JUXTAPOSED, random),
        "written_two_needs": _found(model, [Case((row["text"],), tuple(row["needs"])) for row in corpus["two_needs"]]),
        "written_one_need": _false(model, [Case((row["text"],), (row["issue_type"],)) for row in corpus["one_need"]]),
        "another_topic_later": _dialogues(model, list(_topic_changes(asked, random))),
        "one_need_in_several_messages": _dialogues(model, list(_broken(asked, random))),
        "written_conversations": _dialogues(
            model, [Case(tuple(row["messages"]), (row["issue_type"],)) for row in corpus["conversation"]]
        ),
        "mails": _mails(model, asked, random),
    }


def _split(examples: Sequence[Example], seed: int) -> tuple[list[Example], list[Example]]:
    fold_of = make_folds(examples, FOLDS, seed)
    taught = [example for example, fold in zip(examples, fold_of, strict=True) if fold != 0]
    return taught, [example for example, fold in zip(examples, fold_of, strict=True) if fold == 0]


def answers(model: IntentClassifier, cases: Sequence[Case]) -> list[Answer]:
    """One batch, as the service reads it."""
    readings = [read(case.messages) for case in cases]
    predictions = iter(model.classify([text for reading in readings for text in reading.texts]))
    return [_answer(model, reading, [next(predictions) for _ in reading.texts]) for reading in readings]


def _answer(model: IntentClassifier, reading: Reading, found: Sequence[Prediction]) -> Answer:
    parts = found[len(found) - len(reading.parts) :]
    whole = found[0] if reading.newest is None else pooled(found[0], found[1], model.gate)
    needs = find_needs(reading.parts, parts, model.gate)
    return Answer(found[0], whole, tuple(need.issue_type for need in needs))


def _single(model: IntentClassifier, asked: Sequence[Example]) -> dict[str, Any]:
    """Only messages of several pieces can be split at all; the share is of all messages."""
    several = [Case((example.text,), (example.issue_type,)) for example in asked if segments(example.text)]
    false = _false(model, several)
    share = false["wrongly_split"] / len(asked)
    return {"messages": len(asked), "of_several_pieces": len(several), **false, "share_of_all": round(share, 4)}


def _false(model: IntentClassifier, cases: Sequence[Case]) -> dict[str, Any]:
    found = answers(model, cases)
    split = [answer for answer in found if len(answer.needs) > 1]
    without = sum(case.types[0] not in answer.needs for case, answer in _both(cases, found) if len(answer.needs) > 1)
    return {"cases": len(cases), "wrongly_split": len(split), "of_these_without_the_right_one": without}


def _pairs(model: IntentClassifier, asked: Sequence[Example], styles: Sequence[str], random: Random) -> dict[str, Any]:
    return _found(model, [_pair(asked, styles, random) for _ in range(PAIRS)])


def _pair(asked: Sequence[Example], styles: Sequence[str], random: Random) -> Case:
    one, other = _two(asked, random)
    text = random.choice(styles).format(a=_ended(one.text), b=other.text.strip())
    return Case((text,), (one.issue_type, other.issue_type))


def _two(asked: Sequence[Example], random: Random) -> tuple[Example, Example]:
    """Two short held-out messages of different types."""
    while True:
        one, other = random.sample(asked, 2)
        if one.issue_type != other.issue_type and len(f"{one.text} {other.text}".split()) <= 2 * LONGEST_OF_A_PAIR:
            return one, other


def _ended(text: str) -> str:
    bare = text.strip()
    return bare if bare.endswith((".", "?", "!")) else f"{bare}."


def _found(model: IntentClassifier, cases: Sequence[Case]) -> dict[str, Any]:
    found = answers(model, cases)
    both = sum(set(case.types) <= set(answer.needs) for case, answer in _both(cases, found))
    wrong = sum(bool(set(answer.needs) - set(case.types)) for case, answer in _both(cases, found))
    whole = sum(answer.together.issue_type in case.types for case, answer in _both(cases, found))
    return {"cases": len(cases), "both_found": both, "with_a_wrong_one": wrong, "whole_names_one_of_them": whole}


def _both(cases: Sequence[Case], found: Sequence[Answer]) -> Iterator[tuple[Case, Answer]]:
    return zip(cases, found, strict=True)


def _topic_changes(asked: Sequence[Example], random: Random) -> Iterator[Case]:
    for _ in range(DIALOGUES):
        one, other = _two(asked, random)
        yield Case((one.text, other.text), (one.issue_type, other.issue_type))


def _broken(asked: Sequence[Example], random: Random) -> Iterator[Case]:
    """One message sent in two halves, between a greeting and an impatient word."""
    long = [example for example in asked if len(example.text.split()) >= 12]
    for example in random.sample(long, DIALOGUES):
        words = example.text.split()
        middle = len(words) // 2
        yield Case(("hi", " ".join(words[:middle]), " ".join(words[middle:]), "hello??"), (example.issue_type,))


def _dialogues(model: IntentClassifier, cases: Sequence[Case]) -> dict[str, Any]:
    """The newest need is the right one."""
    found = answers(model, cases)
    joined = model.classify(["\n".join(case.messages) for case in cases])
    right = [case.types[-1] for case in cases]
    return {
        "cases": len(cases),
        "all_messages_joined": _routing(joined, right),
        "as_the_service_reads": _settled(found, right),
        "both_needs_found": sum(set(case.types) <= set(answer.needs) for case, answer in _both(cases, found)),
    }


def _settled(found: Sequence[Answer], right: Sequence[str]) -> dict[str, int]:
    """Where several needs are found they decide, and the newest one is to be among them."""
    several = [answer for answer in found if len(answer.needs) > 1]
    missed = sum(key not in answer.needs for answer, key in zip(found, right, strict=True) if len(answer.needs) > 1)
    alone = [(answer.pooled, key) for answer, key in zip(found, right, strict=True) if len(answer.needs) < 2]
    rest = _routing([prediction for prediction, _ in alone], [key for _, key in alone])
    return {
        "right": rest["right"] + len(several) - missed,
        "automatic": rest["automatic"] + len(several),
        "automatic_and_wrong": rest["automatic_and_wrong"] + missed,
    }


def _routing(found: Sequence[Prediction], right: Sequence[str]) -> dict[str, int]:
    pairs = list(zip(found, right, strict=True))
    automatic = [(prediction, key) for prediction, key in pairs if prediction.decision.value == "auto"]
    return {
        "right": sum(prediction.issue_type == key for prediction, key in pairs),
        "automatic": len(automatic),
        "automatic_and_wrong": sum(prediction.issue_type != key for prediction, key in automatic),
    }


def _mails(model: IntentClassifier, asked: Sequence[Example], random: Random) -> dict[str, Any]:
    """Held-out messages in an e-mail's clothes, with another held-out message quoted below."""
    pairs = [_two(asked, random) for _ in range(MAILS)]
    mails = [MAIL.format(words=one.text.strip(), quoted=other.text.strip()) for one, other in pairs]
    right = [one.issue_type for one, _ in pairs]
    return {
        "cases": MAILS,
        "alone": _routing(model.classify([one.text for one, _ in pairs]), right),
        "mail_as_it_is": _routing(model.classify(mails), right),
        "own_words": _routing(model.classify([gist([mail]) for mail in mails]), right),
    }


if __name__ == "__main__":
    main(sys.argv[1:])
