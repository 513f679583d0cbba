"""The report page: what it says, that it needs nothing else, and that a hostile message stays text."""

import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
from small_bank import WordEncoder, make_examples

from encoders.classifier import IntentClassifier
from encoders.report import ReviewCost, render, report_evaluation, report_training, write_report
from encoders.training import Example, evaluate, train

NOON = datetime(2026, 9, 8, 12, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'></td>\u202eevil {{ 7*7 }} 4111 1111 1111 1111"
ASKING = {"src", "href", "srcset", "action", "style", "formaction", "background", "poster", "data"}


class Found(HTMLParser):
    """Every tag and every attribute of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


@pytest.fixture(scope="module")
def folder(classifier: IntentClassifier, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "m1"
    classifier.save(folder)
    return folder


def page_of(classifier: IntentClassifier, folder: Path, examples: list[Example], **given: object) -> str:
    measured = evaluate(classifier, examples, ["zebra crossing", "play jazz"])
    cost = ReviewCost(**given)  # type: ignore[arg-type]
    return render(report_evaluation(classifier, folder, measured, ("asked.csv", NOON, cost)))


def test_the_page_needs_nothing_but_itself(classifier: IntentClassifier, folder: Path) -> None:
    found = Found(page_of(classifier, folder, make_examples(20, seed=9)))
    assert not found.tags & {"script", "link", "img", "iframe", "object", "embed", "form", "base", "foreignobject"}
    assert not found.attributes & ASKING
    assert not [name for name in found.attributes if name.startswith("on")]


def test_a_hostile_message_stays_text_and_is_masked(classifier: IntentClassifier, folder: Path) -> None:
    page = page_of(classifier, folder, [Example(f"lost card {HOSTILE}", "<b>add_ress</b>"), *make_examples(10, seed=9)])
    found = Found(page)
    assert not found.tags & {"script", "img", "b"}
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "{{ 7*7 }}" in page
    assert "&lt;b&gt;add_<wbr>ress&lt;/b&gt;" in page
    assert "4111" not in page
    assert "\u202e" not in page


def test_its_own_policy_allows_its_style_and_nothing_else(classifier: IntentClassifier, folder: Path) -> None:
    import base64
    import hashlib

    page = page_of(classifier, folder, make_examples(10, seed=9))
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
    style = re.search(r"<style>(.*?)</style>", page, re.S)
    assert policy
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    said = policy[1].replace("&#39;", "'")
    assert said == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_the_page_says_what_reviewing_costs(classifier: IntentClassifier, folder: Path) -> None:
    page = page_of(classifier, folder, make_examples(20, seed=9), seconds_per_item=60.0, messages_per_day=6_000)
    share = evaluate(classifier, make_examples(20, seed=9)).share_auto
    assert f"{(1 - share) * 100:.1f} h a day" in page
    assert "at 6,000 messages and 60 s each" in page


@pytest.mark.parametrize(("seconds", "messages"), [(0.0, 10), (-1.0, 10), (30.0, 0), (float("nan"), 10)])
def test_costs_out_of_their_range_are_refused_by_name(seconds: float, messages: int) -> None:
    with pytest.raises(ValueError, match="not allowed"):
        ReviewCost(seconds, messages)


def test_training_leaves_a_page_and_its_figures_beside_the_model(classifier: IntentClassifier, folder: Path) -> None:
    doubts = report_training(classifier, make_examples(40), folder, ("a doubt about <data>",))
    assert doubts[0] == "a doubt about <data>"
    page = (folder.parent / "m1.report.html").read_text(encoding="utf-8")
    assert "a doubt about &lt;data&gt;" in page
    figures = json.loads((folder.parent / "m1.report.json").read_text(encoding="utf-8"))
    assert figures["origin"]["version"] == classifier.version
    assert figures["measured"]["rows"] == 160
    assert figures["learning"][-1]["share"] == 1.0
    assert figures["warnings"] == list(doubts)
    assert {path.name for path in folder.iterdir()} == {
        "manifest.json",
        "parameters.json",
        "vocabulary.json",
        "weights.safetensors",
    }


def test_a_model_nothing_was_held_out_for_says_so_and_takes_an_older_report_away(tmp_path: Path) -> None:
    examples = [Example("lost card", "a"), Example("top up", "b")]
    model = train(examples, encoder=WordEncoder(), threads=1)
    model.save(tmp_path / "m")
    (tmp_path / "m.report.html").write_text("older")
    doubts = report_training(model, examples, tmp_path / "m")
    assert "nothing was measured" in doubts[-1]
    assert not (tmp_path / "m.report.html").exists()


def test_a_report_that_cannot_be_written_leaves_the_older_one(
    classifier: IntentClassifier, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = evaluate(classifier, make_examples(5, seed=9))
    report = report_evaluation(classifier, folder, measured, ("asked.csv", NOON, ReviewCost()))
    page = tmp_path / "r.html"
    page.write_text("older")

    def full_disk(self: Path, *_: object, **__: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full_disk)
    with pytest.raises(OSError, match="No space left"):
        write_report(report, page)
    monkeypatch.undo()
    assert page.read_text() == "older"
    assert [path.name for path in tmp_path.iterdir()] == ["r.html"]


def test_messages_of_training_are_the_first_thing_to_read(classifier: IntentClassifier, folder: Path) -> None:
    page = page_of(classifier, folder, [*make_examples(40)[:3], *make_examples(5, seed=9)])
    assert "Read this first" in page
    assert "3 of 23 messages were in the training data; accuracy without them" in page


def test_it_says_for_which_languages_it_may_not_be_used(classifier: IntentClassifier, folder: Path) -> None:
    page = page_of(classifier, folder, make_examples(5, seed=9))
    assert "Other languages than en: it was measured on no other." in page
    examples = make_examples(2, seed=9)
    measured = evaluate(classifier, examples, slices={"language": ["de", "fr"] * (len(examples) // 2)})
    report = report_evaluation(classifier, folder, measured, ("asked.csv", NOON, ReviewCost()))
    assert "Other languages than de, fr: it was measured on no other." in report.not_for
