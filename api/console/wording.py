"""Codes and numbers as the console's readers say them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, tzinfo

from routing.domain.alert import kind_in
from routing.domain.events import EventKind

REASONS = {
    "low_confidence": "No issue type is likely enough to decide without a person.",
    "no_guarantee": "No threshold kept the model's errors low enough, so a person decides everything.",
    "outside_taxonomy": "The message is unlike anything the model has learned from.",
    "retired_type": "The model's first choice is no longer in the taxonomy.",
    "language_not_evaluated": "The model was never evaluated on this language, so a person decides.",
    "not_understood": "The classifier failed on this message, so nothing is known of it.",
    "sent_back": "A manager asks again what it is.",
    "often_confused": "The service decided by itself, between two issue types that it takes for each other.",
    "blind_sample": "The service decided by itself; this checks it, without showing what it said.",
    "fraud_or_vulnerable": "Fraud or a vulnerable customer cannot be ruled out, so it went ahead at once.",
}

EVENTS = {
    EventKind.CONVERSATION_RECEIVED: "Conversation began",
    EventKind.CONVERSATION_MESSAGE_ADDED: "Customer wrote again",
    EventKind.CONVERSATION_TRIAGED: "Message understood",
    EventKind.CONVERSATION_REOPENED: "Reopened by the customer",
    EventKind.CONVERSATION_ABANDONED: "Customer left",
    EventKind.ALERTS_DISMISSED: "Alerts taken off by a person",
    EventKind.REVIEW_OPENED: "Review opened",
    EventKind.REVIEW_CLAIMED: "Review claimed",
    EventKind.REVIEW_SKIPPED: "Review skipped",
    EventKind.REVIEW_ESCALATED: "Escalated to a lead",
    EventKind.REVIEW_PROPOSED: "A new issue type was proposed for it",
    EventKind.CONVERSATION_REROUTED: "Sent another way by a manager",
    EventKind.REVIEW_DECIDED: "Verdict given",
    EventKind.REVIEW_UNDONE: "Verdict taken back",
    EventKind.REVIEW_LAPSED: "Review deadline passed",
    EventKind.REVIEW_SUPERSEDED: "Review out of date",
    EventKind.OFFER_MADE: "Offered",
    EventKind.OFFER_ACCEPTED: "Offer accepted",
    EventKind.OFFER_DECLINED: "Offer declined",
    EventKind.OFFER_LAPSED: "Offer lapsed",
    EventKind.OFFER_RESCINDED: "Offer taken back",
    EventKind.ASSIGNMENT_STARTED: "Work began",
    EventKind.ASSIGNMENT_TRANSFERRED: "Transferred",
    EventKind.ASSIGNMENT_WRAPPED_UP: "Wrapped up",
    EventKind.SAMPLE_DRAWN: "Drawn for a blind check",
}

RANKS = {
    "changes_routing": "may change who helps",
    "teaches": "teaches the model",
    "urgent": "cannot wait",
    "escalated": "escalated to a lead",
}

FALLBACKS = {
    "solver_late": "the solver ran out of time",
    "solver_error": "the solver failed",
    "cost_range": "a weight was too large",
    "worker_lost": "the solver's process was lost",
    "plan_wrong": "the plan did not pass its check",
}

TERMS = {
    "urgency": "Urgency",
    "handle_time": "Handle time",
    "proficiency": "Proficiency",
    "language": "Language",
    "shift": "Shift",
    "affinity": "Knows the customer",
    "practice": "Is to learn it",
    "load": "Load",
}

RULES = {
    "available": "not at work",
    "shift": "shift ends too soon",
    "market": "not their market",
    "language": "not their language",
    "skill": "not their skill",
    "excluded": "had it before",
    "forbidden": "may not have it",
    "free_slot": "no free slot",
}

CHANGES = {
    "term": "Were {about} with {cop} worth {seconds} s {way}",
    "slot": "Had {cop} one more slot",
    "rule": "Did the rule \u201c{about}\u201d not keep {cop} away",
    "wait": "Had it waited {seconds} s longer",
}
OBSTACLES = {"full": "had no free slot", "elsewhere": "was given other work that is worth more"}
DECIDERS = {"model": "Model", "person": "Person", "policy": "Matching policy"}
UNKNOWN = "not known"

LANGUAGES = {"en": "English", "cy": "Welsh", "pl": "Polish", "ga": "Irish", "fr": "French", "de": "German"}


STATES = {
    "received": "Being understood",
    "in_review": "In review",
    "waiting": "Waiting",
    "offered": "Offered",
    "assigned": "With a COp",
    "closed": "Wrapped up",
    "abandoned": "Left",
}

MASKED = {
    "CARD": "Card number, masked",
    "IBAN": "IBAN, masked",
    "PHONE": "Phone number, masked",
    "EMAIL": "E-mail address, masked",
    "ACCOUNT": "Account number, masked",
    "SORT_CODE": "Sort code, masked",
    "NATIONAL_ID": "National id, masked",
    "BIRTH_DATE": "Date of birth, masked",
    "SECRET": "PIN or password, masked",
    "ADDRESS": "Postal address, masked",
    "NAME": "Name, masked",
}

SURE_LANGUAGE = 0.8

CHART_AGREEMENT = "Agreement with the model day by day: with the guess in sight, and blind"
CHART_TIMES = "Median time from claim to verdict day by day"
CHART_HASTE = "Share of verdicts for the first guess within three seconds, day by day"
SETTLED = {"accepted": "Accepted", "declined": "Declined"}


def plain(code: str) -> str:
    """A code as words: underscores and dots become spaces, the first letter a capital."""
    words = code.replace("_", " ").replace(".", " ").strip()
    return words[:1].upper() + words[1:]


def reason(code: str) -> str:
    """Why a message waits for a person, or does not, as a sentence."""
    alert = kind_in(code)
    if alert is not None:
        return f"Alert: {plain(alert).lower()}. It went ahead at once."
    return REASONS.get(code) or f"{plain(code)}."


def rank(parts: Sequence[tuple[str, float]]) -> str:
    """Why an item stands where it does: its largest terms, those with at least a third of the first."""
    shown = [RANKS.get(term, plain(term).lower()) for term, part in parts if part * 3 >= parts[0][1]]
    return ", ".join(shown)


def clock(seconds: float) -> str:
    """A length of time as m:ss, or h:mm:ss from an hour on; never negative."""
    whole = max(0, int(seconds))
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}:{rest:02d}"
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


def percent(share: float) -> str:
    """A share 0-1 in whole per cent; what is neither nothing nor all never reads as 0 or 100."""
    value = min(1.0, max(0.0, share)) * 100
    if 0 < value < 1:
        return "<1%"
    if 99 < value < 100:
        return ">99%"
    return f"{value:.0f}%"


def width(share: float, most: float = 100.0) -> str:
    """A bar's length, in the bar's own units, at least a sliver for what is not nothing."""
    value = min(1.0, max(0.0, share)) * most
    return f"{max(value, 1.0) if share > 0 else 0:.1f}"


def time_of_day(at: datetime, zone: tzinfo = UTC) -> str:
    """HH:MM:SS in a zone, whose short name follows where it is not UTC."""
    return at.astimezone(zone).strftime("%H:%M:%S" if zone is UTC else "%H:%M:%S %Z")


def language(code: str | None) -> str:
    """A language by its English name, or its code."""
    return LANGUAGES.get(code or "", (code or "unknown").upper() if code else "unknown")


def detected(code: str, confidence: float) -> str:
    """A detected language with how sure that is; below the bar it is the market's own language that counts."""
    name = language(code)
    if confidence < SURE_LANGUAGE:
        return f"{name}, the market's (not surely detected)"
    return f"{name} detected, {percent(confidence)} sure"


