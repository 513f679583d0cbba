"""What is in the files of a model folder, and back."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from encoders.artifacts import Artifact, sha256
from encoders.confidence import Confidence
from encoders.directions import Directions
from encoders.encoder import Encoder
from encoders.errors import ArtifactMismatch
from encoders.gate import Gate
from encoders.head import Kernel, KernelHead
from encoders.held_out import HeldOut
from encoders.lessons import Lessons
from encoders.novelty import NoveltyScale
from encoders.prediction_sets import SetRule
from encoders.tfidf import TermWeights, Unit
from encoders.tuned import Tuned
from encoders.vigilance.detector import Detector

if TYPE_CHECKING:
    from encoders.classifier import Knowledge

WEIGHTS, VOCABULARY, PARAMETERS = "weights.safetensors", "vocabulary.json", "parameters.json"
TUNED = "tuned.safetensors"


@dataclass(frozen=True, slots=True)
class Parts:
    """The files of a model and what the manifest says about them."""

    files: Mapping[str, bytes]
    about: Mapping[str, Any]


def pack(knowledge: "Knowledge", encoder: Encoder) -> Parts:
    """Equal knowledge gives equal bytes."""
    from safetensors.numpy import save

    files = {
        WEIGHTS: save({name: np.ascontiguousarray(array) for name, array in sorted(_arrays(knowledge).items())}),
        VOCABULARY: _json({weights.unit: list(weights.vocabulary) for weights in knowledge.head.terms}),
        PARAMETERS: _json(_parameters(knowledge)),
    }
    if knowledge.tuned:
        files[TUNED] = save(
            {name: np.ascontiguousarray(part) for name, part in sorted(knowledge.tuned.changed.items())}
        )
    about = {
        "encoder": {"name": encoder.name, "dimension": encoder.dimension, "fingerprint": encoder.fingerprint},
        "issue_types": list(knowledge.issue_types),
        "gate": knowledge.gate.as_dict(),
    }
    return Parts(files, about)


def version_of(parts: Parts) -> str:
    """Twelve hexadecimal digits over every file and the encoder's fingerprint."""
    digests = [f"{name}:{sha256(content)}" for name, content in sorted(parts.files.items())]
    return sha256("\n".join([*digests, parts.about["encoder"]["fingerprint"]]).encode())[:12]


def unpack(folder: Path, artifact: Artifact) -> "Knowledge":
    """Raises `ArtifactMismatch` where the parts do not fit each other."""
    missing = {WEIGHTS, VOCABULARY, PARAMETERS} - artifact.files.keys()
    if missing:
        raise ArtifactMismatch(folder / "manifest.json", f"does not list {', '.join(sorted(missing))}")
    try:
        return _unpack(folder, artifact)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise ArtifactMismatch(folder, f"its files do not fit each other ({type(error).__name__}: {error})") from error


def _unpack(folder: Path, artifact: Artifact) -> "Knowledge":
    from safetensors.numpy import load

    from encoders.classifier import Knowledge

    arrays: Mapping[str, NDArray[Any]] = load(artifact.files[WEIGHTS])
    parameters = json.loads(artifact.files[PARAMETERS])
    issue_types = tuple(parameters["issue_types"])
    vocabulary = json.loads(artifact.files[VOCABULARY])
    _check_labels(folder, artifact.manifest, issue_types)
    _check_shapes(folder, arrays, vocabulary, len(issue_types))
    lessons = _lessons(arrays, vocabulary)
    return Knowledge(
        issue_types=issue_types,
        lessons=lessons,
        head=_head(arrays, parameters["kernel"], lessons),
        confidence=_confidence(parameters["confidence"]),
        novelty=_novelty(parameters["novelty"]),
        set_rule=_set_rule(parameters["set_rule"], len(issue_types)),
        gate=Gate.from_dict(parameters["gate"]),
        held_out=HeldOut.from_arrays(_under("held_out.", arrays), parameters["slices"]),
        detector=Detector.from_parts(_under("vigilance.", arrays), parameters["vigilance"]),
        families=parameters["families"],
        tuned=Tuned(parameters["learner"], load(artifact.files[TUNED])) if parameters["learner"] else None,
        message_hashes=arrays.get("message_hashes", np.zeros(0, dtype=np.uint64)),
    )


def _arrays(knowledge: "Knowledge") -> dict[str, NDArray[Any]]:
    head, lessons = knowledge.head, knowledge.lessons
    return {
        "head.anchor_rows": head.anchor_rows,
        "head.pull": head.pull,
        "head.term_pull": head.term_pull,
        "lessons.embeddings": lessons.embeddings,
        "lessons.labels": lessons.labels,
        "lessons.weight": lessons.weight,
        "lessons.fold": lessons.fold,
        "message_hashes": knowledge.message_hashes,
        **({"head.across": head.directions.across, "head.bias": head.directions.bias} if head.directions else {}),
        **{f"vigilance.{name}": array for name, array in knowledge.detector.arrays().items()},
        **{f"held_out.{name}": array for name, array in knowledge.held_out.arrays().items()},
        **{f"terms.{weights.unit}": weights.idf for weights in head.terms},
        **{
            f"words.{weights.unit}.{name}": array
            for weights, block in zip(lessons.terms, lessons.words, strict=True)
            for name, array in (("data", block.data), ("indices", block.indices), ("indptr", block.indptr))
        },
    }


