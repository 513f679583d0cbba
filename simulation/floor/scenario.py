"""A floor's world as one validated object: who writes when, who works, what goes wrong and what is known of it."""

import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from routing.domain.errors import Invalid
from simulation.floor.fields import Choice, Clock, Number, Numbers, Part, Parts, Text, Weights, allowed, check
from simulation.floor.fields import read_section as _read_section

SCENARIOS = Path(__file__).parent.parent / "scenarios"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SHARE = Number(0, 1, "share")
_ANY_MINUTES = Number(0, 10_080, "minutes")


class _Checked:
    """A section whose values are held to their rules however it is built."""

    __slots__ = ()

    def __post_init__(self) -> None:
        check(self, "")


@dataclass(frozen=True, slots=True)
class Arrivals(_Checked):
    """How many customers write. The rate is the peak's; `by_hour`, `by_weekday` and `profile` are shares of it.

    `load` counts in the floor's own capacity under longest idle with skills (docs/simulation.md); `per_minute`, where
    it is above 0, sets the rate outright. `profile`, where given, cuts the simulated time into equal steps and
    replaces `by_hour`.
    """

    load: float = allowed(Number(0, 10, "times the capacity under longest idle"), 1.0)
    per_minute: float = allowed(Number(0, 100_000, "conversations a minute"), 0.0)
    by_hour: tuple[float, ...] = allowed(Numbers(Number(0, 100, "share of the peak"), (24,)), (1.0,) * 24)
    by_weekday: tuple[float, ...] = allowed(Numbers(Number(0, 100, "share of the peak"), (7,)), (1.0,) * 7)
    profile: tuple[float, ...] = allowed(Numbers(Number(0, 100, "share of the peak")), (1.0,))
    markets: tuple[tuple[str, float], ...] = allowed(Weights(), (("GB", 1.0),))
    languages: tuple[tuple[str, float], ...] = allowed(
        Weights(), (("en", 0.62), ("es", 0.18), ("fr", 0.12), ("de", 0.08))
    )


@dataclass(frozen=True, slots=True)
class Issues(_Checked):
    """What customers write about: `families` of `types_each` issue types, one skill a family; the first is fraud.

    More people learn fraud than its work would need, because it is to be answered within seconds.
    """

    families: int = allowed(Number(1, 200, "families", whole=True), 20)
    types_each: int = allowed(Number(1, 50, "issue types", whole=True), 3)
    fraud_share: float = allowed(_SHARE, 0.04)
    fraud_staffing: float = allowed(Number(0.1, 20, "times what its work would need"), 2.0)
    popularity: float = allowed(Number(0, 3, "exponent of the n-th most common"), 0.5)
    handle_seconds: tuple[float, ...] = allowed(
        Numbers(Number(1, 36_000, "s, mean of the fastest and the slowest type"), (2,), rising=True), (180.0, 660.0)
    )


@dataclass(frozen=True, slots=True)
class Customers(_Checked):
    """How long customers wait, and how soon they want an answer, by priority from 1 (fraud, vulnerable) to 3."""

    patience: str = allowed(Choice(("exponential", "lognormal", "endless")), "exponential")
    patience_seconds: tuple[float, ...] = allowed(
        Numbers(Number(1, 1e6, "s, mean by priority"), (3,)), (360.0, 480.0, 480.0)
    )
    patience_log_sd: float = allowed(Number(0, 3, "log seconds"), 0.8)
    target_seconds: tuple[float, ...] = allowed(
        Numbers(Number(1, 1e6, "s, service target by priority"), (3,)), (30.0, 60.0, 180.0)
    )
    importance: tuple[float, ...] = allowed(
        Numbers(Number(0, 1000, "weight in the measured cost"), (3,)), (8.0, 3.0, 1.0)
    )
    vulnerable_share: float = allowed(_SHARE, 0.02)
    urgent_share: float = allowed(_SHARE, 0.25)


@dataclass(frozen=True, slots=True)
class Shift(_Checked):
    """From when, for how long, and which share of the COps; shares of all shifts need not sum to 1."""

    start: float = allowed(Clock())
    hours: float = allowed(Number(0.1, 24, "hours"))
    share: float = allowed(_SHARE, 1.0)


