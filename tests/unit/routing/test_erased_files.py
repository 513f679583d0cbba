"""Files lose the lines that name somebody, and nothing else; keys are made once; inboxes keep fingerprints."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from builders import NOON, make_model
from customer_life import CAROL, WORDS
from seeds import committed, read

from routing.adapters.erasure.files import ExportedFiles, ModelReports, RefusedRows
from routing.adapters.erasure.pseudonyms import KeyedPseudonyms
from routing.adapters.memory import MemoryStore
from routing.domain.conversation import ConversationId
from routing.domain.erasure import Traces
from routing.domain.errors import Invalid, Unavailable
from routing.domain.fingerprint import fingerprint
from routing.domain.model import StoredFile
from routing.domain.retention import Retention, Terms

THEIRS = Traces(CAROL, (ConversationId("talk-1"),), (WORDS,), ("m1",))


def test_an_export_loses_their_lines_alone(tmp_path: Path) -> None:
    store, path = MemoryStore(), tmp_path / "log.jsonl"
    rows = [{"conversation_id": id, "words": 7} for id in ("talk-1", "talk-10", "talk-2")]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    committed(store, lambda uow: uow.exports.note(str(path), "handle times", NOON))
    committed(store, lambda uow: uow.exports.note(str(tmp_path / "moved.jsonl"), "handle times", NOON))
    place = ExportedFiles(store)
    assert place.count(THEIRS) == 1 and place.erase(THEIRS) == 1 and place.erase(THEIRS) == 0
    assert [json.loads(line)["conversation_id"] for line in path.read_text().splitlines()] == ["talk-10", "talk-2"]
    [moved] = place.lingering(NOON)
    assert "moved.jsonl" in moved.place and moved.until is None


def test_refused_rows_with_their_words_go(tmp_path: Path) -> None:
    path = tmp_path / "train.rejects.csv"
    path.write_text(f'line,reason,text\n2,too long,"{WORDS}\nand more"\n3,no type,"something, else"\n')
    place = RefusedRows((tmp_path,))
    assert place.count(THEIRS) == 1 and place.erase(THEIRS) == 1
    assert path.read_text().splitlines() == ["line,reason,text", '3,no type,"something, else"']


def test_reports_that_quote_them_go_and_the_registry_knows(tmp_path: Path) -> None:
    store = MemoryStore()
    files = (StoredFile("m1/report.html", "a"), StoredFile("m1/report.json", "b"))
    committed(store, lambda uow: uow.models.add(make_model("m1", reports=files)))
    (tmp_path / "m1").mkdir()
    (tmp_path / "m1" / "report.html").write_text(f"<td>{WORDS.replace(' ', '&#32;')}</td>")
    (tmp_path / "m1" / "report.json").write_text(json.dumps({"confusions": [{"texts": ["nobody's"]}]}))
    place = ModelReports(store, tmp_path)
    assert place.count(THEIRS) == 1 and place.erase(THEIRS) == 1
    assert not (tmp_path / "m1" / "report.html").exists() and (tmp_path / "m1" / "report.json").exists()
    assert read(store, lambda uow: uow.models.all())[0].reports == files[1:]


def test_a_key_is_made_once_and_tells_customers_apart(tmp_path: Path) -> None:
    one, other = KeyedPseudonyms(tmp_path / "a" / "key"), KeyedPseudonyms(tmp_path / "b" / "key")
    assert one.of(CAROL) == one.of(CAROL) == KeyedPseudonyms(tmp_path / "a" / "key").of(CAROL)
    assert one.of(CAROL).digest != one.of("dave").digest and one.of(CAROL) != other.of(CAROL)
    assert (tmp_path / "a" / "key").stat().st_mode & 0o077 == 0 and len(list((tmp_path / "a").iterdir())) == 1


@pytest.mark.parametrize("content", ["not hex", "abcd"])
def test_a_damaged_key_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "key").write_text(content)
    with pytest.raises(Unavailable, match="key of erasures"):
        KeyedPseudonyms(tmp_path / "key").of(CAROL)


def test_the_inbox_keeps_no_id() -> None:
    assert fingerprint("a", "bc") != fingerprint("ab", "c") and len(fingerprint("a")) == 64


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"words_days": 0}, "retention.words_days"),
        ({"records_days": 14}, "retention.records_days"),
        ({"words_days": 31, "labels_days": 30, "records_days": 30}, "retention.words_days"),
        ({"labels_days": 731}, "retention.labels_days"),
    ],
)
def test_terms_out_of_range_are_named(changes: dict[str, int], place: str) -> None:
    with pytest.raises(Invalid, match=place):
        Terms(**changes)


def test_each_market_has_its_own_deadlines_and_one_that_left_has_the_bank_s() -> None:
    retention = Retention(Terms(90, 100, 110), {"ie": Terms(30, 40, 50)})
    due = {(each.kept.value, each.market): (NOON - each.before).days for each in retention.due(NOON, ("uk", "ie"))}
    assert due["words", "uk"] == due["words", None] == 90 and due["words", "ie"] == 30
    assert due["records", "ie"] == 50 and due["labels", None] == 100
    assert list(retention.due(NOON + timedelta(1), ("uk",)))[-1].kept.value == "records"
