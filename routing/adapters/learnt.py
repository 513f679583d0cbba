"""What a matcher makes of handle times once, for all the ticks that go by them."""

import hashlib
import json
import zlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from routing.domain.cop import CopId
from routing.domain.outcome import HandleTimeStatistics
from routing.domain.tick import KeptTimes
from routing.ports import MatchingProblem

if TYPE_CHECKING:
    from optimizer.fact_table import FactTable
    from optimizer.snapshot import HandleTimeFact

Statistics = tuple[HandleTimeStatistics, ...]


@dataclass(frozen=True, slots=True)
class Learnt:
    """Handle times in the optimizer's words, and as they are kept; None where nothing is known."""

    facts: "FactTable"
    kept: KeptTimes | None


class LearntOnce:
    """Makes them anew where the problem's are not those of the last one."""

    def __init__(self) -> None:
        self._asked: tuple[Statistics, Collection[CopId], Collection[str]] | None = None
        self._last: Learnt | None = None

    def of(self, problem: MatchingProblem) -> Learnt:
        """Of this problem."""
        asked = (problem.handle_times, _software(problem), problem.taxonomy.keys)
        same = self._asked is not None and self._asked[0] is asked[0] and self._asked[1:] == asked[1:]
        if self._last is None or not same:
            self._asked, self._last = asked, learnt(problem)
        return self._last


def learnt(problem: MatchingProblem) -> Learnt:
    """What is known of people on the issue types there are; software's attempts are told of elsewhere."""
    from optimizer.fact_table import FactTable

    keys, software = problem.taxonomy.keys, _software(problem)
    told = (each for each in problem.handle_times if each.issue_type in keys and each.cop_id not in software)
    facts = FactTable(_fact(each) for each in told)
    return Learnt(facts, _kept(facts))


def _software(problem: MatchingProblem) -> frozenset[CopId]:
    return problem.software | {cop.id for cop, _ in problem.cops if cop.software is not None}


def _fact(statistics: HandleTimeStatistics) -> "HandleTimeFact":
    from optimizer.snapshot import HandleTimeFact

    count, mean = statistics.count, statistics.mean_log_seconds
    return HandleTimeFact(statistics.issue_type, statistics.cop_id, count, mean, statistics.variance)


def _kept(facts: "FactTable") -> KeptTimes | None:
    if not facts:
        return None
    from optimizer.wire import handle_time_documents

    content = compressed(handle_time_documents(facts))
    return KeptTimes(hashlib.sha256(content).hexdigest(), content)


def compressed(document: object) -> bytes:
    """Plain JSON data as it is kept."""
    return zlib.compress(json.dumps(document, sort_keys=True, separators=(",", ":")).encode(), 1)
