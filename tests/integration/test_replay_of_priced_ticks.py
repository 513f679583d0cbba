"""`pointsman replay` of ticks that prices steered, made by the matcher that serves: the same bytes again."""

import json

import pytest
from builders import (
    FixedPacks,
    FrozenClock,
    make_context,
    make_conversation,
    make_cop,
    make_issue_type,
    make_pack,
    make_taxonomy,
)
from seeds import committed, read
from typer.testing import CliRunner

from optimizer.policy import MatchingPolicy
from optimizer.pricing import PricingParameters
from routing.adapters.matcher import GuardedMatcher, packed, unpacked
from routing.adapters.pricing import Pricer
from routing.adapters.sql.tables import tick_snapshots
from routing.adapters.sql.unit_of_work import SqlStore
from routing.cli.app import app
from routing.domain.conversation import ConversationState
from routing.domain.cop import Channel, Presence
from routing.services import matching, presence

TYPES = [make_issue_type(key, skill=key) for key in ("cards", "loans", "fraud_report")]
EAGER = PricingParameters(
    fewest_arrivals=4, shortest_view_seconds=10, refresh_seconds=10, smallest_floor=0, full_floor=0
)
ROUNDS = 8


@pytest.fixture
def ticks(own_store: SqlStore) -> list[str]:
    """Ticks half a minute apart on a floor that is too small for everyone; the later ones are priced."""
    clock = FrozenClock()
    cops = [
        make_cop(f"cop{at}", skills=skills, markets=frozenset({"uk"}), capacity={Channel.CHAT: 8})
        for at, skills in enumerate([{"cards": 0.9}, {"cards": 0.8, "loans": 0.9}, {"loans": 0.7, "fraud_report": 1.0}])
    ]
    context = make_context(own_store, clock=clock, packs=FixedPacks(make_pack(cops, taxonomy=make_taxonomy(TYPES))))
    for cop in cops:
        presence.set_presence(context, presence.PresenceChange(cop.id, Presence.AVAILABLE, "test"))
    policy = MatchingPolicy(pricing=EAGER)
    matcher = GuardedMatcher(policy, Pricer(policy, lambda work: work()))
    try:
        made = []
        for at in range(ROUNDS):
            for kind in TYPES:
                wait(own_store, clock.now(), f"{kind.key}-{at}", kind.key)
            clock.advance(30)
            made.append(matching.tick(context, matcher, "main", "one"))
    finally:
        matcher.close()
    assert [tick.priced for tick in made][-1]
    return [tick.id for tick in made if tick.offered]


def wait(store: SqlStore, since, id: str, issue_type: str) -> None:
    facts = {"state": ConversationState.WAITING, "issue_type": issue_type, "candidates": ((issue_type, 1.0),)}
    fraud = issue_type == "fraud_report"
    made = make_conversation(id, received_at=since, language="en", fraud=fraud, **facts)
    committed(store, lambda uow: uow.conversations.add(made))


def run(*arguments: object):
    return CliRunner().invoke(app, ["replay", *map(str, arguments)])


def priced(store: SqlStore, ticks: list[str]) -> list[str]:
    return [id for id in ticks if read(store, lambda uow, id=id: uow.ticks.find(id)).priced]


def test_priced_ticks_are_solved_to_the_same_bytes(own_store: SqlStore, ticks: list[str]) -> None:
    assert priced(own_store, ticks), "no tick with offers was priced, so this proves nothing"
    told = json.loads(run("--json").stdout)
    assert (told["replayed"], told["identical"], told["skipped"]) == (len(ticks), len(ticks), 0)


def test_other_prices_than_those_of_the_tick_are_seen(own_store: SqlStore, ticks: list[str]) -> None:
    tick = priced(own_store, ticks)[-1]
    snapshot = unpacked(read(own_store, lambda uow: uow.ticks.snapshot(tick)))
    dearer = {cop: price + 0.5 for cop, price in snapshot.steering.cop_prices.items()}
    kept = {name: getattr(snapshot, name) for name in snapshot.__dataclass_fields__}
    steering = {name: getattr(snapshot.steering, name) for name in snapshot.steering.__dataclass_fields__}
    forged = type(snapshot)(**kept | {"steering": type(snapshot.steering)(**steering | {"cop_prices": dearer})})
    with own_store.engine.begin() as connection:
        row = tick_snapshots.c.tick_id == tick
        connection.execute(tick_snapshots.update().where(row).values(snapshot=packed(forged)))
    result = run()
    assert result.exit_code == 1
    assert f"different\t{tick}" in result.stdout


def test_another_policy_is_compared_under_the_prices_of_the_ticks(ticks: list[str], tmp_path) -> None:
    (tmp_path / "bold.toml").write_text("[matching]\nprice_weight = 3\n")
    result = run("--policy", tmp_path / "bold.toml", "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["identical"] == len(ticks)
    names = {each["name"] for each in told["policy"]["figures"]}
    assert "value of price (s)" in names