def _parameters(knowledge: "Knowledge") -> dict[str, Any]:
    return {
        "issue_types": list(knowledge.issue_types),
        "kernel": asdict(knowledge.head.kernel),
        "confidence": asdict(knowledge.confidence),
        "novelty": asdict(knowledge.novelty),
        "set_rule": knowledge.set_rule.as_dict(),
        "gate": knowledge.gate.as_dict(),
        "slices": knowledge.held_out.slice_names(),
        "vigilance": knowledge.detector.parameters(),
        "learner": knowledge.tuned.learner if knowledge.tuned else None,
        "families": dict(knowledge.families),
    }


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode()


def _lessons(arrays: Mapping[str, NDArray[Any]], vocabulary: Mapping[str, list[str]]) -> Lessons:
    terms = tuple(
        TermWeights(unit, {term: at for at, term in enumerate(vocabulary[unit])}, arrays[f"terms.{unit}"])
        for unit in Unit
    )
    embeddings = arrays["lessons.embeddings"]
    shapes = [(len(embeddings), len(weights.vocabulary)) for weights in terms]
    words = tuple(_words(_under(f"words.{unit}.", arrays), shape) for unit, shape in zip(Unit, shapes, strict=True))
    return Lessons(embeddings, terms, words, arrays["lessons.labels"], arrays["lessons.weight"], arrays["lessons.fold"])


def _words(parts: Mapping[str, NDArray[Any]], shape: tuple[int, int]) -> sparse.csr_matrix:
    words = sparse.csr_matrix((parts["data"], parts["indices"], parts["indptr"]), shape=shape)
    words.check_format(full_check=True)
    return words


def _head(arrays: Mapping[str, NDArray[Any]], kernel: Mapping[str, float], lessons: Lessons) -> KernelHead:
    rows = arrays["head.anchor_rows"]
    anchors = lessons.rows(rows).embeddings
    directions = Directions(arrays["head.across"], arrays["head.bias"]) if "head.across" in arrays else None
    pull, term_pull = arrays["head.pull"], arrays["head.term_pull"]
    return KernelHead(Kernel(**kernel), lessons.terms, anchors, rows, pull, term_pull, directions)


def _under(prefix: str, arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}


def _set_rule(values: Mapping[str, Any], classes: int) -> SetRule:
    rule = SetRule.from_dict(values)
    if len(rule.thresholds) != classes:
        raise ValueError(f"set_rule has {len(rule.thresholds)} thresholds, there are {classes} issue types")
    return rule


def _confidence(values: Mapping[str, Any]) -> Confidence:
    first, second, third = values["slopes"]
    return Confidence(values["temperature"], (first, second, third), values["offset"])


def _novelty(values: Mapping[str, Any]) -> NoveltyScale:
    return NoveltyScale(tuple(values["doubt"]), tuple(values["distance"]), values["centre"], values["spread"])


def _check_labels(folder: Path, manifest: Mapping[str, Any], issue_types: tuple[str, ...]) -> None:
    if list(issue_types) != manifest["issue_types"]:
        raise ArtifactMismatch(folder / PARAMETERS, "its issue types are not the manifest's")


def _check_shapes(
    folder: Path, arrays: Mapping[str, NDArray[Any]], vocabulary: Mapping[str, list[str]], classes: int
) -> None:
    rows, anchors = len(arrays["lessons.embeddings"]), len(arrays["head.anchor_rows"])
    expected: dict[str, tuple[int, ...]] = {
        "lessons.labels": (rows,),
        "lessons.weight": (rows,),
        "lessons.fold": (rows,),
        "head.pull": (anchors, classes),
        "head.term_pull": (sum(len(vocabulary[unit]) for unit in Unit), classes),
        **{f"terms.{unit}": (len(vocabulary[unit]),) for unit in Unit},
    }
    if "head.across" in arrays:
        expected |= {"head.across": (_tuned_columns(arrays), classes), "head.bias": (classes,)}
    for name, shape in expected.items():
        if arrays[name].shape != shape:
            raise ArtifactMismatch(folder / WEIGHTS, f"{name} has shape {arrays[name].shape}, expected {shape}")
    for name, allowed in (("lessons.labels", classes), ("head.anchor_rows", rows)):
        if not len(arrays[name]) or arrays[name].min() < 0 or arrays[name].max() >= allowed:
            raise ArtifactMismatch(folder / WEIGHTS, f"{name} lie outside 0 to {allowed - 1}")


def _tuned_columns(arrays: Mapping[str, NDArray[Any]]) -> int:
    """As many as there are, and never more than a vector has."""
    return min(int(arrays["head.across"].shape[0]), int(arrays["lessons.embeddings"].shape[1]))
