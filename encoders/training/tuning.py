"""The encoder itself learns: its layers are tuned so that messages of one issue type lie together."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from encoders.directions import Directions
from encoders.progress import Progress
from encoders.training.checkpoints import Checkpoints

if TYPE_CHECKING:
    import torch

    from encoders.encoder import SentenceEncoder

Weights = Mapping[str, NDArray[np.float16]]

# Judged on one fold of Banking77's training split and on its ten-example split; learning rates from the literature.
_ENCODER_RATE, _HEAD_RATE, _SCALE_RATE = 1e-4, 1e-3, 1e-2
_FIRST_SCALE = 20.0
_WARM_UP = 0.1
_BATCH, _SMALL_BATCH = 32, 16
_EPOCHS_OF_DEEP = 8
_SEEDS_APART = 1_000
_DECAY = 0.01
_POOL = 16
_NOT_TUNED = ".embeddings."
"""Word vectors stay: they are most of the weights, and rare words would move on a handful of messages."""
_LAST_LAYERS = 4
"""Of a deep encoder only these are tuned; what all of its layers share stays too."""
_LAYER = re.compile(r"\.layer\.(\d+)\.")


@dataclass(frozen=True, slots=True)
class Course:
    """Rows to learn from: prepared texts, labels (n,) int64 below `classes`, and the seed of their order."""

    texts: Sequence[str]
    labels: NDArray[np.int64]
    classes: int
    seed: int
    deep: bool = False
    """For an encoder of many layers, of which the last learn, in fewer and larger steps."""

    @property
    def epochs(self) -> int:
        """The fewer the rows, the more often each is seen."""
        wanted = next((epochs for rows, epochs in ((600, 15), (2_000, 12), (5_000, 8)) if len(self.texts) < rows), 5)
        return min(wanted, _EPOCHS_OF_DEEP) if self.deep else wanted

    @property
    def batch(self) -> int:
        """Rows a step."""
        return _SMALL_BATCH if len(self.texts) < 2_000 and not self.deep else _BATCH


@dataclass(frozen=True, slots=True)
class Learnt:
    """The encoder's changed parameters, rounded to what is stored, and the directions for vectors of length 1."""

    changed: Weights
    directions: Directions


def tune(encoder: "SentenceEncoder", course: Course, progress: Progress | None = None, stage: str = "tune") -> Learnt:
    """What was learnt. On a GPU where there is one; the encoder given stays as it is.

    Cross-entropy over cosines to one direction an issue type, which starts at its messages' mean. After every epoch
    the state is kept in the cache; the same course, started again, goes on from there. `stage`: what
    `progress` is told.
    """
    with _one_thread():
        learner = _Learner(encoder, course)
        kept = Checkpoints(encoder.fingerprint, course.texts, course.labels, course.seed)
        first = kept.resume(learner.state, learner.optimiser)
        for epoch in range(first, course.epochs):
            learner.learn(epoch, progress, stage)
            kept.keep(epoch + 1, learner.state, learner.optimiser)
        kept.forget()
        return learner.learnt()