@dataclass(frozen=True, slots=True)
class Staff(_Checked):
    """Who works. Without shifts everybody works all the time; without `break_minutes` nobody takes a break.

    `cop_log_sd` and `pair_log_sd` spread the COps' true pace, overall and on each issue type.
    """

    cops: int = allowed(Number(1, 100_000, "COps", whole=True), 300)
    skills: tuple[int, ...] = allowed(Numbers(Number(1, 200, "families a COp", whole=True), (2,), rising=True), (2, 4))
    slots: tuple[int, ...] = allowed(Numbers(Number(1, 20, "chats at once", whole=True), (2,), rising=True), (1, 3))
    second_language_share: float = allowed(_SHARE, 0.35)
    second_market_share: float = allowed(_SHARE, 0.3)
    proficiency: tuple[float, ...] = allowed(Numbers(Number(0.2, 1, "proficiency"), (2,), rising=True), (1.0, 1.0))
    cop_log_sd: float = allowed(Number(0, 2, "log seconds"), 0.15)
    pair_log_sd: float = allowed(Number(0, 2, "log seconds"), 0.25)
    shifts: tuple[Shift, ...] = allowed(Parts(Shift), ())
    break_minutes: float = allowed(_ANY_MINUTES, 0.0)
    break_every_minutes: float = allowed(Number(1, 10_080, "minutes"), 120.0)


@dataclass(frozen=True, slots=True)
class Work(_Checked):
    """How long one conversation takes beyond its expectation, and how chats slow one another: 1 / (1 + d (n - 1))."""

    noise: str = allowed(Choice(("lognormal", "exponential", "none")), "lognormal")
    log_sd: float = allowed(Number(0, 3, "log seconds"), 0.7)
    slowdown: float = allowed(Number(0, 5, "share a further chat"), 0.3)
    failure_share: float = allowed(Number(0, 1, "share handed on at no proficiency"), 1.0)
    handover_seconds: float = allowed(Number(0, 36_000, "s until a COp without the skill hands on"), 45.0)


@dataclass(frozen=True, slots=True)
class Offers(_Checked):
    """What COps do with an offer: take it after a delay, decline it, or let it lapse."""

    delay_seconds: tuple[float, ...] = allowed(Numbers(Number(0, 3600, "s"), (2,), rising=True), (0.0, 0.0))
    declined_share: float = allowed(_SHARE, 0.0)
    lapsed_share: float = allowed(_SHARE, 0.0)
    lapse_seconds: float = allowed(Number(0, 3600, "s"), 20.0)


@dataclass(frozen=True, slots=True)
class Triage(_Checked):
    """What the classifier says. Without a file, its errors are `1 - accuracy`, `error_in_family` of them in the family.

    `confusion`: a JSON file, next to the scenario, of a model's evaluation (docs/simulation.md).
    """

    accuracy: float = allowed(Number(0.01, 1, "share"), 1.0)
    error_in_family: float = allowed(_SHARE, 0.7)
    confusion: str = allowed(Text(), "")


@dataclass(frozen=True, slots=True)
class Reviews(_Checked):
    """People who decide what the classifier is unsure of: which share they see, how many they are, how long they take.

    Past `deadline_seconds` a conversation is matched under its uncertainty.
    """

    share_of_right: float = allowed(_SHARE, 0.0)
    share_of_wrong: float = allowed(_SHARE, 0.0)
    reviewers: int = allowed(Number(0, 10_000, "people", whole=True), 0)
    mean_seconds: float = allowed(Number(0.1, 36_000, "s"), 20.0)
    deadline_seconds: float = allowed(Number(0.1, 36_000, "s"), 60.0)


@dataclass(frozen=True, slots=True)
class Surge(_Checked):
    """A stretch of time in which a family (0 is fraud; -1 is every family) is written about `factor` times as often."""

    start: float = allowed(Clock())
    minutes: float = allowed(_ANY_MINUTES)
    factor: float = allowed(Number(0, 1000, "times"))
    family: int = allowed(Number(-1, 199, "family", whole=True), -1)


@dataclass(frozen=True, slots=True)
class Outage(_Checked):
    """A stretch of time in which nobody is offered anything; chats under way go on, customers go on writing."""

    start: float = allowed(Clock())
    minutes: float = allowed(_ANY_MINUTES)


@dataclass(frozen=True, slots=True)
class Absence(_Checked):
    """COps who are missing for a while: of those who speak `language` and know `family`, where these are given."""

    start: float = allowed(Clock())
    minutes: float = allowed(_ANY_MINUTES)
    cops: int = allowed(Number(1, 100_000, "COps", whole=True))
    language: str = allowed(Text(35), "")
    family: int = allowed(Number(-1, 199, "family, -1 for any", whole=True), -1)


@dataclass(frozen=True, slots=True)
class Training(_Checked):
    """A family that so many COps who lack it learn before the day begins."""

    family: int = allowed(Number(0, 199, "family", whole=True))
    cops: int = allowed(Number(1, 100_000, "COps", whole=True))


@dataclass(frozen=True, slots=True)
class SoftwareAgent(_Checked):
    """Software that serves a family: how many conversations at once, how often it succeeds, how long it takes."""

    family: int = allowed(Number(0, 199, "family", whole=True))
    slots: int = allowed(Number(1, 10_000, "conversations at once", whole=True))
    success: float = allowed(Number(0.01, 1, "share"))
    seconds: float = allowed(Number(1, 36_000, "s"))


