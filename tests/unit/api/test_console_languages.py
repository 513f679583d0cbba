"""The console's other languages are complete, and no sentence stands where no translator finds it."""

import ast
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import nodes

from api.console import numerals, wording
from api.console.languages.catalogue import FOLDER, Entry, languages, read
from api.console.languages.extraction import CONSOLE, entries
from api.console.rendering import environment
from api.console.sentences import not_done, refusal
from api.console.speech import _, ngettext, spoken, wanted
from routing.domain.errors import Invalid, NotFound

TEMPLATES = environment()
MARKED = {entry.key: entry for entry in entries(TEMPLATES)}
FILES = sorted(CONSOLE.glob("templates/*.html"))
PLACES = re.compile(r"%\((\w+)\)s|(?<!%\()\{(\w+)(?::[^}]*)?\}")
GERMAN = languages()["de"]
UNTRANSLATED = frozenset({"Pointsman", "UTC", "Esc", "Enter", "Kafka", "m:ss"})
"""Names, and what stands on a key."""


@pytest.fixture(params=sorted(file.stem for file in FOLDER.glob("*.po")))
def catalogue(request: pytest.FixtureRequest) -> dict[tuple[str, str], Entry]:
    return {entry.key: entry for entry in read(FOLDER / f"{request.param}.po")}


def test_a_catalogue_has_every_sentence_of_the_console_and_no_other(catalogue: dict[tuple[str, str], Entry]) -> None:
    assert set(catalogue) - {("", "")} == set(MARKED), "run `make messages`"
    assert [key for key, entry in catalogue.items() if not all(entry.forms)] == []


def test_a_plural_has_all_its_forms(catalogue: dict[tuple[str, str], Entry]) -> None:
    said = re.search(r"nplurals=(\d)", catalogue[("", "")].forms[0])
    assert said is not None
    for key, entry in MARKED.items():
        assert catalogue[key].plural == entry.plural
        assert len(catalogue[key].forms) == (int(said[1]) if entry.plural else 1), key


def test_a_translation_keeps_the_placeholders_and_the_tags_of_its_sentence(
    catalogue: dict[tuple[str, str], Entry],
) -> None:
    for key, entry in MARKED.items():
        source = entry.plural or entry.id
        for form in catalogue[key].forms:
            assert set(PLACES.findall(form)) == set(PLACES.findall(source)), key
            assert Counter(re.findall(r"<[^>]+>", form)) == Counter(re.findall(r"<[^>]+>", source)), key
            assert len(re.findall(r"%(?!\()", form)) % 2 == 0 or "%(" not in source, key


