"""The detector's model: kernel ridge regression over depths and words, its scores made probabilities."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from encoders.calibration import softmax
from encoders.head import Kernel
from encoders.int8 import Learned, comparison_seen
from encoders.products import Exact, InEightBits
from encoders.tfidf import Counted, TermSums, TermWeights, Unit
from encoders.vigilance.features import COLUMNS, TERM_SHARE, View

_PARTS = ("weights", "anchors", "pull")


@dataclass(frozen=True, slots=True)
class Model:
    """Scores of every kind and of `ordinary`, the last column.

    `weights` (terms, columns): what each term adds; `anchors` (m, directions): the lessons in the view; `pull`
    (m, columns): what each lesson adds by its nearness; all float32. `quick`: how messages are compared with the
    lessons; exactly unless given.
    """

    terms: tuple[TermWeights, ...]
    sharpness: float
    temperature: float
    view: View
    weights: NDArray[np.float32]
    anchors: NDArray[np.float32]
    pull: NDArray[np.float32]
    quick: InEightBits | None = field(default=None, repr=False, compare=False)
    _exact: Exact = field(init=False, repr=False, compare=False)
    _sums: TermSums = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Lay out the anchors and the terms."""
        object.__setattr__(self, "_sums", TermSums(self.terms, self.weights))
        object.__setattr__(self, "_exact", Exact(self.anchors))

    def coarse(self) -> "Model":
        """The same model, comparing in eight bits."""
        learned = Learned(self.anchors, self.pull, self.sharpness)
        return replace(self, quick=InEightBits(comparison_seen(learned, self.view.centre, self.view.across)))

    def probabilities(self, of_words: NDArray[np.float32], depths: NDArray[np.float32]) -> NDArray[np.float64]:
        """(n, columns) float64, rows that sum to 1; `depths`: see `encoders.encoder.encode_depths`."""
        return softmax((self._added(depths) + of_words).astype(np.float64) / self.temperature)

    def _added(self, depths: NDArray[np.float32]) -> NDArray[np.float32]:
        """What the lessons add to the scores, (n, columns)."""
        if self.quick is not None:
            [added] = self.quick(depths)
            return added
        near = Kernel(self.sharpness, 0.0).of_cosines(self._exact(self.view.of(depths)))
        return np.asarray(near @ self.pull)

    def of_words(self, texts: Sequence[Counted]) -> NDArray[np.float32]:
        """(n, columns): what terms add to the scores; gathered, for a matrix of one row costs far more."""
        found = np.zeros((len(texts), len(COLUMNS)), dtype=np.float32)
        for row, text in enumerate(texts):
            found[row] = self._sums.of(text, TERM_SHARE)
        return found

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What belongs in a file of tensors."""
        return (
            {name: getattr(self, name) for name in _PARTS}
            | {"view.centre": self.view.centre, "view.across": self.view.across}
            | {f"terms.{weights.unit}": weights.idf for weights in self.terms}
        )

    def parameters(self) -> dict[str, Any]:
        """What belongs in a JSON file beside the tensors."""
        return {
            "columns": list(COLUMNS),
            "sharpness": self.sharpness,
            "temperature": self.temperature,
            "terms": {weights.unit: list(weights.vocabulary) for weights in self.terms},
        }

    @classmethod
    def from_parts(cls, arrays: Mapping[str, NDArray[Any]], parameters: Mapping[str, Any]) -> "Model":
        """The reverse of `arrays` and `parameters`; raises `ValueError` or `KeyError` where they do not fit."""
        if list(parameters["columns"]) != list(COLUMNS):
            raise ValueError(
                f"the detector's kinds are {parameters['columns']}, this version of the product has others"
            )
        terms = tuple(_terms(unit, parameters["terms"][unit], arrays[f"terms.{unit}"]) for unit in Unit)
        parts = {name: arrays[name] for name in _PARTS}
        view = View(arrays["view.centre"], arrays["view.across"])
        _check(parts, view, sum(len(weights.vocabulary) for weights in terms))
        sharpness, temperature = float(parameters["sharpness"]), float(parameters["temperature"])
        return cls(terms, sharpness, temperature, view, parts["weights"], parts["anchors"], parts["pull"])


def _terms(unit: Unit, vocabulary: Sequence[str], idf: NDArray[np.float64]) -> TermWeights:
    if idf.shape != (len(vocabulary),):
        raise ValueError(f"the detector has {len(vocabulary)} {unit} and weights of shape {idf.shape} for them")
    return TermWeights(unit, {term: at for at, term in enumerate(vocabulary)}, idf)


def _check(parts: Mapping[str, NDArray[Any]], view: View, terms: int) -> None:
    """Shapes that numpy would only stumble over at the first message."""
    lessons, directions = len(parts["pull"]), view.across.shape[-1]
    found = {**{name: array.shape for name, array in parts.items()}, "view": view.across.shape}
    expected = {
        "weights": (terms, len(COLUMNS)),
        "anchors": (lessons, directions),
        "pull": (lessons, len(COLUMNS)),
        "view": (len(view.centre), directions),
    }
    for name, shape in expected.items():
        if found[name] != shape:
            raise ValueError(f"the detector's {name} have shapes {found[name]}, expected {shape}")
