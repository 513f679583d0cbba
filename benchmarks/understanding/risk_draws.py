"""Thresholds chosen on one part of the held-out rows and judged on another, drawn many times."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from statistics import fmean, stdev
from typing import Any

import numpy as np
from numpy.typing import NDArray

from encoders.calibration import fit_temperature, softmax
from encoders.gate import Gate, automatic, choose_gate
from encoders.held_out import HeldOut
from encoders.novelty import choose_novelty_threshold
from encoders.prediction_sets import SetRule, coverage_by_type, fit_set_rule

OUTSIDE_SHARE = 0.05
_MOST_OUTSIDE = 200
_FLOOR = 1e-12

Choose = Callable[[HeldOut, float, float], Gate]


def in_expectation(held_out: HeldOut, target: float, novelty_threshold: float) -> Gate:
    """The form of conformal selection (Jin and Candes, 2023): the expected error is at most the target, no more.

    The lowest t with (1 + wrong at or above t) / (1 + rows at or above t) <= target.
    """
    known = held_out.take(held_out.novelty <= novelty_threshold)
    order = np.argsort(-known.confidence, kind="stable")
    bound = (1 + np.cumsum(~known.correct[order])) / (2 + np.arange(len(known)))
    allowed = np.flatnonzero(bound <= target)
    threshold = float(known.confidence[order][allowed[-1]]) if len(allowed) else None
    return replace(choose_gate(held_out.take(np.arange(0)), target, novelty_threshold), threshold=threshold)


def promised(held_out: HeldOut, target: float, novelty_threshold: float) -> Gate:
    """The product's gate."""
    return choose_gate(held_out, target, novelty_threshold)


def _with_outside(held_out: HeldOut, target: float, novelty_threshold: float) -> Gate:
    return choose_gate(held_out, target, novelty_threshold, outside_share=OUTSIDE_SHARE)


FORMS: dict[str, Choose] = {"expectation": in_expectation, "learn_then_test": promised}


def in_halves(rows: HeldOut, target: float, draws: int, seed: int) -> dict[str, Any]:
    """Chosen on a random half, realised on the other. The other half's own noise makes errors above the target too:

    with a threshold whose error lies 1.645 standard errors below the target, about one in eight.
    """
    results: dict[str, list[tuple[float, float]]] = {name: [] for name in FORMS}
    for draw in range(draws):
        mine, others = _halves(len(rows), [seed, draw])
        chosen, asked = rows.take(mine), rows.take(others)
        threshold = choose_novelty_threshold(chosen.novelty, np.zeros(0))
        for name, choose in FORMS.items():
            results[name].append(_realised(choose(chosen, target, threshold), asked))
    return {name: _told(found, target) for name, found in results.items()}


def with_replacement(rows: HeldOut, target: float, draws: int, seed: int) -> dict[str, Any]:
    """Chosen on as many rows drawn with replacement, judged on all rows: there the true error is known exactly."""
    results: dict[str, list[tuple[float, float]]] = {name: [] for name in FORMS}
    threshold = choose_novelty_threshold(rows.novelty, np.zeros(0))
    for draw in range(draws):
        chosen = rows.take(np.random.default_rng([seed, draw, 1]).integers(0, len(rows), len(rows)))
        for name, choose in FORMS.items():
            results[name].append(_realised(choose(chosen, target, threshold), rows))
    return {name: _told(found, target) for name, found in results.items()}


