"""Contract: a tick keeps opening hours, reaches back-up markets, and keeps limits and conflicts."""

from collections import Counter
from datetime import timedelta

from builders import FixedPacks, FrozenClock, make_context, make_conversation, make_cop, make_market, make_pack
from global_matching import GlobalMatcher
from seeds import committed, read

from routing.domain.conversation import ConversationId, ConversationState
from routing.domain.cop import Channel, CopId, Presence
from routing.domain.limits import Conflict, HardCases, LimitRules, Quota
from routing.domain.market import OpeningHours
from routing.domain.outcome import Disposition, WrapUp
from routing.domain.overflow import OutsideHours, Overflow
from routing.domain.policy import Policy
from routing.domain.practice import Practice
from routing.domain.software import Software
from routing.ports import Store
from routing.services import fairness, floor_views, matching, offers, presence, wrap_up
from routing.services.context import Context

MORNINGS = OpeningHours(frozenset(range(7)), 9 * 60, 11 * 60)
ADA, BEN = CopId("ada"), CopId("ben")


def a_floor(store: Store, clock: FrozenClock, **changes: object) -> Context:
    """ada works for the market uk, ben for ie; both are there, with 4 chats each."""
    cops = [
        make_cop("ada", markets=frozenset({"uk"}), capacity={Channel.CHAT: 4}),
        make_cop("ben", markets=frozenset({"ie"}), capacity={Channel.CHAT: 4}, team="red"),
    ]
    context = make_context(store, clock=clock, packs=FixedPacks(make_pack(cops, **changes)))
    for cop in cops:
        presence.set_presence(context, presence.PresenceChange(cop.id, Presence.AVAILABLE, "test"))
    return context


def wait(context: Context, id: str, seconds: float = 0, key: str = "card_late", **changes: object) -> None:
    since = context.clock.now() - timedelta(seconds=seconds)
    facts = {"state": ConversationState.WAITING, "issue_type": key, "candidates": ((key, 1.0),), "language": "en"}
    made = make_conversation(id, received_at=since, **{**facts, **changes})
    committed(context.store, lambda uow: uow.conversations.add(made))


def tick(context: Context) -> dict[str, str]:
    """Who is offered what after a tick of the real matcher."""
    matching.tick(context, GlobalMatcher(), "main", "one")
    pending = read(context.store, lambda uow: uow.offers.pending())
    return {offer.conversation_id: offer.cop_id for offer in pending}


def markets(**changes: object) -> dict[str, object]:
    return {each.key: each for each in (make_market("uk", **changes), make_market("ie"))}


def test_customers_of_a_closed_market_wait_but_for_the_fast_lane(store: Store, clock: FrozenClock) -> None:
    closed = markets(opening=MORNINGS)
    context = a_floor(store, clock, markets=closed, overflow=Overflow(outside_hours=OutsideHours.WAIT))
    wait(context, "calm", seconds=9_000)
    wait(context, "scam", fraud=True)
    wait(context, "abroad", market="ie")
    assert tick(context) == {"scam": "ada", "abroad": "ben"}


def test_customers_of_a_closed_market_are_served_where_no_rule_says_otherwise(store: Store, clock: FrozenClock) -> None:
    context = a_floor(store, clock, markets=markets(opening=MORNINGS))
    wait(context, "calm")
    assert tick(context) == {"calm": "ada"}


def test_a_back_up_market_helps_out_after_a_while(store: Store, clock: FrozenClock) -> None:
    context = a_floor(store, clock, markets=markets(backups=("ie",)), overflow=Overflow(backup_after_seconds=60))
    presence.set_presence(context, presence.PresenceChange(ADA, Presence.AWAY, "test"))
    wait(context, "soon", seconds=59)
    wait(context, "late", seconds=60)
    assert tick(context) == {"late": "ben"}
    clock.advance(1)
    assert tick(context) == {"late": "ben", "soon": "ben"}