class Bare(HTMLParser):
    """Collects the words of a template that stand outside of every mark."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag if tag in ("code", "kbd") else self.inside
        shown = [value for name, value in attrs if name in ("title", "aria-label", "placeholder", "label", "alt")]
        self.found += [value for value in shown if value and _has_words(value)]

    def handle_endtag(self, tag: str) -> None:
        self.inside = "" if tag == self.inside else self.inside

    def handle_data(self, data: str) -> None:
        if not self.inside and _has_words(data):
            self.found.append(data.strip())


def _has_words(text: str) -> bool:
    left = text.strip(" ·\n\t:.,()")
    return bool(re.search(r"[A-Za-z]{2}", text)) and left not in UNTRANSLATED and '="' not in text


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_no_word_of_a_template_stands_outside_of_a_mark(file: Path) -> None:
    source = file.read_text("utf-8")
    source = re.sub(r"\{%-?\s*trans\b.*?endtrans\s*-?%\}|\{%.*?%\}|\{\{.*?\}\}", "", source, flags=re.DOTALL)
    bare = Bare()
    bare.feed(source)
    assert bare.found == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_template_says_only_sentences_that_are_written_out_in_it_and_trusts_no_value(file: Path) -> None:
    # What `_` says in a template is not escaped: data must never get there, nor past the escaping in another way.
    tree = TEMPLATES.parse(file.read_text("utf-8"))
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in ("_", "gettext", "ngettext", "pgettext"):
            texts = [each for each in call.args if not isinstance(each, nodes.Const)]
            assert len(texts) == (1 if call.node.name == "ngettext" else 0), call.lineno
    assert not [each.name for each in tree.find_all(nodes.Filter) if each.name in ("safe", "forceescape")]


@pytest.mark.parametrize("file", sorted(CONSOLE.glob("*.py")), ids=lambda file: file.name)
def test_no_sentence_of_the_code_stands_outside_of_a_mark(file: Path) -> None:
    tree = ast.parse(file.read_text("utf-8"))
    allowed = _docstrings(tree) | _said(tree)
    found = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in allowed]
    sentences = [text for text in found if isinstance(text, str) and SENTENCE.search(text)]
    assert [text for text in sentences if text not in KNOWN] == []


SENTENCE = re.compile(r"^[A-Z][a-z]+ [a-z]+ |^[a-z]+ [a-z]+ [a-z]+ |[a-z]\.$")
KNOWN = {
    "at least one change: a number of COps, a factor, or another policy",
    "also.",
    "pointsman types add --key ",
    "too many desks are open",
    "too many pages are open",
}
"""A form of `sentences`, a field of a form, a command, and what no page shows."""
SAYS = frozenset({"_", "marked", "ngettext", "pgettext", "npgettext"})
REFUSES = frozenset({"Invalid", "Refused", "NotAdmitted", "LookupError"})
"""What these say is found by its form in `sentences`, or never shown."""


def _docstrings(tree: ast.Module) -> set[int]:
    """Every text that stands as a statement."""
    return {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}


def _said(tree: ast.Module) -> set[int]:
    return {id(each) for node in ast.walk(tree) if _is_said(node) for each in ast.walk(node)}


def _is_said(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SAYS | REFUSES


def test_scripts_show_no_words_of_their_own() -> None:
    shown = re.compile(r'(?:textContent|value) = ["`][^"`$]*[A-Za-z]{2}|setAttribute\("aria-valuetext", ["`]')
    assert [file.name for file in CONSOLE.glob("static/*.js") if shown.search(file.read_text("utf-8"))] == []


def test_the_language_is_the_page_s_else_the_chosen_one_else_the_browser_s_else_english() -> None:
    assert wanted("de", "en", "en").code == "de"
    assert wanted("", "de", "en").code == "de"
    assert wanted("xx", "../de", "fr;q=1, de-AT;q=0.4, en;q=0.3").code == "de"
    assert wanted("", "", "en-GB,de;q=0.9").code == "en"
    assert wanted("", "", "de;q=0, *").code == "en"
    assert wanted("", "", "de;q=none").code == "en"
    assert wanted("", "", "").code == "en"


def test_numbers_and_dates_go_by_the_language() -> None:
    at = wording.datetime(2026, 3, 9, 14, 5, tzinfo=wording.UTC)
    assert (numerals.number(1234.5, ",.1f"), wording.percent(0.42), numerals.day(at)) == ("1,234.5", "42%", "9 Mar")
    with spoken(GERMAN):
        assert (numerals.number(1234.5, ",.1f"), wording.percent(0.42)) == ("1.234,5", "42\u00a0%")
        assert wording.day_and_time(at) == "9. März, 14:05"
        assert wording.milliseconds(8.25) == "8,2 ms"
        assert ngettext("{count} day", "{count} days", 1).format(count=1) == "1 Tag"


def test_what_the_service_refuses_is_said_in_the_reader_s_language_with_what_it_names_unchanged() -> None:
    error = NotFound("offer", "o-1.5")
    assert refusal(error) == str(error) == "no offer has the id 'o-1.5'"
    with spoken(GERMAN):
        assert refusal(error) == "Angebot mit der Kennung 'o-1.5' gibt es nicht"
        assert not_done(Invalid("minutes", 0, "1 to 1440.0")) == (
            "Nicht ausgeführt: minutes ist 0; zulässig: 1 bis 1440.0."
        )
        assert refusal("nobody wrote this down") == "nobody wrote this down"
    assert _("Waiting") == "Waiting"
