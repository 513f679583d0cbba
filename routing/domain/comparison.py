"""The promotion gate: two models on the same held-out messages, slice by slice, and whether one is worse."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from routing.domain.chance import chance_of_so_many, sign_test
from routing.domain.errors import Invalid
from routing.domain.issue import IssueType, Taxonomy
from routing.domain.pack import LabelledMessage

OVERALL = "all messages"
AUTOMATIC, NEWLY_AUTOMATIC = "automatic decisions", "newly automatic decisions"
FRAUD, VULNERABLE = "fraud", "vulnerable"
URGENT = "urgent seen as urgent"
STRICT = frozenset({OVERALL, AUTOMATIC, NEWLY_AUTOMATIC, FRAUD, VULNERABLE, URGENT})
"""Tested at the full level each; the other slices share it among them (Holm), for there are many."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A labelled message, taught or held out to judge by, with what is known of where it came from."""

    text: str
    issue_type: str
    market: str | None = None
    language: str | None = None

    @property
    def pair(self) -> LabelledMessage:
        """The message and its issue type."""
        return self.text, self.issue_type


@dataclass(frozen=True, slots=True)
class Answer:
    """A model's first guess, and whether its gate lets it pass without a person."""

    issue_type: str
    automatic: bool


@dataclass(frozen=True, slots=True)
class GateRules:
    """`alpha`: the chance at which a slice counts as worse although it is not.

    `most_wrong_alone`: the share that may be wrong of what the new model decides by itself and people decided before.
    """

    alpha: float = 0.05
    most_wrong_alone: float = 0.1

    def __post_init__(self) -> None:
        if not 0.0 < self.alpha < 0.5:
            raise Invalid("alpha", self.alpha, "above 0 and below 0.5")


@dataclass(frozen=True, slots=True)
class Slice:
    """The messages of one kind. `lost` were right before and are wrong now, `won` the other way round.

    `chance` is the probability of at least that many losses if both models were equally good.
    """

    name: str
    messages: int
    right_before: int
    right_now: int
    lost: int
    won: int
    chance: float
    worse: bool = False


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the gate says of `model` against `live` (None: there is none to compare with), with its reasons."""

    model: str
    live: str | None
    passed: bool
    reasons: tuple[str, ...]
    slices: tuple[Slice, ...] = ()
    alpha: float = GateRules().alpha
    accuracy: float | None = None
    accuracy_before: float | None = None

    @property
    def overall(self) -> Slice | None:
        """All messages together; None where there was nothing to compare."""
        return next((found for found in self.slices if found.name == OVERALL), None)


@dataclass(frozen=True, slots=True)
class Contest:
    """Both models' answers (`before` and `now`) to the same messages, in their order."""

    judged: Sequence[Judged]
    before: Sequence[Answer]
    now: Sequence[Answer]


def assess(model: str, live: str, contest: Contest, taxonomy: Taxonomy, rules: GateRules) -> Assessment:
    """Pass unless some slice is worse beyond chance, or there is nothing to judge by."""
    if not contest.judged:
        return Assessment(model, live, False, ("nothing is held out to judge by",), (), rules.alpha)
    slices = _settled(list(_slices(contest, taxonomy, rules)), rules.alpha)
    worse = tuple(_reason(found) for found in slices if found.worse)
    reasons = worse or (f"no slice is worse beyond chance ({len(slices)} slices, level {rules.alpha:g})",)
    shares = share_right(contest.judged, contest.now), share_right(contest.judged, contest.before)
    return Assessment(model, live, not worse, reasons, slices, rules.alpha, *shares)


def share_right(judged: Sequence[Judged], answers: Sequence[Answer]) -> float | None:
    """Share of the messages whose first guess is the right one; None for no message."""
    return sum(_right(judged, answers)) / len(judged) if judged else None


