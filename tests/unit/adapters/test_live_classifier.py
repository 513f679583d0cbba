"""The model in service: swapped while it is used, and kept when what should follow it cannot be read."""

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType, SimpleNamespace

import numpy as np
import pytest
from builders import NOON, make_taxonomy

from encoders.classifier import IntentClassifier
from encoders.errors import ArtifactMissing
from routing.adapters.classifier import LiveClassifier
from routing.adapters.models import ModelFolder, Training
from routing.domain.errors import Unavailable
from routing.domain.issue import Triage
from routing.ports import Utterance

Heard = Callable[[Sequence[Utterance], Sequence[Triage]], None]
ASKED = [Utterance("where is my card", ("en",))]


class ScriptedModel:
    """Sure that everything is card_late; its vectors are the texts' lengths. `meanwhile` runs while it thinks."""

    gate = SimpleNamespace(threshold=0.5, novelty_threshold=0.5)
    record: Mapping[str, object] = MappingProxyType({})

    def __init__(self, meanwhile: Callable[[], object] = lambda: None) -> None:
        self.meanwhile = meanwhile

    knowledge = SimpleNamespace(families=MappingProxyType({}))

    def classify(self, texts: Sequence[str], known: Sequence[Mapping[str, str]]) -> list[SimpleNamespace]:
        self.meanwhile()
        answer = SimpleNamespace(
            issue_type="card_late",
            confidence=0.9,
            decision=SimpleNamespace(value="auto"),
            novelty=0.1,
            prediction_set=("card_late",),
            distribution=(("card_late", 0.9), ("card_lost", 0.1)),
            alert=None,
        )
        return [answer] * len(texts)

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        self.meanwhile()
        return np.array([[float(len(text))] for text in texts])


class Registry:
    """Says which version is live; with `broken` it does not answer."""

    def __init__(self, folder: Path) -> None:
        self.live: str | None = "one"
        self.broken = False
        self.files = ModelFolder(folder, Training("none", 0.05))

    def version(self) -> str | None:
        if self.broken:
            raise Unavailable("the database does not answer")
        return self.live

    def classifier(
        self, heard: Callable[[Sequence[Utterance], Sequence[Triage]], None] | None = None
    ) -> LiveClassifier:
        return LiveClassifier(self.version, self.files, heard=heard)


@pytest.fixture
def models(tmp_path: Path) -> Registry:
    return Registry(tmp_path)


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


def overtaken(models: Registry, loaded: dict[str, ScriptedModel]) -> LiveClassifier:
    """A classifier whose model `one` is replaced by `two` while it answers."""
    live = models.classifier()

    def swap() -> None:
        models.live = "two"
        assert (live.health, live.version) == ("ok", "two")

    loaded["one"].meanwhile = swap
    return live


def test_a_decision_names_the_model_that_made_it_although_another_took_over_meanwhile(
    models: Registry, loaded: dict[str, ScriptedModel]
) -> None:
    live = overtaken(models, loaded)

    [triage] = live.classify(ASKED, make_taxonomy(), NOON)

    assert triage.model_version == "one"
    assert live.classify(ASKED, make_taxonomy(), NOON)[0].model_version == "two"


def test_similar_cases_are_found_although_another_model_took_over_meanwhile(
    models: Registry, loaded: dict[str, ScriptedModel]
) -> None:
    live = overtaken(models, loaded)

    assert live.similar("four", ["a", "ab", "abc"], 2) == [(2, 12.0), (1, 8.0)]


def test_texts_are_embedded_once_and_together_with_their_cases(
    models: Registry, loaded: dict[str, ScriptedModel]
) -> None:
    live, asked = models.classifier(), list[int]()
    live.classify(ASKED, make_taxonomy(), NOON)
    loaded["one"].meanwhile = lambda: asked.append(1)
    live.similar("four", ["a", "ab"], 2)
    for text in ("a", "ab"):
        live.similar(text, ["a", "ab", "four"], 2)
    assert len(asked) == 1


def test_a_page_that_names_the_model_does_not_load_it(models: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(IntentClassifier, "load", lambda *_, **__: pytest.fail("the model was loaded"))
    live = models.classifier()
    assert live.version == "one"
    models.live = None
    with pytest.raises(Unavailable, match="no model is live"):
        _ = live.version


def test_a_registry_that_does_not_answer_leaves_the_model_in_service_and_says_so(
    models: Registry, loaded: dict[str, ScriptedModel]
) -> None:
    live = models.classifier()
    assert live.health == "ok"

    models.broken = True

    assert live.version == "one"
    assert live.health.startswith("ok; which model is live cannot be read, one still serves")
    models.broken = False
    assert live.health == "ok"


def test_a_registry_that_does_not_answer_is_named_where_no_model_serves(
    models: Registry, loaded: dict[str, ScriptedModel]
) -> None:
    models.broken = True
    with pytest.raises(Unavailable, match="the database does not answer"):
        _ = models.classifier().version


def test_a_rollback_is_taken_up_with_the_next_message(models: Registry, loaded: dict[str, ScriptedModel]) -> None:
    live = models.classifier()
    models.live = "two"
    assert live.classify(ASKED, make_taxonomy(), NOON)[0].model_version == "two"

    models.live = "one"

    assert live.classify(ASKED, make_taxonomy(), NOON)[0].model_version == "one"


def test_while_one_thread_loads_a_model_the_others_go_on_with_the_one_before(
    models: Registry, loaded: dict[str, ScriptedModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    live = models.classifier()
    assert (live.health, live.version) == ("ok", "one")
    begun, go_on = threading.Event(), threading.Event()

    def slow(path: Path, **_: object) -> ScriptedModel:
        begun.set()
        assert go_on.wait(60)
        return loaded[path.name]

    monkeypatch.setattr(IntentClassifier, "load", slow)
    models.live = "two"
    loading = threading.Thread(target=lambda: live.health)
    loading.start()
    assert begun.wait(60)

    assert live.version == "one"

    go_on.set()
    loading.join(60)
    assert live.version == "two"


def test_whoever_listens_hears_what_was_asked_and_answered(models: Registry, loaded: dict[str, ScriptedModel]) -> None:
    heard: list[tuple[Sequence[Utterance], Sequence[Triage]]] = []
    triages = models.classifier(lambda *batch: heard.append(batch)).classify(ASKED, make_taxonomy(), NOON)
    assert heard == [(ASKED, triages)]


def test_a_refused_model_is_forgotten_once_the_one_in_service_is_wanted_again(
    models: Registry, loaded: dict[str, ScriptedModel]
) -> None:
    live = models.classifier()
    assert live.health == "ok"
    models.live = "three"
    assert live.health == "ok; model three was refused, one still serves"

    models.live = "one"

    assert live.health == "ok"
