"""`pointsman evaluate`: a model measured on messages it was not trained on, in words, as JSON, or as a page."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from routing.cli.fail import fail
from routing.cli.material import clear_errors

if TYPE_CHECKING:
    from encoders.classifier import IntentClassifier
    from encoders.report import ReviewCost
    from encoders.training import Example, ReadResult, Reject, Report

_REVIEW_SECONDS = 30.0
_MESSAGES_A_DAY = 10_000


def evaluate_command(  # noqa: PLR0913, PLR0917 - one parameter an option
    model: Annotated[Path, typer.Option("--model", help="model folder, made by `pointsman train`")],
    data: Annotated[Path, typer.Option("--data", help="labelled messages the model was not trained on")],
    outside: Annotated[
        Path | None, typer.Option("--outside", help="messages about none of the issue types (CSV or JSONL with text)")
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", help="HTML page to write: curves, confusions, slices, review hours")
    ] = None,
    review_seconds: Annotated[
        float, typer.Option("--review-seconds", help="for the page: seconds a person takes for one message")
    ] = _REVIEW_SECONDS,
    messages_a_day: Annotated[
        int, typer.Option("--messages-a-day", help="for the page: messages that arrive in a day")
    ] = _MESSAGES_A_DAY,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON for a program to read")] = False,
) -> None:
    """Measure a model: accuracy, calibration, what it decides by itself and how often wrongly, novelty, confusions.

    Columns market, language, channel, family and vulnerable, where the file has them, become slices of the figures.
    """
    from encoders.classifier import IntentClassifier
    from encoders.report import seen_warning
    from encoders.training import evaluate

    with clear_errors():
        _require_page(report)
        cost = _cost(review_seconds, messages_a_day)
        classifier = IntentClassifier.load(model)
        read = _read(data)
        found = evaluate(classifier, read.examples, _texts(outside) if outside else (), read.slices)
        _warn(read, classifier.issue_types, seen_warning(found))
        if report is not None:
            _write(classifier, _Wanted(model, data, report, cost), found)
    if as_json:
        print(json.dumps({"model": classifier.version, **found.as_dict()}, indent=2, ensure_ascii=False))
    else:
        _print_report(found)


@dataclass(frozen=True, slots=True)
class _Wanted:
    model: Path
    data: Path
    page: Path
    cost: ReviewCost


def _require_page(page: Path | None) -> None:
    if page is not None and page.is_dir():
        fail(f"{page} is a folder; --report names the file to write")


def _cost(seconds: float, messages: int) -> ReviewCost:
    from encoders.report import ReviewCost

    try:
        return ReviewCost(seconds, messages)
    except ValueError as error:
        fail(str(error))


def _read(data: Path) -> ReadResult:
    from encoders.errors import TrainingDataError
    from encoders.training import read_examples

    read = read_examples(data)
    if not read.examples:
        raise TrainingDataError(f"{data}: all {len(read.rejects)} rows were refused; {_commonest(read.rejects)}")
    return read


def _commonest(rejects: Sequence[Reject]) -> str:
    first = rejects[0]
    return f"the first is {first.file}:{first.line}: {first.reason}"


def _write(classifier: IntentClassifier, wanted: _Wanted, found: Report) -> None:
    from encoders.report import report_evaluation, write_report

    about = (wanted.data.name, datetime.now(UTC), wanted.cost)
    write_report(report_evaluation(classifier, wanted.model, found, about), wanted.page)
    print(f"report in {wanted.page}", file=sys.stderr)


def _warn(read: ReadResult, known: Sequence[str], seen: Sequence[str]) -> None:
    for reject in read.rejects[:5]:
        print(f"warning: {reject.file}:{reject.line}: {reject.reason}", file=sys.stderr)
    if read.rejects:
        print(f"warning: {len(read.rejects)} rows were not used", file=sys.stderr)
    for warning in (*read.warnings, *_unknown(read.examples, known), *seen):
        print(f"warning: {warning}", file=sys.stderr)


def _unknown(examples: Sequence[Example], known: Sequence[str]) -> Sequence[str]:
    names = set(known)
    unknown = [example.issue_type for example in examples if example.issue_type not in names]
    if not unknown:
        return ()
    named = ", ".join(sorted(set(unknown))[:5])
    return (f"{len(unknown)} rows count as errors, for the model does not know {named}",)


def _texts(path: Path) -> list[str]:
    from encoders.table import Row, read_rows

    rows = (row.values.get("text") for row in read_rows(path, "text") if isinstance(row, Row))
    return [text for text in rows if isinstance(text, str) and text.strip()]


def _print_report(report: Report) -> None:
    error = "none decided" if report.error_auto is None else f"{report.error_auto:.2%}"
    print(f"messages              {report.rows}")
    print(f"accuracy              {report.accuracy:.2%}")
    print(f"  95 % interval       {report.accuracy_interval[0]:.2%} to {report.accuracy_interval[1]:.2%}")
    print(f"macro-F1              {report.macro_f1:.4f}")
    print(f"calibration error     {report.calibration_error:.4f}")
    print(f"decided automatically {report.share_auto:.2%}")
    print(f"  error among these   {error} (target {report.target_error:.2%})")
    for at, share in report.coverage_at_error.items():
        print(f"  at most {float(at):.0%} wrong     {share:.2%}, looking back")
    if report.set_coverage is not None and report.set_size is not None:
        print(f"prediction sets       {report.set_coverage:.2%} hold the truth, {report.set_size:.2f} types on average")
    _print_novelty(report)
    for confusion in report.confusions:
        print(f"{confusion.count:5d}  {confusion.issue_type} taken for {confusion.taken_for}")


def _print_novelty(report: Report) -> None:
    if report.novelty:
        print(f"novelty AUROC         {report.novelty.auroc:.4f} ({report.novelty.rows} messages outside)")
        print(f"  outside to review   {report.novelty.share_to_review:.2%}")