def _slices(contest: Contest, taxonomy: Taxonomy, rules: GateRules) -> Iterator[Slice]:
    judged = contest.judged
    right = _Marks(_right(contest.judged, contest.before), _right(contest.judged, contest.now))
    yield right.slice(OVERALL, range(len(judged)))
    pairs = enumerate(zip(contest.before, contest.now, strict=True))
    both = [row for row, (before, now) in pairs if before.automatic and now.automatic]
    if both:
        yield right.slice(AUTOMATIC, both)
    yield from _newly_automatic(contest, rules)
    urgent = [row for row, one in enumerate(judged) if one.issue_type in taxonomy.never_waiting]
    if urgent:
        seen = _Marks(_urgent(contest.before, taxonomy), _urgent(contest.now, taxonomy))
        yield seen.slice(URGENT, urgent)
    for name, rows in _groups(judged, taxonomy):
        yield right.slice(name, rows)


def _newly_automatic(contest: Contest, rules: GateRules) -> Iterator[Slice]:
    """What people decided and the new model would decide by itself: held to a share, for people had the last word."""
    decided = zip(contest.before, contest.now, _right(contest.judged, contest.now), strict=True)
    right = [correct for before, now, correct in decided if now.automatic and not before.automatic]
    if right:
        wrong = right.count(False)
        chance = chance_of_so_many(wrong, len(right), rules.most_wrong_alone)
        yield Slice(NEWLY_AUTOMATIC, len(right), len(right), len(right) - wrong, wrong, 0, chance)


def _groups(judged: Sequence[Judged], taxonomy: Taxonomy) -> Iterator[tuple[str, list[int]]]:
    found: dict[str, list[int]] = {}
    for row, one in enumerate(judged):
        for name in _kinds_of(one, taxonomy.issue_types.get(one.issue_type)):
            found.setdefault(name, []).append(row)
    yield from sorted(found.items())


def _kinds_of(one: Judged, kind: IssueType | None) -> Iterator[str]:
    if kind is not None:
        yield f"family {kind.family}"
    if kind is not None and kind.fraud:
        yield FRAUD
    if kind is not None and kind.vulnerable:
        yield VULNERABLE
    if one.market is not None:
        yield f"market {one.market}"
    if one.language is not None:
        yield f"language {one.language}"


@dataclass(frozen=True, slots=True)
class _Marks:
    before: Sequence[bool]
    now: Sequence[bool]

    def slice(self, name: str, rows: Iterable[int]) -> Slice:
        pairs = [(self.before[row], self.now[row]) for row in rows]
        lost = sum(before and not now for before, now in pairs)
        won = sum(now and not before for before, now in pairs)
        right_before, right_now = (sum(side) for side in zip(*pairs, strict=True)) if pairs else (0, 0)
        return Slice(name, len(pairs), right_before, right_now, lost, won, sign_test(lost, won))


def _right(judged: Sequence[Judged], answers: Sequence[Answer]) -> list[bool]:
    return [one.issue_type == answer.issue_type for one, answer in zip(judged, answers, strict=True)]


def _urgent(answers: Sequence[Answer], taxonomy: Taxonomy) -> list[bool]:
    return [answer.issue_type in taxonomy.never_waiting for answer in answers]


def _settled(slices: list[Slice], alpha: float) -> tuple[Slice, ...]:
    """Say of each slice whether it is worse: Holm's step-down among those that are not strict."""
    shared = sorted((found for found in slices if found.name not in STRICT), key=lambda found: found.chance)
    worse = {found.name for found in slices if found.name in STRICT and found.chance <= alpha}
    for rank, found in enumerate(shared):
        if found.chance > alpha / (len(shared) - rank):
            break
        worse.add(found.name)
    return tuple(replace(found, worse=found.name in worse) for found in slices)


def _reason(found: Slice) -> str:
    change = f"{found.right_before} right before, {found.right_now} now, of {found.messages}"
    return f"{found.name}: {change} ({found.lost} lost, {found.won} won; chance {found.chance:.2g})"