def at_share_outside(rows: HeldOut, target: float, draws: int, seed: int) -> dict[str, Any]:
    """Traffic with 5 % outside, where an automatic decision is an error; half of both chooses, the rest judges."""
    forms = {**FORMS, "learn_then_test_with_share": _with_outside}
    results: dict[str, list[tuple[float, float]]] = {name: [] for name in forms}
    calibrating = min(_MOST_OUTSIDE, len(rows.outside) // 2)
    for draw in range(draws):
        mine, others = _halves(len(rows), [seed, draw])
        order = np.random.default_rng([seed, draw, 2]).permutation(len(rows.outside))
        chosen = replace(rows.take(mine), outside=rows.outside.take(order[:calibrating]))
        asked = replace(rows.take(others), outside=rows.outside.take(order[calibrating:]))
        threshold = choose_novelty_threshold(chosen.novelty, chosen.outside.novelty)
        for name, choose in forms.items():
            results[name].append(_realised_mixed(choose(chosen, target, threshold), asked))
    told = {name: _told(found, target) for name, found in results.items()}
    return {"outside_rows": calibrating, "outside_share": OUTSIDE_SHARE, **told}


def in_slices(rows: HeldOut, target: float, draws: int, seed: int) -> dict[str, Any]:
    """Chosen on a random half with its slices; what each slice's error is on the other half, and how it was judged."""
    names = [(slicing.dimension, name) for slicing in rows.slicings for name in slicing.names]
    found: dict[str, list[tuple[float, float]]] = {name: [] for _, name in names}
    standings: dict[str, list[str]] = {name: [] for _, name in names}
    for draw in range(draws):
        mine, others = _halves(len(rows), [seed, draw])
        chosen, asked = rows.take(mine), rows.take(others)
        gate = promised(chosen, target, choose_novelty_threshold(chosen.novelty, np.zeros(0)))
        for rule in gate.slices:
            slicing = asked.slicings[0]
            inside = asked.take(slicing.codes == slicing.names.index(rule.name))
            found[rule.name].append(_realised(gate, inside))
            standings[rule.name].append(rule.standing.value)
    return {name: {**_told(found[name], target), "standing": _shares(standings[name])} for _, name in names}


def sets_in_halves(
    probabilities: NDArray[np.float64], labels: NDArray[np.int64], draws: int, seed: int
) -> dict[str, Any]:
    """Prediction sets at 95 % fitted on a random half: coverage of each type and size on the other half."""
    logs = np.log(np.maximum(probabilities, _FLOOR))
    calibrated = softmax(logs / fit_temperature(logs, labels))
    results: dict[str, list[tuple[float, float, list[float]]]] = {"one_threshold": [], "by_type": []}
    for draw in range(draws):
        mine, others = _halves(len(labels), [seed, draw])
        rule = fit_set_rule(calibrated[mine], labels[mine])
        for name, each in (("one_threshold", _same_for_all(rule)), ("by_type", rule)):
            results[name].append(_sets(each, calibrated[others], labels[others]))
    return {name: _sets_told(found) for name, found in results.items()}


def _same_for_all(rule: SetRule) -> SetRule:
    return replace(rule, thresholds=(rule.general,) * len(rule.thresholds))


def _sets(
    rule: SetRule, probabilities: NDArray[np.float64], labels: NDArray[np.int64]
) -> tuple[float, float, list[float]]:
    types = [each.share for each in coverage_by_type(rule, probabilities, labels)]
    kept = rule.sets(probabilities)
    covered = float(kept[np.arange(len(labels)), labels].mean())
    return covered, float(kept.sum(axis=1).mean()), [np.nan if share is None else share for share in types]


def _sets_told(found: Sequence[tuple[float, float, list[float]]]) -> dict[str, Any]:
    by_type = np.nanmean([types for _, _, types in found], axis=0)
    return {
        "coverage": _spread([covered for covered, _, _ in found]),
        "size": _spread([size for _, size, _ in found]),
        "worst_type_coverage": round(float(by_type.min()), 5),
        "types_covered_below_90_percent": int((by_type < 0.9).sum()),
        "types": len(by_type),
    }


def _halves(rows: int, seed: list[int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    order = np.random.default_rng(seed).permutation(rows)
    return order[: rows // 2], order[rows // 2 :]


def _realised(gate: Gate, asked: HeldOut) -> tuple[float, float]:
    """Share decided automatically, and the error among that."""
    auto = automatic(gate, asked)
    return float(auto.mean()), float((~asked.correct[auto]).mean()) if auto.any() else 0.0


def _realised_mixed(gate: Gate, asked: HeldOut) -> tuple[float, float]:
    """The same of traffic with `OUTSIDE_SHARE` outside; the share is that of all messages."""
    share, error = _realised(gate, asked)
    threshold = np.inf if gate.threshold is None else gate.threshold
    let_in = (asked.outside.novelty <= gate.novelty_threshold) & (asked.outside.confidence >= threshold)
    inside, outside = (1.0 - OUTSIDE_SHARE) * share, OUTSIDE_SHARE * float(let_in.mean())
    decided = inside + outside
    return decided, (inside * error + outside) / decided if decided else 0.0


def _told(found: Sequence[tuple[float, float]], target: float) -> dict[str, Any]:
    return {
        "share_auto": _spread([share for share, _ in found]),
        "error_auto": _spread([error for _, error in found]),
        "above_target": round(fmean(error > target for _, error in found), 4),
        "nothing_automatic": round(fmean(share == 0.0 for share, _ in found), 4),
    }


def _spread(values: Sequence[float]) -> dict[str, float]:
    return {"mean": round(fmean(values), 5), "sd": round(stdev(values), 5) if len(values) > 1 else 0.0}


def _shares(values: Sequence[str]) -> dict[str, float]:
    return {name: round(values.count(name) / len(values), 3) for name in sorted(set(values))}
