"""The model in service: swapped while it is used, and kept when what should follow it cannot be read."""

from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from builders import NOON, make_taxonomy

from encoders.classifier import IntentClassifier
from encoders.errors import ArtifactMissing
from routing.adapters.classifier import LiveClassifier
from routing.adapters.models import POINTER, ModelFolder, Training
from routing.domain.errors import Unavailable
from routing.ports import Utterance

ASKED = [Utterance("where is my card", ("en",))]


class ScriptedModel:
    """Sure that everything is card_late; its vectors are the texts' lengths. `meanwhile` runs while it thinks."""

    gate = SimpleNamespace(threshold=0.5, novelty_threshold=0.5)

    def __init__(self, meanwhile: Callable[[], object] = lambda: None) -> None:
        self.meanwhile = meanwhile

    def classify(self, texts: Sequence[str]) -> list[SimpleNamespace]:
        self.meanwhile()
        answer = SimpleNamespace(
            issue_type="card_late",
            confidence=0.9,
            decision=SimpleNamespace(value="auto"),
            novelty=0.1,
            prediction_set=("card_late",),
            distribution=(("card_late", 0.9), ("card_lost", 0.1)),
        )
        return [answer] * len(texts)

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        self.meanwhile()
        return np.array([[float(len(text))] for text in texts])


@pytest.fixture
def models(tmp_path: Path) -> ModelFolder:
    made = ModelFolder(tmp_path, Training("none", 0.05))
    made.promote("one", NOON)
    return made


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> dict[str, ScriptedModel]:
    """The models that load, by version; any other is missing."""
    found = {"one": ScriptedModel(), "two": ScriptedModel()}

    def load(path: Path, **_: object) -> ScriptedModel:
        if path.name not in found:
            raise ArtifactMissing(path, "nothing there")
        return found[path.name]

    monkeypatch.setattr(IntentClassifier, "load", load)
    return found


def test_a_decision_names_the_model_that_made_it_although_another_took_over_meanwhile(
    models: ModelFolder, loaded: dict[str, ScriptedModel]
) -> None:
    live = LiveClassifier(models)

    def swap() -> None:
        models.promote("two", NOON)
        assert live.version == "two"

    loaded["one"].meanwhile = swap

    [triage] = live.classify(ASKED, make_taxonomy(), NOON)

    assert triage.model_version == "one"
    assert live.classify(ASKED, make_taxonomy(), NOON)[0].model_version == "two"


def test_similar_cases_are_found_although_another_model_took_over_meanwhile(
    models: ModelFolder, loaded: dict[str, ScriptedModel]
) -> None:
    live = LiveClassifier(models)

    def swap() -> None:
        models.promote("two", NOON)
        assert live.version == "two"

    loaded["one"].meanwhile = swap

    assert live.similar("four", ["a", "ab", "abc"], 2) == [(2, 12.0), (1, 8.0)]


@pytest.mark.parametrize("broken", ["", "garbage", "{}", "[]", '{"version": 5}', '{"version": "../one"}', "[" * 9_999])
def test_a_broken_pointer_leaves_the_model_before_in_service_and_says_so(
    models: ModelFolder, loaded: dict[str, ScriptedModel], broken: str
) -> None:
    live = LiveClassifier(models)
    assert live.health == "ok"

    (models.folder / POINTER).write_text(broken)

    assert live.version == "one"
    assert live.health == "ok; model live.json was refused, one still serves"
    models.promote("one", NOON)
    assert live.health == "ok"


def test_a_broken_pointer_with_no_model_before_is_named_with_its_remedy(
    models: ModelFolder, loaded: dict[str, ScriptedModel]
) -> None:
    (models.folder / POINTER).write_text("garbage")

    with pytest.raises(Unavailable, match=r"live\.json cannot be read \(JSONDecodeError\); remove it"):
        _ = LiveClassifier(models).version


def test_a_refused_model_is_forgotten_once_the_one_in_service_is_wanted_again(
    models: ModelFolder, loaded: dict[str, ScriptedModel]
) -> None:
    live = LiveClassifier(models)
    assert live.version == "one"
    models.promote("three", NOON)
    assert live.health == "ok; model three was refused, one still serves"

    models.promote("one", NOON)

    assert live.health == "ok"
