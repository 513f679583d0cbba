"""A floor to look at: the starter pack, an in-memory store, the real matcher, and a classifier that counts words."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from builders import FixedPacks, FrozenClock, PlainMasker, SequentialIds, make_context
from customer_life import reach
from global_matching import GlobalMatcher

from routing.adapters.edited_rules import EditedRules
from routing.adapters.explaining import TickExplainer
from routing.adapters.memory import MemoryStore
from routing.adapters.pack import STARTER_FOLDER, load_pack
from routing.domain.conversation import ConversationId
from routing.domain.cop import Channel, Presence
from routing.domain.issue import Decision, Taxonomy, Triage
from routing.domain.offer import OfferId
from routing.domain.pack import Pack
from routing.domain.policy import Policy
from routing.ports import Clock, Utterance
from routing.services import intake, matching, offers, presence, triage
from routing.services.context import Context
from routing.services.erasure import Reach
from routing.settings import Settings

SURE = 0.55
PEAKED = 25.0
LIKELY = 0.2
MARK = "qqq"


def words(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text.lower())


def unit(vector: Mapping[str, float]) -> dict[str, float]:
    length = math.sqrt(sum(weight * weight for weight in vector.values())) or 1.0
    return {word: weight / length for word, weight in vector.items()}


class WordCounts:
    """ports.Classifier by the nearest centre of the pack's own examples: small, and seldom sure."""

    version = "words-1"

    def __init__(self, examples: Iterable[tuple[str, str]]) -> None:
        pairs = [(words(text), key) for text, key in examples]
        seen = Counter(word for said, _ in pairs for word in set(said))
        self._rarity = {word: math.log(len(pairs) / count) for word, count in seen.items()}
        sums: dict[str, Counter[str]] = defaultdict(Counter)
        for said, key in pairs:
            sums[key].update(self._vector(said))
        self._centres = {key: unit(centre) for key, centre in sums.items()}

    def _vector(self, said: list[str]) -> dict[str, float]:
        return unit({word: self._rarity[word] for word in set(said) if word in self._rarity})

    def classify(self, utterances: Sequence[Utterance], taxonomy: Taxonomy, at: datetime) -> list[Triage]:
        return [self._triage(utterance.text, taxonomy, at) for utterance in utterances]

    def similar(self, text: str, cases: Sequence[str], most: int) -> list[tuple[int, float]]:
        asked = set(words(text))
        alike = [len(asked & set(words(case))) / (len(asked | set(words(case))) or 1) for case in cases]
        return sorted(enumerate(alike), key=lambda pair: -pair[1])[:most]

    def _triage(self, text: str, taxonomy: Taxonomy, at: datetime) -> Triage:
        said = words(text)
        distribution = self._distribution(said, taxonomy)
        top, confidence = distribution[0]
        novelty = sum(word not in self._rarity for word in said) / (len(said) or 1)
        sure = confidence >= SURE and novelty < 0.4 and MARK not in said
        reasons = () if sure else ("low_confidence",) if novelty < 0.4 else ("outside_taxonomy",)
        return Triage(
            issue_type=top,
            confidence=confidence,
            decision=Decision.AUTO if sure else Decision.REVIEW,
            reasons=reasons,
            novelty=novelty,
            prediction_set=tuple(key for key, p in distribution if p >= LIKELY) or (top,),
            distribution=distribution,
            language="en",
            language_confidence=1.0,
            model_version=self.version,
            at=at,
        )

    def _distribution(self, said: list[str], taxonomy: Taxonomy) -> tuple[tuple[str, float], ...]:
        vector = self._vector(said)
        calm = MARK in said
        weights = {
            key: 1e-6 if calm and kind.never_waits else math.exp(PEAKED * self._alike(vector, key))
            for key, kind in taxonomy.issue_types.items()
        }
        total = sum(weights.values())
        return tuple(sorted(((key, w / total) for key, w in weights.items()), key=lambda pair: -pair[1]))

    def _alike(self, vector: Mapping[str, float], key: str) -> float:
        centre = self._centres[key]
        return sum(weight * centre.get(word, 0.0) for word, weight in vector.items())


@dataclass
class LivingFloor:
    """A service as the doors see it, and the hands that move its floor on."""

    context: Context
    classifier: WordCounts
    settings: Settings
    health: Callable[[], Mapping[str, str]] = field(default=lambda: {"database": "ok", "model": "ok"})
    received: int = 0
    explainer: TickExplainer = field(default_factory=TickExplainer)
    books: EditedRules | None = None
    erasing: Reach = field(default_factory=reach)

    @property
    def pack(self) -> Pack:
        return self.context.packs.current()

    def arrive(self, text: str, channel: Channel = Channel.CHAT, market: str = "gb") -> str:
        """A customer writes."""
        self.received += 1
        incoming = intake.IncomingMessage(f"event-{self.received}", "test", text, market, channel)
        return intake.receive(self.context, incoming).conversation_id

    def understand(self) -> None:
        """Everything received is triaged."""
        while triage.triage_batch(self.context, self.classifier):
            pass

    def ask(self, *texts: str) -> list[str]:
        """Customers write what only a person can place: their items of the disambiguation queue."""
        asked = [self.arrive(f"{MARK} {text}") for text in texts]
        self.understand()
        with self.context.store.reading() as uow:
            return [uow.reviews.undecided_for(ConversationId(id))[0].id for id in asked]

    def come_in(self, standings: Sequence[Presence] = (Presence.AVAILABLE,)) -> None:
        """Every COp says that they are there, or what the pattern says, in turn."""
        for number, cop_id in enumerate(self.pack.roster):
            change = presence.PresenceChange(cop_id, standings[number % len(standings)], "test")
            presence.set_presence(self.context, change)

    def match(self) -> None:
        """One tick of every matching group."""
        for group in self.pack.matching_groups:
            matching.tick(self.context, GlobalMatcher(), group, "test")

    def answer(self, every: int = 3) -> None:
        """COps accept what they are offered; every third offer stays unanswered for now."""
        with self.context.store.reading() as uow:
            pending = [offer for cop_id in self.pack.roster for offer in uow.offers.pending_for_cop(cop_id)]
        for number, offer in enumerate(pending):
            if number % every:
                offers.accept(self.context, OfferId(offer.id), offer.cop_id)


@lru_cache(maxsize=1)
def starter() -> tuple[Pack, WordCounts]:
    """The starter pack, and what its examples taught."""
    pack = load_pack(STARTER_FOLDER)
    return pack, WordCounts(pack.training_examples)


def living_floor(clock: Clock | None = None, tokens: Path | None = None, deadline_seconds: float = 60) -> LivingFloor:
    """The starter pack's floor, empty."""
    pack, classifier = starter()
    context = make_context(
        MemoryStore(),
        clock=clock or FrozenClock(),
        ids=SequentialIds("id"),
        masker=PlainMasker(),
        packs=FixedPacks(pack),
        policy=Policy(review_deadline_seconds=deadline_seconds),
    )
    return LivingFloor(context, classifier, Settings(tokens_file=tokens))
