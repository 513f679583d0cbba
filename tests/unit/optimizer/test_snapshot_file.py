"""Snapshots on disk: every fault at once, and a schema that is the one published."""

import json
import math
import re
from pathlib import Path

import jsonschema
import pytest

from optimizer.errors import SnapshotInvalid
from optimizer.matching import match
from optimizer.plan import WaitReason
from optimizer.snapshot import read_snapshot
from optimizer.wire import document_of, json_schema, snapshot_from_document

DOCS = Path(__file__).parents[3] / "docs"


@pytest.fixture
def document(make_conversation, make_cop, make_snapshot):
    unsure = make_conversation("c2", candidates=(("card", 0.6), ("loan", 0.4)), last_cop_id="anna")
    return document_of(make_snapshot([make_conversation(), unsure], [make_cop(), make_cop("ben", load=2)]))


def test_a_snapshot_survives_writing_and_reading(tmp_path, document):
    path = tmp_path / "snapshot.json"
    path.write_text(json.dumps(document))
    assert document_of(read_snapshot(path)) == json.loads(json.dumps(document)) | {"parameters": document["parameters"]}


def test_every_fault_of_a_file_is_told_at_once(document):
    document["at"] = "2026-01-01T12:00:00"
    document["surprise"] = 1
    document["conversations"][0]["priority"] = 9
    document["conversations"][1]["candidates"][0]["issue_type"] = "unheard_of"
    document["cops"][1]["id"] = "anna"
    document["cops"][0]["skills"]["cards"] = 1.5
    del document["issue_types"][0]["skill"]
    document["parameters"]["min_proficiency"] = 7
    with pytest.raises(SnapshotInvalid) as refused:
        snapshot_from_document(document)
    assert {fault.path for fault in refused.value.faults} >= {
        "at",
        "surprise",
        "conversations[0].priority",
        "conversations[1].candidates[0].issue_type",
        "cops[0].id",
        "cops[1].id",
        "cops[0].skills.cards",
        "issue_types[0].skill",
        "parameters.min_proficiency",
    }
    told = str(refused.value)
    assert "conversations[0].priority: 9 is not allowed; Input should be less than or equal to 5" in told


@pytest.mark.parametrize("value", [math.nan, math.inf, -1, "soon", None])
def test_a_wait_that_is_no_number_of_seconds_is_refused(document, value):
    document["conversations"][0]["waiting_seconds"] = value
    with pytest.raises(SnapshotInvalid, match=r"conversations\[0\]\.waiting_seconds"):
        snapshot_from_document(document)


def test_priority_weights_that_increase_are_refused_by_path(document):
    document["parameters"]["priority_weights"] = [1, 2, 3, 4, 5]
    with pytest.raises(SnapshotInvalid, match=r"parameters\.priority_weights"):
        snapshot_from_document(document)


@pytest.mark.parametrize("hostile", [None, [], "text", 3, {}, {"conversations": 1}, {"cops": [None, 3, "x"]}])
def test_documents_of_the_wrong_shape_are_refused_not_crashed_on(hostile):
    with pytest.raises(SnapshotInvalid):
        snapshot_from_document(hostile)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 100_000])
def test_files_that_are_not_json_are_named(tmp_path, content):
    path = tmp_path / "snapshot.json"
    path.write_bytes(content)
    with pytest.raises(SnapshotInvalid, match=r"snapshot\.json"):
        read_snapshot(path)


def test_the_published_schema_is_current():
    published = json.loads((DOCS / "schemas" / "snapshot.schema.json").read_text(encoding="utf-8"))
    assert published == json_schema(), "write it anew: pointsman match --schema > docs/schemas/snapshot.schema.json"


def test_the_schema_accepts_what_the_reader_accepts(document):
    document["parameters"]["priority_weights"] = list(document["parameters"]["priority_weights"])
    jsonschema.validate(document, json_schema())
    document["conversations"][0]["priority"] = 9
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, json_schema())


def test_the_documented_example_runs_and_gives_the_documented_plan():
    text = (DOCS / "matching.md").read_text(encoding="utf-8")
    example = json.loads(re.search(r"```json\n(.*?)```", text, re.DOTALL).group(1))
    plan = match(snapshot_from_document(example))
    for each in plan.assignments:
        assert f"assigned\t{each.conversation_id}\t{each.cop_id}\t{each.value / 100:.2f}" in text
    for each in plan.unassigned:
        assert f"waits\t{each.conversation_id}\t{each.reason}" in text
    assert plan.assignments
    assert plan.unassigned


def test_a_conversation_that_cannot_be_read_never_stops_the_others(make_conversation, make_cop, make_snapshot):
    broken = [
        make_conversation("b1", candidates=(("unheard_of", 1.0),)),
        make_conversation("b2", candidates=()),
        make_conversation("b3", waiting_seconds=math.nan),
        make_conversation("b4", target_seconds=0.0),
        make_conversation("b5", priority=0),
        make_conversation("b6", candidates=(("card", 0.5), ("card", 0.5))),
        make_conversation("b7", candidates=(("card", math.nan),)),
    ]
    plan = match(make_snapshot([*broken, make_conversation("good")], [make_cop()]))
    assert [each.conversation_id for each in plan.assignments] == ["good"]
    assert {each.conversation_id for each in plan.unassigned} == {each.id for each in broken}
    assert all(each.reason is WaitReason.UNREADABLE and each.detail for each in plan.unassigned)


def test_faults_among_cops_are_refused_because_they_would_touch_everybody(make_conversation, make_cop, make_snapshot):
    for cops in ([make_cop(skills={"cards": math.nan})], [make_cop(), make_cop()], [make_cop(load=-1)]):
        with pytest.raises(SnapshotInvalid):
            match(make_snapshot([make_conversation()], cops))
