"""The issue types a message may be of, with their keys."""

from dataclasses import dataclass

from api.console import wording
from api.console.names import family_name, issue_name
from routing.domain.issue import Taxonomy, Triage

MOST_CANDIDATES = 9
FEWEST_CANDIDATES = 5
LEAST_PROBABILITY = 0.01


@dataclass(frozen=True, slots=True)
class Candidate:
    """One issue type that may be meant; `number` is its key, `likely` says that it is in the prediction set."""

    number: int
    key: str
    name: str
    family: str
    percent: str
    width: str
    likely: bool


def candidates_of(triage: Triage | None, taxonomy: Taxonomy) -> tuple[Candidate, ...]:
    """The issue types worth a key, most probable first."""
    if triage is None:
        return ()
    known = [pair for pair in triage.distribution if pair[0] in taxonomy.keys][:MOST_CANDIDATES]
    while len(known) > FEWEST_CANDIDATES and known[-1][1] < LEAST_PROBABILITY:
        known.pop()
    return tuple(
        Candidate(
            number=number,
            key=key,
            name=issue_name(taxonomy, key),
            family=family_name(taxonomy, taxonomy.get(key).family),
            percent=wording.percent(probability),
            width=wording.width(probability),
            likely=key in triage.prediction_set,
        )
        for number, (key, probability) in enumerate(known, start=1)
    )
