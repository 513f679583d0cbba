"""The matcher's weights, thresholds and limits, with the range each may take."""

from dataclasses import dataclass

from optimizer.ranges import Range, RangedParameters, ranged, ranged_list, ranges_of

PRIORITIES = 5
"""Priorities run from 1 (most urgent) to 5."""

_WEIGHT = Range(0.01, 1000, "factor", "urgency factor of priority 1 to 5, not increasing")


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchingParameters(RangedParameters):
    """Everything a team may tune; raises `ParametersInvalid` naming every value out of range.

    Weights turn each term into seconds of weighted customer wait: one second of one customer of
    priority 5 counts as one second. The `priced_` values take the place of their namesakes while prices steer.
    The defaults of what belongs to prices were chosen on simulated floors, at 1.2 times the load that first come, first
    served carries (docs/matching.md, "Prices").
    """

    time_limit_seconds: float = ranged(0.5, 0.001, 60, "s", "longest wait for the solver")
    min_proficiency: float = ranged(0.2, 0.01, 1, "proficiency", "least skill that may serve an issue type")
    min_covered_probability: float = ranged(
        0.5, 0.01, 1, "probability", "least share of the candidates a COp must be able to serve"
    )
    start_margin_seconds: float = ranged(60, 0, 86_400, "s", "a shift ending sooner takes nothing new")
    answer_value_seconds: float = ranged(600, 0, 1e6, "s", "value of answering at all, at once, without prices")
    priced_answer_value_seconds: float = ranged(276, 0, 1e6, "s", "value of answering at all, on a busy floor")
    calm_occupancy: float = ranged(0.85, 0, 1, "share of slots", "below it answering is worth more: less is held back")
    calm_steepness: float = ranged(15, 0, 1000, "per share", "how fast its worth grows below that")
    calm_limit: float = ranged(8, 0, 10, "log factor", "where that growth ends")
    urgency_growth_seconds: float = ranged(120, 0.01, 1e6, "s", "urgency gained when the target is reached")
    priced_urgency_growth_seconds: float = ranged(186, 0.01, 1e6, "s", "the same while prices steer")
    urgency_knee: float = ranged(4, 1, 100, "targets", "age where cubic growth becomes linear")
    due_soon_seconds: float = ranged(66, 0, 1e6, "s", "urgency gained as the target draws near, while prices steer")
    due_soon_age: float = ranged(0.6, 0, 1, "targets", "age at which the target is near")
    priority_weights: tuple[float, ...] = ranged_list((8.0, 4.0, 2.0, 1.5, 1.0), _WEIGHT, "falling")
    vulnerable_factor: float = ranged(3, 1, 1000, "factor", "urgency factor for a vulnerable customer")
    fraud_factor: float = ranged(4, 1, 1000, "factor", "urgency factor for suspected fraud")
    handle_time_weight: float = ranged(1, 0, 1000, "factor", "weight of seconds slower than typical, without prices")
    price_weight: float = ranged(2.4, 0, 1000, "factor", "weight of priced seconds beyond the cheapest COp's")
    reserve_weight: float = ranged(1, 0, 1000, "factor", "weight of what the fast lane may lose by a slot being taken")
    chance_weight_seconds: float = ranged(1000, 0, 1e6, "s", "value of an answer that would else never be given")
    chance_patience_seconds: float = ranged(140, 1, 1e6, "s", "wait after which two in three would be lost to it")
    proficiency_weight: float = ranged(1, 0, 1000, "factor", "weight of handle time at risk of being repeated")
    transfer_cost_seconds: float = ranged(120, 0, 1e6, "s", "cost of handing the conversation on")
    language_weight_seconds: float = ranged(120, 0, 1e6, "s", "cost of no fluency at all")
    load_weight_seconds: float = ranged(60, 0, 1e6, "s", "cost of each unit the COp already holds")
    affinity_bonus_seconds: float = ranged(90, 0, 1e6, "s", "worth of meeting the same COp again")
    practice_weight_seconds: float = ranged(600, 0, 1e6, "s", "worth of each conversation somebody is to learn by")
    shift_overrun_weight: float = ranged(1, 0, 1000, "factor", "weight of seconds past the shift's end")
    longest_hold_seconds: float = ranged(180, 0, 86_400, "s", "a wait after which nobody is held back any more")
    handle_time_log_sd: float = ranged(0.7, 0.05, 3, "log seconds", "spread of one handle time")
    cop_log_sd: float = ranged(0.15, 0.001, 2, "log seconds", "spread between COps")
    pair_log_sd: float = ranged(0.25, 0.001, 2, "log seconds", "spread between COps on one issue type")
    issue_type_prior_count: float = ranged(20, 0.01, 1e6, "conversations", "weight of the stated handle time")


def ranges() -> dict[str, Range]:
    """Each parameter's range, by name."""
    return ranges_of(MatchingParameters)