@dataclass(frozen=True, slots=True)
class Knowledge(_Checked):
    """What policies know: the true expected handle times, or each measured with a log error, or what they learn.

    With `learned` the day begins with `history` wrap-ups of each COp on each issue type they serve, on average.
    """

    handle_times: str = allowed(Choice(("true", "measured", "learned")), "true")
    log_error: float = allowed(Number(0, 3, "log seconds"), 0.2)
    history: float = allowed(Number(0, 10_000, "conversations a pair"), 5.0)
    forecast_log_error: float = allowed(Number(0, 3, "log of the arrivals of a kind"), 0.15)


@dataclass(frozen=True, slots=True)
class FloorScenario(_Checked):
    """One world. `seed` fixes who works and what is written about; a run's own seed fixes who writes when.

    `hours` from `start` on `weekday` are simulated, the first `warm_up_minutes` not measured.
    """

    name: str = allowed(Text(60))
    description: str = allowed(Text(), "")
    weekday: str = allowed(Choice(WEEKDAYS), "monday")
    start: float = allowed(Clock(), 9 * 3600.0)
    hours: float = allowed(Number(0.01, 24 * 14, "hours"), 8.0)
    warm_up_minutes: float = allowed(_ANY_MINUTES, 15.0)
    tick_seconds: float = allowed(Number(0.05, 60, "s, least time between two rounds of global matching"), 0.5)
    arrivals: Arrivals = field(default_factory=Arrivals, metadata={"rule": Part(Arrivals)})
    issues: Issues = field(default_factory=Issues, metadata={"rule": Part(Issues)})
    customers: Customers = field(default_factory=Customers, metadata={"rule": Part(Customers)})
    staff: Staff = field(default_factory=Staff, metadata={"rule": Part(Staff)})
    work: Work = field(default_factory=Work, metadata={"rule": Part(Work)})
    offers: Offers = field(default_factory=Offers, metadata={"rule": Part(Offers)})
    triage: Triage = field(default_factory=Triage, metadata={"rule": Part(Triage)})
    reviews: Reviews = field(default_factory=Reviews, metadata={"rule": Part(Reviews)})
    knowledge: Knowledge = field(default_factory=Knowledge, metadata={"rule": Part(Knowledge)})
    surges: tuple[Surge, ...] = allowed(Parts(Surge), ())
    outages: tuple[Outage, ...] = allowed(Parts(Outage), ())
    absences: tuple[Absence, ...] = allowed(Parts(Absence), ())
    training: tuple[Training, ...] = allowed(Parts(Training), ())
    agents: tuple[SoftwareAgent, ...] = allowed(Parts(SoftwareAgent), ())

    def __post_init__(self) -> None:
        check(self, "")
        _require_sense(self)

    @property
    def seconds(self) -> float:
        """Simulated time, in seconds from the start."""
        return self.hours * 3600.0

    def after_start(self, clock_seconds: float) -> float:
        """Seconds from the start to a time of day; the next day's where it has passed."""
        return (clock_seconds - self.start) % 86_400.0


def read_scenario(path: Path) -> FloorScenario:
    """Read a TOML scenario; Invalid names the place, the value and what is allowed."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Invalid(str(path), str(error), "a readable TOML file") from error
    return scenario_of({"name": path.stem, **document}, path.parent)


def scenario_of(document: dict[str, Any], folder: Path) -> FloorScenario:
    """The scenario that plain data describes; files it names lie in `folder`."""
    scenario = _read_section(FloorScenario, "", document)
    if not scenario.triage.confusion:
        return scenario
    return replace(scenario, triage=replace(scenario.triage, confusion=str(folder / scenario.triage.confusion)))


def _require_sense(s: FloorScenario) -> None:
    if s.warm_up_minutes * 60 >= s.seconds:
        raise Invalid("warm_up_minutes", s.warm_up_minutes, f"less than the {s.hours:g} hours simulated")
    if s.staff.skills[1] > s.issues.families:
        raise Invalid("staff.skills", s.staff.skills, f"at most the {s.issues.families} families there are")
    if s.offers.declined_share + s.offers.lapsed_share >= 1:
        raise Invalid("offers", s.offers.declined_share + s.offers.lapsed_share, "shares that leave some offers taken")
    named = {
        "surges": [each.family for each in s.surges],
        "absences": [each.family for each in s.absences],
        "training": [each.family for each in s.training],
        "agents": [each.family for each in s.agents],
    }
    for place, families in named.items():
        for at, family in enumerate(families):
            if family >= s.issues.families:
                raise Invalid(f"{place}[{at}].family", family, f"at most {s.issues.families - 1}")
    languages = [name for name, _ in s.arrivals.languages]
    for at, absence in enumerate(s.absences):
        if absence.language and absence.language not in languages:
            raise Invalid(f"absences[{at}].language", absence.language, f"one of {', '.join(languages)}")
