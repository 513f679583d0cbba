import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from encoders.artifacts import sha256, write_artifact
from encoders.classifier import IntentClassifier
from encoders.errors import ArtifactDamaged, ArtifactError, ArtifactForeign, ArtifactMismatch, ArtifactMissing

FILES = ["weights.safetensors", "vocabulary.json", "parameters.json", "manifest.json"]


@pytest.fixture
def folder(classifier: IntentClassifier, tmp_path: Path) -> Path:
    classifier.save(tmp_path / "model")
    return tmp_path / "model"


def test_a_loaded_model_answers_exactly_as_the_saved_one(folder: Path, classifier: IntentClassifier) -> None:
    loaded = IntentClassifier.load(folder, encoder=classifier.encoder)
    texts = ["I lost my card", "top up failed", "what is the weather", ""]
    assert loaded.classify(texts) == classifier.classify(texts)
    assert loaded.version == classifier.version
    assert loaded.record == classifier.record


def test_the_folder_holds_json_and_safetensors_only(folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)


def test_the_manifest_tells_where_the_model_comes_from(folder: Path, classifier: IntentClassifier) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["format"] == "pointsman-model"
    assert manifest["encoder"] == {"name": "words", "dimension": 32, "fingerprint": "words-1"}
    assert manifest["issue_types"] == list(classifier.issue_types)
    assert manifest["training"]["examples"] == 160
    assert manifest["training"]["held_out"]["rows"] == 160
    assert manifest["gate"]["target_error"] == 0.05
    assert manifest["files"].keys() == set(FILES) - {"manifest.json"}


@pytest.mark.parametrize("name", FILES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(where=st.floats(0.0, 0.999), bit=st.integers(0, 7))
def test_any_flipped_bit_is_refused_by_name(
    folder: Path, classifier: IntentClassifier, name: str, where: float, bit: int
) -> None:
    whole = (folder / name).read_bytes()
    broken = bytearray(whole)
    broken[int(where * len(broken))] ^= 1 << bit
    (folder / name).write_bytes(bytes(broken))
    try:
        with pytest.raises(ArtifactError, match=name.replace(".", r"\.")):
            IntentClassifier.load(folder, encoder=classifier.encoder)
    finally:
        (folder / name).write_bytes(whole)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("kept", [0, 10, -1])
def test_a_truncated_file_is_refused_by_name(folder: Path, classifier: IntentClassifier, name: str, kept: int) -> None:
    (folder / name).write_bytes((folder / name).read_bytes().rstrip()[:kept])
    with pytest.raises(ArtifactDamaged, match=name):
        IntentClassifier.load(folder, encoder=classifier.encoder)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(ArtifactMissing, match=name):
        IntentClassifier.load(folder)


def test_a_missing_folder_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ArtifactMissing, match="pointsman train"):
        IntentClassifier.load(tmp_path / "nowhere")


@pytest.mark.parametrize(
    "name", ["weights.pkl", "model.joblib", "pytorch_model.bin", "hook.py", "deep/x.PT", "other.json"]
)
def test_a_file_that_does_not_belong_is_refused(folder: Path, name: str) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(b"x")
    with pytest.raises(ArtifactForeign, match=Path(name).name):
        IntentClassifier.load(folder)


@pytest.mark.parametrize(
    ("content", "why"),
    [('{"format": "other"}', "format is 'other'"), ("[]", "format is 'list'"), ("{}", "format is None")],
)
def test_a_foreign_manifest_is_refused(tmp_path: Path, content: str, why: str) -> None:
    (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(ArtifactForeign, match=why):
        IntentClassifier.load(tmp_path)


def test_an_unknown_format_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"format": "pointsman-model", "format_version": 99}')
    with pytest.raises(ArtifactForeign, match="format_version is 99"):
        IntentClassifier.load(tmp_path)


def test_a_folder_of_an_older_version_says_to_train_again(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"format": "pointsman-model", "format_version": 2}')
    with pytest.raises(ArtifactForeign, match=r"format_version is 2.*older version; train again"):
        IntentClassifier.load(tmp_path)


@pytest.mark.parametrize("labels", [["a", "b"], [], None])
def test_labels_that_are_not_the_manifests_are_refused(
    classifier: IntentClassifier, tmp_path: Path, labels: object
) -> None:
    parts = classifier._parts()
    about = {**parts.about, "issue_types": labels, "training": {}}
    write_artifact(tmp_path / "model", parts.files, about)
    with pytest.raises(ArtifactMismatch, match="issue types"):
        IntentClassifier.load(tmp_path / "model", encoder=classifier.encoder)


def test_parts_of_two_models_do_not_fit(classifier: IntentClassifier, tmp_path: Path) -> None:
    parts = classifier._parts()
    vocabulary = json.loads(parts.files["vocabulary.json"])
    vocabulary["words"].append("more")
    files = {**parts.files, "vocabulary.json": json.dumps(vocabulary).encode()}
    write_artifact(tmp_path / "model", files, {**parts.about, "training": {}})
    with pytest.raises(ArtifactMismatch, match=r"weights\.safetensors"):
        IntentClassifier.load(tmp_path / "model", encoder=classifier.encoder)


def test_an_encoder_with_other_weights_is_refused(folder: Path, word_encoder: object) -> None:
    class Other(type(word_encoder)):  # type: ignore[misc]
        fingerprint = "words-2"

    with pytest.raises(ArtifactMismatch, match="words-2"):
        IntentClassifier.load(folder, encoder=Other())


def test_saving_over_a_model_replaces_it_and_leaves_nothing_else(folder: Path, classifier: IntentClassifier) -> None:
    stricter = classifier.with_target_error(0.2)
    stricter.save(folder)
    assert IntentClassifier.load(folder, encoder=classifier.encoder).version == stricter.version
    assert [path.name for path in folder.parent.iterdir()] == ["model"]


def test_a_folder_with_something_else_is_never_replaced(tmp_path: Path, classifier: IntentClassifier) -> None:
    (tmp_path / "letters.txt").write_text("dear bank")
    with pytest.raises(ArtifactForeign, match="something else"):
        classifier.save(tmp_path)
    assert (tmp_path / "letters.txt").exists()


def test_a_failed_save_leaves_the_older_model(folder: Path, classifier: IntentClassifier) -> None:
    with pytest.raises(TypeError):
        write_artifact(folder, {"weights.safetensors": b"x"}, {"training": object()})
    assert IntentClassifier.load(folder, encoder=classifier.encoder).version == classifier.version
    assert [path.name for path in folder.parent.iterdir()] == ["model"]


def test_the_digest_is_sha256() -> None:
    assert sha256(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_the_version_changes_with_the_content(classifier: IntentClassifier) -> None:
    assert classifier.with_target_error(0.2).version != classifier.version
    assert np.isclose(classifier.with_target_error(0.05).gate.threshold or 0, classifier.gate.threshold or 0)
