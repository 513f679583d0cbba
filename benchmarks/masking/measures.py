"""How much of what is personal is covered, and how much of what is covered is personal."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import Any

from benchmarks.masking.corpus import Utterance
from encoders.masking import find_personal_data
from encoders.text import tidy

# Private-use characters survive tidying, so that they say where an item lies afterwards.
_BEGIN, _END = "\ue000", "\ue001"
_MOST_EXAMPLES = 12


@dataclass(frozen=True, slots=True)
class Truth:
    """Personal data of a kind at `text[start:end]` of the tidied text."""

    kind: str
    form: str
    start: int
    end: int


@dataclass(slots=True)
class Score:
    """Counts over many utterances; `missed` and `wrong` are examples."""

    covered: Counter[str] = field(default_factory=Counter)
    items: Counter[str] = field(default_factory=Counter)
    forms: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    right: Counter[str] = field(default_factory=Counter)
    masked: Counter[str] = field(default_factory=Counter)
    named_right: Counter[str] = field(default_factory=Counter)
    harmless: Counter[str] = field(default_factory=Counter)
    missed: list[tuple[str, str]] = field(default_factory=list)
    wrong: list[tuple[str, str]] = field(default_factory=list)


def measure(utterances: Iterable[Utterance]) -> Score:
    """Mask each utterance as intake does, and compare with what was planted."""
    score = Score()
    for utterance in utterances:
        _add(score, utterance)
    return score


def _add(score: Score, utterance: Utterance) -> None:
    text, truths = placed(utterance)
    spans = find_personal_data(text)
    hidden = {at for span in spans for at in range(span.start, span.end)}
    personal = {at for truth in truths for at in range(truth.start, truth.end)}
    for truth in truths:
        is_covered = all(at in hidden or not text[at].isalnum() for at in range(truth.start, truth.end))
        score.items[truth.kind] += 1
        score.covered[truth.kind] += is_covered
        score.forms[truth.kind][truth.form] += not is_covered
        if not is_covered:
            score.missed.append((truth.kind, f"{text[truth.start : truth.end]!r} in {text!r}"))
    for span in spans:
        is_right = all(at in personal or not text[at].isalnum() for at in range(span.start, span.end))
        score.masked[span.kind] += 1
        score.right[span.kind] += is_right
        score.named_right[span.kind] += any(
            t.kind == span.kind and t.start < span.end and span.start < t.end for t in truths
        )
        if not is_right:
            score.wrong.append((span.kind, f"{text[span.start : span.end]!r} in {text!r}"))
    score.harmless.update(utterance.harmless)


def placed(utterance: Utterance) -> tuple[str, list[Truth]]:
    """The utterance as intake tidies it, and where its items lie in that."""
    raw, marked, last = utterance.text, "", 0
    for item in utterance.items:
        marked += raw[last : item.start] + _BEGIN + raw[item.start : item.end] + _END
        last = item.end
    text, starts, ends = "", [], []
    for char in tidy(marked + raw[last:]):
        if char == _BEGIN:
            starts.append(len(text))
        elif char == _END:
            ends.append(len(text))
        else:
            text += char
    if text != tidy(raw):
        raise ValueError(f"the marks changed the text: {raw!r}")
    where = zip(utterance.items, starts, ends, strict=True)
    return text, [Truth(item.kind, item.form, start, end) for item, start, end in where]


def recall(score: Score) -> Mapping[str, Any]:
    """By kind of what was planted."""
    return {kind: share(score.covered[kind], count) for kind, count in sorted(score.items.items())}


def precision(score: Score) -> Mapping[str, Any]:
    """By kind of placeholder: every letter and digit under it was personal data of some kind."""
    return {kind: share(score.right[kind], count) for kind, count in sorted(score.masked.items())}


def share(hits: int, count: int) -> dict[str, Any]:
    """With the 95 % interval of Wilson (1927)."""
    low, high = wilson(hits, count)
    return {"share": round(hits / count, 5) if count else None, "hits": hits, "of": count, "interval": [low, high]}


def wilson(hits: int, count: int, z: float = 1.959964) -> tuple[float, float]:
    """Bounds of a share seen as `hits` in `count`."""
    if count == 0:
        return 0.0, 1.0
    seen = hits / count
    middle = (seen + z * z / (2 * count)) / (1 + z * z / count)
    reach = z * sqrt(seen * (1 - seen) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    return round(max(0.0, middle - reach), 5), round(min(1.0, middle + reach), 5)


def examples(found: Sequence[tuple[str, str]]) -> Mapping[str, Sequence[str]]:
    """Some of each kind."""
    kept: dict[str, list[str]] = defaultdict(list)
    for kind, text in found:
        if len(kept[kind]) < _MOST_EXAMPLES:
            kept[kind].append(text)
    return dict(kept)
