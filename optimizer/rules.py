"""The hard rules, each a function and a sentence, shared by the solver, the checker and the explanation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from optimizer.parameters import MatchingParameters

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Indices = NDArray[np.int64]

PROBABILITY_TOLERANCE = 1e-9
"""Probabilities are sums of rounded numbers: half covered must pass a threshold of one half."""


class Rule(StrEnum):
    """What a conversation and a COp must satisfy before their value is even looked at."""

    AVAILABLE = "available"
    SHIFT = "shift"
    MARKET = "market"
    LANGUAGE = "language"
    SKILL = "skill"
    EXCLUDED = "excluded"
    FORBIDDEN = "forbidden"
    FREE_SLOT = "free_slot"


@dataclass(frozen=True, slots=True, eq=False)
class RuleFacts:
    """What the rules need to know of P (conversation, COp) pairs, one row a pair.

    available, serves_market, excluded, forbidden: (P,) bool; free: (P,) int64, slots on the conversation's channel;
    language_proficiency, covered_probability, reached_probability: (P,) float64, 0-1: covered by the usual skill, and
    by what is asked for this conversation; seconds_to_shift_end: (P,) float64.
    """

    available: Flags
    seconds_to_shift_end: Floats
    serves_market: Flags
    language_proficiency: Floats
    covered_probability: Floats
    reached_probability: Floats
    excluded: Flags
    forbidden: Flags
    free: Indices


def is_available(available: Flags) -> Flags:
    """Only a COp who is present and on shift is given work."""
    return available


def shift_lasts(seconds_to_shift_end: Floats, p: MatchingParameters) -> Flags:
    """A COp whose shift ends within the start margin starts nothing new."""
    return np.asarray(seconds_to_shift_end > p.start_margin_seconds)


def serves_market(serves: Flags) -> Flags:
    """A COp works only for the markets they are licensed and trained for."""
    return serves


def speaks_language(language_proficiency: Floats) -> Flags:
    """A COp must know at least some of the customer's language."""
    return np.asarray(language_proficiency > 0)


def has_skill(proficiency: Floats, p: MatchingParameters) -> Flags:
    """A COp can serve an issue type when their proficiency in its skill reaches the minimum."""
    return reaches(proficiency, p.min_proficiency)


def reaches(proficiency: Floats, least: Floats | float) -> Flags:
    """The same where the least that is asked for has fallen, for somebody who has waited for long."""
    return np.asarray(proficiency >= least)


def covers_candidates(covered_probability: Floats, p: MatchingParameters) -> Flags:
    """A COp must have the skill for issue types that together are probable enough.

    With one candidate this is the skill itself.
    """
    return np.asarray(covered_probability >= p.min_covered_probability - PROBABILITY_TOLERANCE)


def is_not_excluded(excluded: Flags) -> Flags:
    """A COp who declined, let lapse or handed on this conversation is not given it again."""
    return ~excluded


def may_meet(forbidden: Flags) -> Flags:
    """A COp is never given a customer whom they must not serve."""
    return ~forbidden


def has_free_slot(free: Indices) -> Flags:
    """A COp takes no more on a channel than they have free slots there."""
    return np.asarray(free > 0)


def is_past_hold(waiting_seconds: Floats, vulnerable: Flags, fraud: Flags, p: MatchingParameters) -> Flags:
    """Nobody is held back who has waited for the longest hold, is vulnerable or may be a victim of fraud."""
    return np.asarray((waiting_seconds >= p.longest_hold_seconds) | vulnerable | fraud)


_CHECKS: Mapping[Rule, Callable[[RuleFacts, MatchingParameters], Flags]] = {
    Rule.AVAILABLE: lambda f, _: is_available(f.available),
    Rule.SHIFT: lambda f, p: shift_lasts(f.seconds_to_shift_end, p),
    Rule.MARKET: lambda f, _: serves_market(f.serves_market),
    Rule.LANGUAGE: lambda f, _: speaks_language(f.language_proficiency),
    Rule.SKILL: lambda f, p: covers_candidates(f.reached_probability, p),
    Rule.EXCLUDED: lambda f, _: is_not_excluded(f.excluded),
    Rule.FORBIDDEN: lambda f, _: may_meet(f.forbidden),
    Rule.FREE_SLOT: lambda f, _: has_free_slot(f.free),
}


def verdicts(facts: RuleFacts, p: MatchingParameters) -> dict[Rule, Flags]:
    """For each rule, (P,) bool: does the pair satisfy it?"""
    return {rule: check(facts, p) for rule, check in _CHECKS.items()}