def points(share: float) -> str:
    """A difference of shares in percentage points."""
    return f"{share * 100:.0f} points"


def day_and_time(at: datetime, zone: tzinfo = UTC) -> str:
    """Day and minute in a zone, whose short name follows where it is not UTC."""
    return at.astimezone(zone).strftime("%-d %b, %H:%M" if zone is UTC else "%-d %b, %H:%M %Z")


def day(at: date) -> str:
    """A day of the year."""
    return at.strftime("%-d %b")


def settled(state: str, by: str, note: str) -> str:
    """What became of a proposal, by whom and why."""
    said = f"{SETTLED[state]} by {by}"
    return f"{said}: {note}" if note else f"{said}."


def rule_said(rule: str) -> str:
    """What a hard rule says of a COp."""
    return RULES.get(rule, plain(rule).lower())


def barred(rule: str, count: int) -> str:
    """How many COps a rule kept away."""
    return f"{count:,} COps: {rule_said(rule)}"


def better(cop: str, seconds: float, obstacle: str, rules: Sequence[str]) -> str:
    """A COp who would have been worth more, and what stood in the way."""
    why = OBSTACLES.get(obstacle) or ", ".join(map(rule_said, rules))
    return f"{cop} would be worth {seconds:+,.0f} s, but: {why}"


def changed(kind: str, cop: str, about: str, seconds: float) -> str:
    """One change that was tried; `about` is the term or the rule that it changes."""
    return CHANGES[kind].format(
        cop=cop, about=about, seconds=f"{abs(seconds):,.1f}", way="more" if seconds > 0 else "less"
    )


def flip(change: str, then: str | None) -> str:
    """What would come of a change."""
    return f"{change}, {f'{then} would take it' if then else 'it would wait'}."


def held(id: str, kind: str, reason: str) -> str:
    """A hold that forbids to erase."""
    return f"Hold {id} on a {kind} of theirs: {reason}"


def still_open(id: str, state: str) -> str:
    """A conversation that has to end first."""
    return f"Conversation {id} has not ended: {STATES.get(state, state).lower()}"


def taught(version: str, state: str, labels: int | None) -> str:
    """A model that learned of somebody."""
    known = "nobody wrote down what it was taught" if labels is None else f"taught {labels} of their messages"
    return f"{version} ({state}): {known}"


def milliseconds(value: float) -> str:
    """Milliseconds with as many digits as matter."""
    return f"{value:.1f} ms" if value < 10 else f"{value:,.0f} ms"