def test_who_has_waited_is_offered_to_somebody_with_less_skill(store: Store, clock: FrozenClock) -> None:
    novice = make_cop("ada", skills={"card_late": 0.1}, markets=frozenset({"uk"}))
    rules = Overflow(relax_at=0.5, relax_step=0.1, least_proficiency=0.1)
    context = make_context(store, clock=clock, packs=FixedPacks(make_pack([novice], overflow=rules)))
    presence.set_presence(context, presence.PresenceChange(ADA, Presence.AVAILABLE, "test"))
    wait(context, "soon", seconds=49, target_seconds=100.0)
    wait(context, "late", seconds=50, target_seconds=100.0)
    wait(context, "frail", target_seconds=100.0, vulnerable=True)
    assert tick(context) == {"late": "ada", "frail": "ada"}


def test_a_team_holds_no_more_than_its_quota_over_several_ticks(store: Store, clock: FrozenClock) -> None:
    quota = Quota("red", frozenset({"red"}), 2)
    context = a_floor(store, clock, limits=LimitRules(quotas=(quota,)))
    for number in range(3):
        wait(context, f"c-{number}", market="ie")
    assert len(tick(context)) == 2
    assert len(tick(context)) == 2
    first = read(context.store, lambda uow: uow.offers.pending())[0]
    taken = offers.accept(context, first.id)
    assert len(tick(context)) == 1
    wrap_up.wrap_up(context, taken.id, WrapUp(Disposition.RESOLVED, 60.0))
    assert len(tick(context)) == 2


def test_a_cop_is_given_no_more_hard_cases_than_their_share_and_the_fast_lane_passes(
    store: Store, clock: FrozenClock
) -> None:
    rule = HardCases(frozenset({"limit_raise"}), 0.25)
    context = a_floor(store, clock, limits=LimitRules(hard_cases=rule))
    for number in range(2):
        wait(context, f"hard-{number}", key="limit_raise", priority=1)
    wait(context, "easy")
    assert Counter(id.split("-")[0] for id in tick(context)) == {"hard": 1, "easy": 1}
    wait(context, "frail", key="limit_raise", vulnerable=True)
    assert tick(context)["frail"] == "ada"


def test_a_cop_in_training_holds_no_more_of_a_type_than_they_may(store: Store, clock: FrozenClock) -> None:
    context = a_floor(store, clock, limits=LimitRules(learning={ADA: {"card_late": 1}}))
    for number in range(3):
        wait(context, f"c-{number}")
    wait(context, "other", key="card_lost")
    assert len(tick(context)) == 2
    assert "other" in tick(context)


def test_a_cop_in_training_is_given_what_they_learn_until_they_had_enough(store: Store, clock: FrozenClock) -> None:
    novice = make_cop("ada", skills={"card_late": 0.3, "card_lost": 0.9}, capacity={Channel.CHAT: 4})
    expert = make_cop("ben", capacity={Channel.CHAT: 4})
    practice = Practice(ADA, "card_late", 1, frozenset({"card_late"}))
    pack = make_pack([novice, expert], limits=LimitRules(practices=(practice,)))
    context = make_context(store, clock=clock, packs=FixedPacks(pack))
    for cop in (novice, expert):
        presence.set_presence(context, presence.PresenceChange(cop.id, Presence.AVAILABLE, "test"))
    wait(context, "first")
    assert tick(context) == {"first": "ada"}
    wait(context, "second")
    assert tick(context)["second"] == "ben"
    [first] = [each for each in read(context.store, lambda uow: uow.offers.pending()) if each.cop_id == ADA]
    offers.accept(context, first.id)
    wait(context, "third")
    assert tick(context)["third"] == "ben"
    clock.advance(24 * 3_600)
    wait(context, "tomorrow")
    assert tick(context)["tomorrow"] == "ada"


def test_a_customer_never_meets_whom_they_must_not(store: Store, clock: FrozenClock) -> None:
    conflict = Conflict(frozenset({"k-1"}), frozenset({ADA}))
    context = a_floor(store, clock, limits=LimitRules(conflicts=(conflict,)))
    wait(context, "c-1", seconds=10_000, customer_id="k-1", fraud=True)
    wait(context, "c-2", customer_id="k-2")
    assert tick(context) == {"c-2": "ada"}


