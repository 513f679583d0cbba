"""Codes and numbers as the console's readers say them."""

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo

from api.console import numerals
from api.console.codes import CHANGES, CUSTOMER, LANGUAGES, OBSTACLES, RANKS, REASONS, RULES, SETTLED, STANDINGS
from api.console.speech import _, marked, ngettext, pgettext
from routing.domain.alert import kind_in
from routing.domain.events import EventKind

EVENTS = {
    EventKind.CONVERSATION_RECEIVED: marked("Conversation began"),
    EventKind.CONVERSATION_MESSAGE_ADDED: marked("Customer wrote again"),
    EventKind.CONVERSATION_TRIAGED: marked("Message understood"),
    EventKind.CONVERSATION_REOPENED: marked("Reopened by the customer"),
    EventKind.CONVERSATION_ABANDONED: marked("Customer left"),
    EventKind.ALERTS_DISMISSED: marked("Alerts taken off by a person"),
    EventKind.REVIEW_OPENED: marked("Review opened"),
    EventKind.REVIEW_CLAIMED: marked("Review claimed"),
    EventKind.REVIEW_SKIPPED: marked("Review skipped"),
    EventKind.REVIEW_ESCALATED: marked("Escalated to a lead"),
    EventKind.REVIEW_PROPOSED: marked("A new issue type was proposed for it"),
    EventKind.CONVERSATION_REROUTED: marked("Sent another way by a manager"),
    EventKind.REVIEW_DECIDED: marked("Verdict given"),
    EventKind.REVIEW_UNDONE: marked("Verdict taken back"),
    EventKind.REVIEW_LAPSED: marked("Review deadline passed"),
    EventKind.REVIEW_SUPERSEDED: marked("Review out of date"),
    EventKind.OFFER_MADE: marked("Offered"),
    EventKind.OFFER_ACCEPTED: marked("Offer accepted"),
    EventKind.OFFER_DECLINED: marked("Offer declined"),
    EventKind.OFFER_LAPSED: marked("Offer lapsed"),
    EventKind.OFFER_RESCINDED: marked("Offer taken back"),
    EventKind.ASSIGNMENT_STARTED: marked("Work began"),
    EventKind.ASSIGNMENT_TRANSFERRED: marked("Transferred"),
    EventKind.ASSIGNMENT_WRAPPED_UP: marked("Wrapped up"),
    EventKind.SAMPLE_DRAWN: marked("Drawn for a blind check"),
}


FALLBACKS = {
    "solver_late": marked("the solver ran out of time"),
    "solver_error": marked("the solver failed"),
    "cost_range": marked("a weight was too large"),
    "worker_lost": marked("the solver's process was lost"),
    "plan_wrong": marked("the plan did not pass its check"),
}

TERMS = {
    "urgency": marked("Urgency"),
    "handle_time": marked("Handle time"),
    "proficiency": marked("Proficiency"),
    "language": marked("Language"),
    "shift": marked("Shift"),
    "affinity": marked("Knows the customer"),
    "practice": marked("Is to learn it"),
    "load": marked("Load"),
}


DECIDERS = {"model": marked("Model"), "person": marked("Person"), "policy": marked("Matching policy")}
UNKNOWN = marked("not known")

STATES = {
    "received": marked("Being understood"),
    "in_review": marked("In review"),
    "waiting": marked("Waiting"),
    "offered": marked("Offered"),
    "assigned": marked("With a COp"),
    "closed": marked("Wrapped up"),
    "abandoned": marked("Left"),
}

MASKED = {
    "CARD": marked("Card number, masked"),
    "IBAN": marked("IBAN, masked"),
    "PHONE": marked("Phone number, masked"),
    "EMAIL": marked("E-mail address, masked"),
    "ACCOUNT": marked("Account number, masked"),
    "SORT_CODE": marked("Sort code, masked"),
    "NATIONAL_ID": marked("National id, masked"),
    "BIRTH_DATE": marked("Date of birth, masked"),
    "SECRET": marked("PIN or password, masked"),
    "ADDRESS": marked("Postal address, masked"),
    "NAME": marked("Name, masked"),
}

SURE_LANGUAGE = 0.8

CHART_AGREEMENT = marked("Agreement with the model day by day: with the guess in sight, and blind")
CHART_TIMES = marked("Median time from claim to verdict day by day")
CHART_HASTE = marked("Share of verdicts for the first guess within three seconds, day by day")


def plain(code: str) -> str:
    """A code as words: underscores and dots become spaces, the first letter a capital."""
    words = code.replace("_", " ").replace(".", " ").strip()
    return _(words[:1].upper() + words[1:]) if words else ""


def within(words: str) -> str:
    """Words as they stand inside a sentence: without capitals, in a language that gives none to its nouns."""
    lowers = pgettext("do nouns lose their capital inside a sentence: yes or no", "yes") == "yes"
    return words.lower() if lowers else words


def reason(code: str) -> str:
    """Why a message waits for a person, or does not, as a sentence."""
    alert = kind_in(code)
    if alert is not None:
        return _("Alert: {kind}. It went ahead at once.").format(kind=within(plain(alert)))
    return _(REASONS[code]) if code in REASONS else f"{plain(code)}."


def rank(parts: Sequence[tuple[str, float]]) -> str:
    """Why an item stands where it does: its largest terms, those with at least a third of the first."""
    shown = [term for term, part in parts if part * 3 >= parts[0][1]]
    return ", ".join(_(RANKS[term]) if term in RANKS else within(plain(term)) for term in shown)


