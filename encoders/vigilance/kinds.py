"""The circumstances that an alert can tell of."""

from enum import StrEnum


class Kind(StrEnum):
    """What a message shows of its writer's, or somebody near them's, circumstances."""

    BEREAVEMENT = "bereavement"
    RISK_OF_HARM = "risk_of_harm"
    MENTAL_HEALTH = "mental_health"
    SERIOUS_ILLNESS = "serious_illness"
    DOMESTIC_ABUSE = "domestic_abuse"
    COERCION = "coercion"
    FINANCIAL_HARDSHIP = "financial_hardship"
    HOMELESSNESS = "homelessness"
    DISABILITY = "disability"
    COGNITIVE_DECLINE = "cognitive_decline"
    GAMBLING_HARM = "gambling_harm"
    SCAM_IN_PROGRESS = "scam_in_progress"
    MONEY_LEAVING = "money_leaving"
    ACCOUNT_TAKEOVER = "account_takeover"
    SCAM_PAID = "scam_paid"


FRAUD = frozenset({Kind.SCAM_IN_PROGRESS, Kind.MONEY_LEAVING, Kind.ACCOUNT_TAKEOVER, Kind.SCAM_PAID})
"""Fraud in progress, or so recent that money may still be stopped; the other kinds are vulnerable customers."""