def test_matching_groups_that_share_nobody_run_apart(store: Store, clock: FrozenClock) -> None:
    apart = {**markets(), "fr": make_market("fr", matching_group="france")}
    context = a_floor(store, clock, markets=apart)
    wait(context, "here")
    wait(context, "there", market="fr")
    main, france = (matching.snapshot(context, group) for group in ("main", "france"))
    assert [each.id for each in main.conversations] == ["here"]
    assert [each.id for each in france.conversations] == ["there"]
    assert {cop.id for cop, _ in main.cops} == {"ada", "ben"}
    assert france.cops == ()
    assert tick(context) == {"here": "ada"}
    there = read(context.store, lambda uow: uow.conversations.get(ConversationId("there")))
    assert there.state is ConversationState.WAITING


def test_nobody_is_past_their_target_because_of_a_night(store: Store, clock: FrozenClock) -> None:
    rules = Overflow(outside_hours=OutsideHours.WAIT)
    context = a_floor(store, clock, markets=markets(opening=MORNINGS), overflow=rules)
    wait(context, "c-1", seconds=3_600 + 60, target_seconds=300.0)
    [queue] = floor_views.floor(context).families
    assert (queue.waiting, queue.past_target) == (1, 0)
    wait(context, "c-2", seconds=3_600 + 301, target_seconds=300.0)
    assert [queue.past_target for queue in floor_views.floor(context).families] == [1]


def test_fairness_is_shown_from_what_cops_were_assigned(store: Store, clock: FrozenClock) -> None:
    rule = HardCases(frozenset({"limit_raise"}), 0.5)
    context = a_floor(store, clock, limits=LimitRules(hard_cases=rule))
    wait(context, "hard", key="limit_raise")
    wait(context, "easy")
    tick(context)
    for offer in read(context.store, lambda uow: uow.offers.pending()):
        offers.accept(context, offer.id)
    clock.advance(900)
    report = fairness.fairness(context, timedelta(hours=1))
    ada, ben = report.cops
    assert (ada.taken, ada.hard, ada.hard_share) == (2, 1, 0.5)
    assert (ada.occupancy, ada.idle_seconds) == (0.25, 2700)
    assert (ben.taken, ben.hard_share, ben.occupancy) == (0, None, 0)
    assert (report.bound, report.occupancy_gini) == (0.5, 0.5)


def with_software(store: Store, clock: FrozenClock) -> Context:
    """bot may attempt card_late; ada is a person."""
    software = Software({"card_late": 0.9}, handle_time_seconds=10, failure_cost_seconds=60)
    bot = make_cop("bot", capacity={Channel.CHAT: 50}, software=software)
    cops = [make_cop("ada", capacity={Channel.CHAT: 9}), bot]
    context = make_context(store, clock=clock, packs=FixedPacks(make_pack(cops)), policy=Policy(most_excluded=0))
    for cop in cops:
        presence.set_presence(context, presence.PresenceChange(cop.id, Presence.AVAILABLE, "test"))
    return context


def test_software_is_offered_what_it_may_attempt_and_nothing_else(store: Store, clock: FrozenClock) -> None:
    context = with_software(store, clock)
    wait(context, "sure")
    wait(context, "unsure", candidates=(("card_late", 0.6), ("card_lost", 0.4)))
    wait(context, "other", key="card_lost")
    wait(context, "scam", fraud=True)
    assert tick(context) == {"sure": "bot", "unsure": "ada", "other": "ada", "scam": "ada"}


def test_what_software_could_not_resolve_goes_to_a_person_with_its_age(store: Store, clock: FrozenClock) -> None:
    context = with_software(store, clock)
    wait(context, "c-1", seconds=30)
    before = read(context.store, lambda uow: uow.conversations.get(ConversationId("c-1")))
    tick(context)
    [offer] = read(context.store, lambda uow: uow.offers.pending())
    attempt = offers.accept(context, offer.id, by=CopId("bot"))
    clock.advance(10)
    wrap_up.transfer(context, attempt.id, "could not resolve it", by=CopId("bot"))
    after = read(context.store, lambda uow: uow.conversations.get(ConversationId("c-1")))
    assert after.waiting_since == before.waiting_since
    assert tick(context) == {"c-1": "ada"}
