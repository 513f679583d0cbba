"""Whom at work each waiting conversation can reach: its markets, its language, its candidates, whom it skips."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from routing.domain.conversation import Conversation
from routing.domain.cop import Channel, Cop, CopId
from routing.domain.overflow import Reach, reach
from routing.ports import MatchingProblem

Candidates = tuple[tuple[str, float], ...]
_Key = tuple[object, ...]


def joined(markets: Sequence[str]) -> str:
    """One name for all markets whose COps may be asked; no market's key holds a plus sign."""
    return "+".join(markets)


class Searcher:
    """How far the search goes for each conversation of one problem.

    Candidates spread over many skills may be more than any one COp covers, or any who is free; then the least probable
    ones are dropped until somebody can, so that uncertainty never strands a customer.
    """

    def __init__(self, problem: MatchingProblem, least_proficiency: float, least_share: float) -> None:
        self._problem, self._taxonomy = problem, problem.taxonomy
        self._usual, self._share = least_proficiency, least_share
        # What people can take decides how far the search goes: software is a help, and never what strands somebody.
        self._cops = [pair for pair in problem.cops if pair[0].software is None]
        self._workers = [(cop.id, cop.software) for cop, _ in problem.cops if cop.software is not None]
        self.software = problem.software | {id for id, _ in self._workers}
        self._narrowed: dict[_Key, Candidates] = {}
        self._languages: dict[_Key, str | None] = {}

    def asked(self, conversation: Conversation) -> Reach:
        """Which markets' COps may be asked, at what age, and how much skill is asked of them."""
        return reach(self._problem.overflow, self._problem.markets, conversation, self._problem.at)

    def least(self, asked: Reach) -> float:
        """The proficiency that is asked for."""
        return asked.least_proficiency(self._usual, self._problem.overflow)

    def spoken(self, conversation: Conversation, asked: Reach) -> Conversation:
        """The conversation in its own language while somebody at work who could take it speaks that.

        Past its patience, and at once when it may be fraud or vulnerable, in the language most of them speak: a rare
        language, or one guessed wrongly from three words, strands nobody.
        """
        if not asked.any_language:
            return conversation
        top = conversation.candidates[0][0] if conversation.candidates else ""
        key = (top, conversation.language or "", *self._place(conversation, asked))
        if key not in self._languages:
            self._languages[key] = self._language(conversation, asked)
        return replace(conversation, language=self._languages[key])

    def _language(self, conversation: Conversation, asked: Reach) -> str | None:
        top, least = conversation.candidates[:1], self.least(asked)
        able = [cop for cop, _ in self._cops if _serves(cop, conversation, asked) and self._covers(cop, top, least)]
        if not able or any(_speaks(cop, conversation.language or "") for cop in able):
            return conversation.language
        heard = Counter(code for cop in able for code in sorted(cop.languages) if _speaks(cop, code))
        return heard.most_common(1)[0][0] if heard else conversation.language

    def narrowed(self, conversation: Conversation, asked: Reach) -> Candidates:
        """As many of its candidates, most probable first, as one COp covers: one who is free, if there is any."""
        if len(conversation.candidates) <= 1:
            return conversation.candidates
        key = (conversation.candidates, conversation.language or "", *self._place(conversation, asked))
        if key not in self._narrowed:
            self._narrowed[key] = self._narrow_among(conversation, asked)
        return self._narrowed[key]

    def _narrow_among(self, conversation: Conversation, asked: Reach) -> Candidates:
        candidates, least = conversation.candidates, self.least(asked)
        near = [(cop, status) for cop, status in self._cops if _is_near(cop, conversation, asked)]
        free = [cop for cop, status in near if status.free(conversation.channel) > 0]
        everybody = [cop for cop, _ in near]
        return self._narrow(candidates, free, least) or self._narrow(candidates, everybody, least) or candidates[:1]

    def skipped(self, conversation: Conversation, asked: Reach) -> frozenset[str]:
        """The COps it is not offered to again, as long as somebody else at work can take it.

        When everybody who could has declined or let it lapse, the earliest of them is asked again: being skipped is a
        courtesy, not a reason to wait for ever.
        """
        if not conversation.excluded:
            return frozenset()
        candidates, least = self.narrowed(conversation, asked), self.least(asked)
        near = (cop for cop, _ in self._cops if _is_near(cop, conversation, asked))
        able = {cop.id for cop in near if self._covers(cop, candidates, least)}
        skipped = list(conversation.excluded)
        while skipped and able and able <= set(skipped):
            skipped.pop(0)
        return frozenset(skipped)

    def not_for_software(self, conversation: Conversation) -> frozenset[CopId]:
        """The software at work that policy keeps from it."""
        return frozenset(id for id, each in self._workers if not each.may_attempt(conversation, self.software))

    def _narrow(self, candidates: Candidates, cops: Sequence[Cop], least: float) -> Candidates:
        for count in range(len(candidates), 0, -1):
            if any(self._covers(cop, candidates[:count], least) for cop in cops):
                return candidates[:count]
        return ()

    def _covers(self, cop: Cop, candidates: Candidates, least: float) -> bool:
        total = sum(probability for _, probability in candidates)
        able = sum(p for key, p in candidates if cop.skills.get(self._taxonomy.get(key).skill, 0.0) >= least)
        return able >= self._share * total

    def _place(self, conversation: Conversation, asked: Reach) -> tuple[tuple[str, ...], Channel, float]:
        return asked.markets, conversation.channel, self.least(asked)


def _is_near(cop: Cop, conversation: Conversation, asked: Reach) -> bool:
    return _serves(cop, conversation, asked) and _speaks(cop, conversation.language or "")


def _serves(cop: Cop, conversation: Conversation, asked: Reach) -> bool:
    return not cop.markets.isdisjoint(asked.markets) and cop.capacity.get(conversation.channel, 0) > 0


def _speaks(cop: Cop, language: str) -> bool:
    return cop.languages.get(language, 0.0) > 0
