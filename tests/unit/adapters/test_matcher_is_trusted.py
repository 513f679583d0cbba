"""The hard rules that every plan is held to refuse nothing the optimizer plans: they are looser, never stricter."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from builders import NOON, make_conversation, make_cop, make_market, make_taxonomy
from global_matching import GlobalMatcher
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from routing.domain.conversation import Conversation, ConversationState
from routing.domain.cop import Channel, Cop, CopId, CopStatus, Presence
from routing.domain.limits import Conflict, LimitKind, WorkLimit
from routing.domain.market import Market
from routing.domain.overflow import OutsideHours, Overflow
from routing.domain.software import Software
from routing.ports import MatchingProblem
from routing.services.trust import breaches

words = st.sampled_from
MARKETS: Mapping[str, Market] = {
    "uk": make_market("uk", backups=("ie", "fr")),
    "ie": make_market("ie"),
    "fr": make_market("fr", languages=("fr",)),
}
BOT = Software({"card_late": 0.8, "card_lost": 0.4}, 30.0, 60.0, 0.6)


def waiting(id: str, waited: float, **changes: Any) -> Conversation:
    since = NOON - timedelta(seconds=waited)
    made = make_conversation(id, state=ConversationState.WAITING, received_at=since, issue_type="card_late")
    return replace(made, **changes)


conversations = st.builds(
    waiting,
    words([f"c-{n}" for n in range(12)]),
    words([0.0, 20.0, 299.9999995, 300.0, 301.0, 5_000.0]),
    market=words(sorted(MARKETS)),
    channel=words([Channel.CHAT, Channel.EMAIL]),
    language=words(["en", "fr", "de", None]),
    fraud=st.booleans(),
    customer_id=words(["k", None]),
    excluded=words([(), (CopId("cop-1"), CopId("cop-2"))]),
    last_cop_id=words([None, CopId("cop-0")]),
    candidates=words(
        [
            (("card_late", 1.0),),
            (("limit_raise", 0.5), ("card_lost", 0.4)),
            (("card_late", 0.5), ("fraud_seen", 0.5)),
            (("card_late", 0.34), ("fraud_seen", 0.33), ("card_lost", 0.33)),
        ]
    ),
)
cops = st.builds(
    make_cop,
    words([f"cop-{n}" for n in range(5)]),
    markets=words([frozenset({"uk"}), frozenset({"ie"}), frozenset({"ie", "fr"})]),
    languages=words([{"en": 1.0}, {"fr": 0.5}, {"de": 0.1, "en": 0.3}]),
    skills=words([{"card_late": 0.9}, {"limit_raise": 0.3, "card_lost": 0.15}, {"fraud_seen": 0.2, "card_late": 0.11}]),
    capacity=words([{Channel.CHAT: 1}, {Channel.CHAT: 2, Channel.EMAIL: 1}]),
    software=words([None, None, BOT]),
)
overflows = st.builds(
    Overflow,
    outside_hours=words(OutsideHours),
    backup_at=words([None, 0.0, 0.5]),
    relax_at=words([None, 0.5]),
    language_at=words([0.0, 0.5, 1.0]),
)
LIMITS = st.lists(
    st.builds(
        WorkLimit,
        words(["one", "two"]),
        words(LimitKind),
        words([frozenset({CopId("cop-0"), CopId("cop-1")}), frozenset({CopId("cop-2")})]),
        st.integers(0, 2),
        words([None, frozenset({"card_late"}), frozenset({"card_lost", "fraud_seen"})]),
    ),
    max_size=2,
    unique_by=lambda limit: limit.name,
)


@settings(max_examples=200, phases=(Phase.explicit, Phase.generate))
@given(
    people=st.lists(conversations, min_size=1, max_size=10, unique_by=lambda c: c.id),
    roster=st.lists(cops, min_size=1, max_size=5, unique_by=lambda c: c.id),
    overflow=overflows,
    limits=LIMITS,
)
def test_no_plan_of_the_optimizer_is_refused(
    people: list[Conversation], roster: list[Cop], overflow: Overflow, limits: list[WorkLimit]
) -> None:
    pairs = tuple((cop, CopStatus(cop.id, Presence.AVAILABLE, NOON, {}, cop.capacity)) for cop in roster)
    asked = MatchingProblem(
        NOON,
        tuple(people),
        pairs,
        make_taxonomy(),
        (),
        MARKETS,
        overflow,
        tuple(limits),
        (Conflict(frozenset({"k"}), frozenset({CopId("cop-3")})),),
        frozenset(cop.id for cop in roster if cop.software is not None),
    )

    plan = GlobalMatcher().match(asked)

    assert plan.fallback_reason is None
    assert not breaches(asked, plan.offers)


def test_a_limit_counts_what_a_message_may_be_about_though_nobody_at_work_knows_it_all() -> None:
    unsure = waiting(
        "c-0",
        0.0,
        market="uk",
        language="en",
        candidates=(("card_late", 0.34), ("fraud_seen", 0.33), ("card_lost", 0.33)),
    )
    knows_the_first = make_cop("cop-0", markets=frozenset({"uk"}), languages={"en": 1.0}, skills={"card_late": 0.9})
    quota = WorkLimit(
        "one", LimitKind.QUOTA, frozenset({knows_the_first.id}), 0, frozenset({"card_lost", "fraud_seen"})
    )
    status = CopStatus(knows_the_first.id, Presence.AVAILABLE, NOON, {}, knows_the_first.capacity)
    asked = MatchingProblem(
        NOON, (unsure,), ((knows_the_first, status),), make_taxonomy(), (), MARKETS, limits=(quota,)
    )

    assert not GlobalMatcher().match(asked).offers
    assert GlobalMatcher().match(replace(asked, limits=(replace(quota, most=1),))).offers
