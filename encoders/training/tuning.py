"""The encoder itself learns: its layers are tuned so that messages of one issue type lie together."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from encoders.directions import Directions
from encoders.progress import Progress
from encoders.training.checkpoints import Checkpoints
from encoders.training.layers import Below, features_of, tuned_names

if TYPE_CHECKING:
    import torch

    from encoders.encoder import SentenceEncoder

Weights = Mapping[str, NDArray[np.float16]]

# Judged on draws of few examples from Banking77's training split that no result is reported of (docs/understanding.md).
_ENCODER_RATE, _HEAD_RATE, _SCALE_RATE = 2e-4, 1e-3, 1e-2
_RATE_OF_DEEP = 5e-5
_FIRST_SCALE = 20.0
_WARM_UP = 0.1
_BATCH, _SMALL_BATCH = 32, 16
_EPOCHS, _EPOCHS_OF_DEEP, _EPOCHS_OF_MANY, _MANY = 6, 8, 4, 5_000
_SEEDS_APART = 1_000
_DECAY = 0.01
_POOL = 16
_LAST_LAYERS, _LAST_OF_DEEP = 3, 12
"""Only these are tuned; what those below make of a message is asked once, and never changes."""


@dataclass(frozen=True, slots=True)
class Course:
    """Rows to learn from: prepared texts, labels (n,) int64 below `classes`, and the seed of their order."""

    texts: Sequence[str]
    labels: NDArray[np.int64]
    classes: int
    seed: int
    deep: bool = False
    """For an encoder of many layers, which learn in more passes, larger batches and smaller steps."""
    before: NDArray[np.float32] | None = None
    """(n, d): what the encoder makes of the texts before it learns, where that is known already."""

    @property
    def epochs(self) -> int:
        """How often each row is seen."""
        if len(self.texts) >= _MANY:
            return _EPOCHS_OF_MANY
        return _EPOCHS_OF_DEEP if self.deep else _EPOCHS

    @property
    def rate(self) -> float:
        """How far the encoder's weights go in a step, at most."""
        return _RATE_OF_DEEP if self.deep else _ENCODER_RATE

    @property
    def batch(self) -> int:
        """Rows a step."""
        return _SMALL_BATCH if len(self.texts) < 2_000 and not self.deep else _BATCH

    @property
    def layers(self) -> int:
        """How many of the encoder's layers learn: the last ones."""
        return _LAST_OF_DEEP if self.deep else _LAST_LAYERS

    @property
    def recipe(self) -> str:
        """All that decides what is learnt beside encoder, texts and labels; what another recipe left is no use."""
        rates = (self.rate, _HEAD_RATE, _SCALE_RATE, _FIRST_SCALE, _WARM_UP, _DECAY, _POOL)
        return repr((self.epochs, self.batch, self.layers, self.seed, rates))


@dataclass(frozen=True, slots=True)
class Learnt:
    """The encoder's changed parameters, rounded to what is stored, and the directions for vectors of length 1.

    `kept`: the state it ended in, for whoever is interrupted after it; to be forgotten when all is done.
    """

    changed: Weights
    directions: Directions
    kept: Checkpoints


def tune(encoder: "SentenceEncoder", course: Course, progress: Progress | None = None, stage: str = "tune") -> Learnt:
    """What was learnt. On a GPU where there is one; the encoder given stays as it is.

    Cross-entropy over cosines to one direction an issue type, which starts at its messages' mean. After every epoch
    the state is kept in the cache; the same course, started again, goes on from there. `stage`: what
    `progress` is told.
    """
    with _one_thread():
        learner = _Learner(encoder, course)
        kept = Checkpoints(f"{encoder.fingerprint}|{course.recipe}", course.texts, course.labels)
        for epoch in range(kept.resume(learner.state, learner.optimiser), course.epochs):
            learner.learn(epoch, progress, stage)
            kept.keep(epoch + 1, learner.state, learner.optimiser)
        return learner.learnt(kept)


class _Learner:
    """A copy of the encoder, a direction an issue type, and what moves them."""

    def __init__(self, encoder: "SentenceEncoder", course: Course) -> None:
        import torch

        self._course = course
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._model = encoder.copy_of_model().to(self._device)
        before = encoder.encode(course.texts) if course.before is None else course.before
        directions = torch.tensor(_means(before, course), device=self._device)
        self._directions = torch.nn.Parameter(torch.nn.functional.normalize(directions, dim=-1))
        self._bias = torch.nn.Parameter(torch.zeros(course.classes, device=self._device))
        self._scale = torch.nn.Parameter(torch.tensor(float(np.log(_FIRST_SCALE)), device=self._device))
        names = tuned_names([name for name, _ in self._model.named_parameters()], course.layers)
        for name, weight in self._model.named_parameters():
            weight.requires_grad_(name in names)
        self._tuned = {name: weight for name, weight in self._model.named_parameters() if weight.requires_grad}
        self._below = Below.of(self._model, course.texts, course.layers, self._device)
        self._lengths = self._below.lengths if self._below else np.array([len(text) for text in course.texts])
        self.optimiser = torch.optim.AdamW(
            [
                {"params": list(self._tuned.values()), "lr": course.rate, "weight_decay": _DECAY},
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

    def learnt(self, kept: Checkpoints) -> Learnt:
        """The encoder's tuned weights in half precision, and what it was tuned against."""
        from torch.nn.functional import normalize

        changed = {name: weight.detach().cpu().numpy().astype(np.float16) for name, weight in self._tuned.items()}
        across = (self._scale.exp() * normalize(self._directions, dim=-1).T).detach().cpu().numpy()
        return Learnt(changed, Directions(np.ascontiguousarray(across), self._bias.detach().cpu().numpy()), kept)

    def learn(self, epoch: int, progress: Progress | None, stage: str) -> None:
        """One pass over the rows; what it drops out depends on nothing that went before."""
        import torch

        torch.manual_seed(self._course.seed * _SEEDS_APART + epoch)
        self._model.train()
        batches = _batches(self._course, epoch, self._lengths)
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

        given = features_of(self._model, [self._course.texts[row] for row in rows], self._device)
        if self._below:
            self._below.give(rows)
        with _low_precision(self._device):
            vectors = self._model(given)["sentence_embedding"]
        cosines: torch.Tensor = normalize(vectors.float(), dim=-1) @ normalize(self._directions, dim=-1).T
        return self._scale.exp() * cosines + self._bias


def _means(vectors: NDArray[np.float32], course: Course) -> NDArray[np.float32]:
    sums = np.zeros((course.classes, vectors.shape[1]), dtype=np.float32)
    np.add.at(sums, course.labels, vectors)
    return sums + 1e-6


def _batches(course: Course, epoch: int, lengths: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Rows in a new order every epoch, those of a batch alike in length so that little is padding."""
    generator = np.random.default_rng([course.seed, epoch])
    order, pool = generator.permutation(len(lengths)), course.batch * _POOL
    batches: list[NDArray[np.int64]] = []
    for start in range(0, len(order), pool):
        some = order[start : start + pool]
        alike = some[np.argsort(lengths[some], kind="stable")]
        batches.extend(alike[at : at + course.batch] for at in range(0, len(alike), course.batch))
    return [batches[at] for at in generator.permutation(len(batches))]


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
