"""What the detector's alerts mean for a conversation: which of them tell of fraud, and how reasons name them."""

from collections.abc import Iterable

FRAUD_ALERTS = frozenset({"scam_in_progress", "money_leaving", "account_takeover", "scam_paid"})
"""Every other kind, one this version does not know too, tells of a vulnerable customer."""
_PREFIX = "alert:"
ALERT_PRIORITY = 1


def reasons_of(alerts: Iterable[str]) -> tuple[str, ...]:
    """How a triage's reasons say that an alert was raised."""
    return tuple(f"{_PREFIX}{kind}" for kind in alerts)


def kind_in(reason: str) -> str | None:
    """The kind of alert that a reason names; None for other reasons."""
    return reason.removeprefix(_PREFIX) if reason.startswith(_PREFIX) else None


def tells_of_fraud(alerts: Iterable[str]) -> bool:
    """Whether one of these kinds means that money leaves, or may still be stopped."""
    return any(kind in FRAUD_ALERTS for kind in alerts)


def tells_of_vulnerability(alerts: Iterable[str]) -> bool:
    """Whether one of these kinds means a vulnerable customer."""
    return any(kind not in FRAUD_ALERTS for kind in alerts)
