"""What the rules ask of a conversation and a COp, read straight from a snapshot."""

import math
from collections.abc import Sequence

import numpy as np

from optimizer.rules import RuleFacts
from optimizer.snapshot import CopState, Snapshot, WaitingConversation

Pair = tuple[WaitingConversation, CopState]


def rule_facts(snapshot: Snapshot, pairs: Sequence[Pair]) -> RuleFacts:
    """What the rules ask of each (conversation, COp) pair, read straight from the snapshot."""
    skill = {each.key: each.skill for each in snapshot.issue_types}
    usual = snapshot.parameters.min_proficiency
    ends = [np.inf if cop.seconds_to_shift_end is None else cop.seconds_to_shift_end for _, cop in pairs]
    return RuleFacts(
        available=np.array([cop.available for _, cop in pairs], np.bool_),
        seconds_to_shift_end=np.array(ends, np.float64),
        serves_market=np.array([c.market in cop.markets for c, cop in pairs], np.bool_),
        language_proficiency=np.array([cop.languages.get(c.language, 0.0) for c, cop in pairs], np.float64),
        covered_probability=np.array([_covered(c, cop, skill, usual) for c, cop in pairs], np.float64),
        reached_probability=np.array([_covered(c, cop, skill, _least(c, usual)) for c, cop in pairs], np.float64),
        excluded=np.array([cop.id in c.excluded_cop_ids for c, cop in pairs], np.bool_),
        forbidden=np.array([cop.id in c.forbidden_cop_ids for c, cop in pairs], np.bool_),
        free=np.array([cop.free.get(c.channel, 0) for c, cop in pairs], np.int64),
    )


def _least(c: WaitingConversation, usual: float) -> float:
    return usual if c.least_proficiency is None else c.least_proficiency


def _covered(c: WaitingConversation, cop: CopState, skill: dict[str, str], least: float) -> float:
    able = 0.0
    for key, probability in c.candidates:
        if cop.skills.get(skill[key], 0.0) >= least:
            able += probability
    return able / math.fsum(probability for _, probability in c.candidates)