class _Learner:
    """A copy of the encoder, a direction an issue type, and what moves them."""

    def __init__(self, encoder: "SentenceEncoder", course: Course) -> None:
        import torch

        self._course = course
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._model = encoder.copy_of_model().to(self._device)
        directions = torch.tensor(_means(encoder.encode(course.texts), course), device=self._device)
        self._directions = torch.nn.Parameter(torch.nn.functional.normalize(directions, dim=-1))
        self._bias = torch.nn.Parameter(torch.zeros(course.classes, device=self._device))
        self._scale = torch.nn.Parameter(torch.tensor(float(np.log(_FIRST_SCALE)), device=self._device))
        names = tuned_names([name for name, _ in self._model.named_parameters()], course.deep)
        for name, weight in self._model.named_parameters():
            weight.requires_grad_(name in names)
        self._tuned = {name: weight for name, weight in self._model.named_parameters() if weight.requires_grad}
        self.optimiser = torch.optim.AdamW(
            [
                {"params": list(self._tuned.values()), "lr": _ENCODER_RATE, "weight_decay": _DECAY},
                {"params": [self._directions, self._bias], "lr": _HEAD_RATE, "weight_decay": 0.0},
                {"params": [self._scale], "lr": _SCALE_RATE, "weight_decay": 0.0},
            ],
            fused=self._device == "cpu",  # one pass over the weights in place of ten
        )
        self._rates = [group["lr"] for group in self.optimiser.param_groups]
        self._labels = torch.tensor(course.labels, device=self._device)

    @property
    def state(self) -> dict[str, "torch.Tensor"]:
        """Everything that learns, by name; the tensors themselves."""
        own = {"head.directions": self._directions, "head.bias": self._bias, "head.scale": self._scale}
        return {**self._tuned, **own}

    def learnt(self) -> Learnt:
        """The encoder's tuned weights in half precision, and what it was tuned against."""
        from torch.nn.functional import normalize

        changed = {name: weight.detach().cpu().numpy().astype(np.float16) for name, weight in self._tuned.items()}
        across = (self._scale.exp() * normalize(self._directions, dim=-1).T).detach().cpu().numpy()
        return Learnt(changed, Directions(np.ascontiguousarray(across), self._bias.detach().cpu().numpy()))

    def learn(self, epoch: int, progress: Progress | None, stage: str) -> None:
        """One pass over the rows; what it drops out depends on nothing that went before."""
        import torch

        torch.manual_seed(self._course.seed * _SEEDS_APART + epoch)
        self._model.train()
        batches = list(_batches(self._course, epoch))
        for number, rows in enumerate(batches):
            self._step(rows, epoch * len(batches) + number, self._course.epochs * len(batches))
            if progress:
                progress(epoch * len(batches) + number + 1, self._course.epochs * len(batches), stage)

    def _step(self, rows: NDArray[np.int64], step: int, steps: int) -> None:
        import torch

        share = min(1.0, (step + 1) / (_WARM_UP * steps)) * (1.0 - step / steps)
        for group, rate in zip(self.optimiser.param_groups, self._rates, strict=True):
            group["lr"] = rate * share
        loss = torch.nn.functional.cross_entropy(self._scores(rows), self._labels[rows])
        self.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(list(self._tuned.values()), 1.0)
        self.optimiser.step()

    def _scores(self, rows: NDArray[np.int64]) -> "torch.Tensor":
        from torch.nn.functional import normalize

        features = self._model.preprocess([self._course.texts[row] for row in rows])
        given = {name: value.to(self._device) for name, value in features.items() if hasattr(value, "to")}
        with _low_precision(self._device):
            vectors = self._model(given)["sentence_embedding"]
        cosines: torch.Tensor = normalize(vectors.float(), dim=-1) @ normalize(self._directions, dim=-1).T
        return self._scale.exp() * cosines + self._bias


def tuned_names(names: Sequence[str], deep: bool) -> frozenset[str]:
    """Every parameter but those of words; of a deep encoder, those of its last layers."""
    if not deep:
        return frozenset(name for name in names if _NOT_TUNED not in name)
    layer_of = {name: int(found[1]) for name in names if (found := _LAYER.search(name))}
    first = max(layer_of.values(), default=0) + 1 - _LAST_LAYERS
    return frozenset(name for name, layer in layer_of.items() if layer >= first)


def _means(vectors: NDArray[np.float32], course: Course) -> NDArray[np.float32]:
    sums = np.zeros((course.classes, vectors.shape[1]), dtype=np.float32)
    np.add.at(sums, course.labels, vectors)
    return sums + 1e-6


def _batches(course: Course, epoch: int) -> Iterator[NDArray[np.int64]]:
    """Rows in a new order every epoch, those of a batch alike in length so that little is padding."""
    generator = np.random.default_rng([course.seed, epoch])
    order, pool = generator.permutation(len(course.texts)), course.batch * _POOL
    lengths = np.array([len(text) for text in course.texts])
    batches: list[NDArray[np.int64]] = []
    for start in range(0, len(order), pool):
        some = order[start : start + pool]
        alike = some[np.argsort(lengths[some], kind="stable")]
        batches.extend(alike[at : at + course.batch] for at in range(0, len(alike), course.batch))
    yield from (batches[at] for at in generator.permutation(len(batches)))


def _low_precision(device: str) -> Any:
    """bfloat16 where the processor has instructions for it: twice as fast, and no worse in what was measured."""
    import torch

    able = device == "cuda" or bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())
    return torch.autocast(device, dtype=torch.bfloat16) if able else nullcontext()


@contextmanager
def _one_thread() -> Iterator[None]:
    """Several to a step wait for each other by spinning: on two cores shared with other work, an epoch that takes one
    thread 16 seconds of processor time took two threads 66, and some two minutes by the clock."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
