"""Anchors of the audit trail: lines of a file and of the log, read back and told apart from damage."""

import logging
from pathlib import Path

import pytest
from builders import NOON

from routing.adapters.audit_anchors import AnchorFile, Anchoring, anchor_places, parsed
from routing.adapters.memory import MemoryStore
from routing.domain.audit import Anchor, standing
from routing.domain.errors import Invalid
from routing.domain.events import Event, EventKind

DIGEST = "ab" * 32


class Noon:
    def now(self):
        return NOON


def append(store: MemoryStore) -> None:
    with store.transaction() as uow:
        uow.events.append(Event(EventKind.OFFER_MADE, NOON, "pointsman"))
        uow.commit()


def test_what_was_anchored_is_read_back_in_order(tmp_path: Path):
    kept = AnchorFile(tmp_path / "far" / "anchors.jsonl")
    wanted = [Anchor(3, DIGEST, NOON), Anchor(9, DIGEST, NOON, "disk of Tuesday")]
    for anchor in wanted:
        kept.add(anchor)
    assert kept.all() == wanted


def test_a_line_that_a_power_cut_tore_is_passed_over_and_swallows_nothing(tmp_path: Path):
    kept = AnchorFile(tmp_path / "anchors.jsonl")
    kept.path.write_text('{"position": 3, "chai', encoding="utf-8")
    kept.add(Anchor(4, DIGEST, NOON))
    assert kept.all() == [Anchor(4, DIGEST, NOON)]


def test_a_whole_line_that_is_no_anchor_is_named(tmp_path: Path):
    path = tmp_path / "anchors.jsonl"
    path.write_text('{"position": "many"}\n', encoding="utf-8")
    with pytest.raises(Invalid, match="line 1"):
        AnchorFile(path).all()


def test_the_log_has_what_verify_understands(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.INFO, "pointsman.audit"):
        anchor_places(tmp_path / "anchors.jsonl", "log").add(Anchor(7, DIGEST, NOON))
    assert not (tmp_path / "anchors.jsonl").exists()
    assert parsed(caplog.messages[0].split()[-1]) == Anchor(7, DIGEST)


@pytest.mark.parametrize("text", ["", "7", "x:" + DIGEST, "7:" + DIGEST[:-1], "7:" + "g" * 64])
def test_what_is_no_anchor_is_refused(text: str):
    with pytest.raises(Invalid, match="POSITION:DIGEST"):
        parsed(text)


def test_a_place_that_does_not_exist_is_refused(tmp_path: Path):
    with pytest.raises(Invalid, match="file, log, both"):
        anchor_places(tmp_path, "paper")


def test_the_newest_seal_is_anchored_when_it_is_another_one(tmp_path: Path):
    store, kept = MemoryStore(), AnchorFile(tmp_path / "anchors.jsonl")
    anchoring = Anchoring(store, Noon(), kept)
    anchoring.look()
    assert kept.all() == []
    append(store)
    anchoring.look()
    anchoring.look()
    append(store)
    anchoring.end()
    assert [anchor.position for anchor in kept.all()] == [1, 2]


def test_a_place_that_cannot_be_written_is_told_and_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    store = MemoryStore()
    append(store)
    (tmp_path / "file").write_text("", encoding="utf-8")
    anchoring = Anchoring(store, Noon(), AnchorFile(tmp_path / "file" / "anchors.jsonl"))
    assert anchoring.look() is False
    assert "not anchored" in caplog.text


def test_a_restoration_sets_aside_only_what_lies_at_or_beyond_it():
    early, late, restored = Anchor(3, "a"), Anchor(9, "b"), Anchor(7, "c", None, "disk")
    assert standing([early, late, restored]) == [early, restored]
