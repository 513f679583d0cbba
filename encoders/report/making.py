"""Reports of models: of one that was just trained, and of one that was measured on other messages."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from encoders.artifacts import MANIFEST
from encoders.classifier import IntentClassifier
from encoders.modes import Mode
from encoders.report.document import ModelReport, Origin, ReviewCost
from encoders.report.files import write_report
from encoders.training.evaluation import Report, report_of
from encoders.training.examples import Example
from encoders.training.hygiene import few_examples, no_signal
from encoders.training.learning_curve import LearningPoint, learning_curve
from encoders.training.outcomes import held_out_outcomes

_OUT_OF_FOLD = "its own training messages, each judged by heads that had not seen it"


def report_training(
    classifier: IntentClassifier,
    examples: Sequence[Example],
    folder: Path,
    doubts: Sequence[str] = (),
) -> tuple[str, ...]:
    """Write `<folder>.report.html` and `.report.json` for a model saved in `folder`; what is doubtful about it.

    They lie beside the folder, because they quote (masked) messages and the folder holds none. Measured on out-of-fold
    predictions; without any, nothing is written and older reports go, for they are of another model.
    """
    page, data = (folder.with_name(f"{folder.name}.report.{kind}") for kind in ("html", "json"))
    outcomes = held_out_outcomes(classifier, examples)
    labels = [example.issue_type for example in examples]
    doubtful = (*doubts, *few_examples(examples))
    if outcomes is None:
        page.unlink(missing_ok=True)
        data.unlink(missing_ok=True)
        return (*doubtful, "no message could be held out, so nothing was measured and no report was written")
    doubtful += no_signal(int(outcomes.correct.sum()), len(outcomes.truth), labels)
    measured = report_of(outcomes, classifier.target_error)
    origin = origin_of(classifier, folder)
    at = datetime.fromisoformat(origin.created_at)
    report = ModelReport(origin, measured, _OUT_OF_FOLD, at, learning=learning_of(classifier), warnings=doubtful)
    write_report(report, page, data)
    return doubtful


def report_evaluation(
    classifier: IntentClassifier, folder: Path, measured: Report, about: tuple[str, datetime, ReviewCost]
) -> ModelReport:
    """The report of a model in `folder` on messages it was measured on; `about`: their name, when, and the cost."""
    return ModelReport(
        origin_of(classifier, folder),
        measured,
        *about,
        learning=learning_of(classifier),
        warnings=seen_warning(measured),
    )


def seen_warning(measured: Report) -> tuple[str, ...]:
    """Messages that the model had learned from, and what is left without them."""
    seen = measured.seen_in_training
    if seen is None or not seen.rows:
        return ()
    said = f"{seen.rows} of {measured.rows} messages were in the training data"
    if seen.accuracy_without is None:
        return (f"{said}: nothing here was measured on a new message",)
    return (f"{said}; accuracy without them {seen.accuracy_without:.2%}",)


def origin_of(classifier: IntentClassifier, folder: Path) -> Origin:
    """Where a saved model comes from."""
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return Origin.of(classifier.version, manifest)


def learning_of(classifier: IntentClassifier) -> tuple[LearningPoint, ...]:
    """From the vectors the model keeps of its training messages.

    Empty for an encoder tuned on those messages: it has seen the held-out ones too.
    """
    if Mode(classifier.record.get("mode", Mode.FAST)).tunes:
        return ()
    lessons = classifier.knowledge.lessons
    messages = lessons.rows(lessons.held_out)
    return learning_curve(messages.embeddings, messages.labels, int(classifier.record.get("seed", 0)))