def clock(seconds: float) -> str:
    """A length of time as m:ss, or h:mm:ss from an hour on; never negative."""
    whole = max(0, int(seconds))
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}:{rest:02d}"
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


def per_cent(figure: str) -> str:
    """A figure with its sign of per cent."""
    return _("{number}%").format(number=figure)


def percent(share: float) -> str:
    """A share 0-1 in whole per cent; what is neither nothing nor all never reads as 0 or 100."""
    value = min(1.0, max(0.0, share)) * 100
    if 0 < value < 1:
        return per_cent("<1")
    return per_cent(">99" if 99 < value < 100 else f"{value:.0f}")


def reach(low: float, high: float) -> str:
    """An interval of shares."""
    return _("{low} to {high}").format(low=percent(low), high=percent(high))


def width(share: float, most: float = 100.0) -> str:
    """A bar's length, in the bar's own units, at least a sliver for what is not nothing."""
    value = min(1.0, max(0.0, share)) * most
    return f"{max(value, 1.0) if share > 0 else 0:.1f}"


def time_of_day(at: datetime, zone: tzinfo = UTC) -> str:
    """HH:MM:SS in a zone, whose short name follows where it is not UTC."""
    return at.astimezone(zone).strftime("%H:%M:%S" if zone is UTC else "%H:%M:%S %Z")


def language(code: str | None) -> str:
    """A language by its name, or its code."""
    if not code:
        return _("unknown")
    return _(LANGUAGES[code]) if code in LANGUAGES else code.upper()


def detected(code: str, confidence: float) -> str:
    """A detected language with how sure that is; below the bar it is the market's own language that counts."""
    if confidence < SURE_LANGUAGE:
        return _("{language}, the market's (not surely detected)").format(language=language(code))
    return _("{language} detected, {share} sure").format(language=language(code), share=percent(confidence))


def points(share: float) -> str:
    """A difference of shares in percentage points."""
    return _("{number} points").format(number=f"{share * 100:.0f}")


def day_and_time(at: datetime, zone: tzinfo = UTC) -> str:
    """Day and minute in a zone, whose short name follows where it is not UTC."""
    there = at.astimezone(zone)
    return numerals.day_and_time(there) + ("" if zone is UTC else there.strftime(" %Z"))


def settled(state: str, by: str, note: str) -> str:
    """What became of a proposal, by whom and why."""
    said = _("{settled} by {name}").format(settled=_(SETTLED[state]), name=by)
    return f"{said}: {note}" if note else f"{said}."


def rule_said(rule: str) -> str:
    """What a hard rule says of a COp."""
    return _(RULES[rule]) if rule in RULES else within(plain(rule))


def barred(rule: str, count: int) -> str:
    """How many COps a rule kept away."""
    said = ngettext("{count} COps: {rule}", "{count} COps: {rule}", count)
    return said.format(count=numerals.number(count), rule=rule_said(rule))


def better(cop: str, seconds: float, obstacle: str, rules: Sequence[str]) -> str:
    """A COp who would have been worth more, and what stood in the way."""
    why = _(OBSTACLES[obstacle]) if obstacle in OBSTACLES else ", ".join(map(rule_said, rules))
    said = _("{cop} would be worth {seconds} s, but: {why}")
    return said.format(cop=cop, seconds=numerals.number(seconds, "+,.0f"), why=why)


def changed(kind: str, cop: str, about: str, seconds: float) -> str:
    """One change that was tried; `about` is the term or the rule that it changes."""
    way = pgettext("worth", "more") if seconds > 0 else pgettext("worth", "less")
    far = numerals.number(abs(seconds), ",.1f")
    return _(CHANGES[kind]).format(cop=cop, about=about, seconds=far, way=way)


def flip(change: str, then: str | None) -> str:
    """What would come of a change."""
    if then is None:
        return _("{change}, it would wait.").format(change=change)
    return _("{change}, {cop} would take it.").format(change=change, cop=then)


def held(id: str, kind: str, reason: str) -> str:
    """A hold that forbids to erase."""
    return _("Hold {id} on a {kind} of theirs: {reason}").format(id=id, kind=within(plain(kind)), reason=reason)


def still_open(id: str, state: str) -> str:
    """A conversation that has to end first."""
    said = within(_(STATES[state])) if state in STATES else state.lower()
    return _("Conversation {id} has not ended: {state}").format(id=id, state=said)


def taught(version: str, state: str, labels: int | None) -> str:
    """A model that learned of somebody."""
    if labels is None:
        known = _("nobody wrote down what it was taught")
    else:
        known = ngettext("taught {count} of their messages", "taught {count} of their messages", labels)
    return f"{version} ({within(plain(state))}): {known.format(count=labels)}"


def author(name: str) -> str:
    """Who wrote or did something: the customer, or a name as it is."""
    return _(CUSTOMER) if name == CUSTOMER else name


def fallback(code: str) -> str:
    """Why the greedy plan stood in."""
    return _(FALLBACKS[code]) if code in FALLBACKS else plain(code)


def milliseconds(value: float) -> str:
    """Milliseconds with as many digits as matter."""
    return _("{number} ms").format(number=numerals.number(value, ".1f" if value < 10 else ",.0f"))


def seconds(value: float, form: str = ".1f") -> str:
    """Seconds in a form of `str.format`."""
    return _("{number} s").format(number=numerals.number(value, form))


def standing(code: str) -> str:
    """How a COp stands, or how an offer was answered or a message decided, as a word inside a line."""
    return _(STANDINGS[code]) if code in STANDINGS else code
