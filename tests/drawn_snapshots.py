"""Random snapshots, small enough for solvers that look at everything."""

from datetime import UTC, datetime

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from optimizer.parameters import MatchingParameters
from optimizer.snapshot import CopState, HandleTimeFact, IssueTypeFacts, Snapshot, SteeringFacts, WaitingConversation

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
TYPES = tuple(IssueTypeFacts(f"type{at}", f"skill{at % 3}", 100.0 + 150 * at) for at in range(4))
COP_IDS = [f"cop{at}" for at in range(6)]
SHARES = st.sampled_from([1.0, 0.7, 0.5, 0.25, 0.2, 1.0, 0.1, 0.0])
SLOW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def candidates(draw):
    keys = draw(st.lists(st.sampled_from([each.key for each in TYPES]), min_size=1, max_size=3, unique=True))
    weights = draw(st.lists(st.sampled_from([0.1, 0.25, 0.3, 0.5]), min_size=len(keys), max_size=len(keys)))
    return tuple(zip(keys, weights, strict=True))


@st.composite
def conversations(draw, at):
    return WaitingConversation(
        id=f"c{at:02d}",
        candidates=draw(st.one_of(st.sampled_from([((each.key, 1.0),) for each in TYPES]), candidates())),
        market=draw(st.sampled_from(["GB", "GB", "FR"])),
        language=draw(st.sampled_from(["en", "en", "fr"])),
        channel=draw(st.sampled_from(["chat", "chat", "email"])),
        priority=draw(st.integers(1, 5)),
        waiting_seconds=draw(st.sampled_from([0.0, 1.0, 29.99, 60.0, 400.0, 9000.0])),
        target_seconds=draw(st.sampled_from([30.0, 60.0, 900.0])),
        vulnerable=draw(st.booleans()),
        fraud=draw(st.booleans()),
        last_cop_id=draw(st.sampled_from(["cop0", "cop1", "cop2", "cop5", None])),
        excluded_cop_ids=frozenset(draw(st.sampled_from([(), (), ("cop0",), ("cop1", "cop2")]))),
    )


@st.composite
def cops(draw, at, channels):
    return CopState(
        id=COP_IDS[at],
        skills={f"skill{each}": draw(SHARES) for each in range(3)},
        languages={"en": draw(SHARES), "fr": draw(SHARES)},
        markets=frozenset(draw(st.sampled_from([("GB", "FR"), ("GB",), ("GB", "FR"), ("FR",)]))),
        free={each: draw(st.integers(0, 2)) for each in draw(st.sampled_from(channels))},
        load=draw(st.integers(0, 3)),
        available=draw(st.sampled_from([True, True, True, False])),
        seconds_to_shift_end=draw(st.sampled_from([None, 30.0, 60.0, 200.0, 5000.0])),
    )


@st.composite
def parameters(draw):
    return MatchingParameters(
        time_limit_seconds=60,
        answer_value_seconds=draw(st.sampled_from([600.0, 100.0, 0.0])),
        load_weight_seconds=draw(st.sampled_from([0.0, 30.0, 333.333, 5000.0])),
        affinity_bonus_seconds=draw(st.sampled_from([700.0, 90.0, 0.0])),
        longest_hold_seconds=draw(st.sampled_from([0.0, 50.0, 120.0, 86_400.0])),
        transfer_cost_seconds=draw(st.sampled_from([0.0, 120.0, 333.333])),
        chance_weight_seconds=draw(st.sampled_from([0.0, 1000.0, 20_000.0])),
        reserve_weight=draw(st.sampled_from([0.0, 1.0, 3.3])),
        proficiency_weight=draw(st.sampled_from([0.0, 1.0, 10.0])),
        min_covered_probability=draw(st.sampled_from([0.3, 0.5, 1.0])),
    )


@st.composite
def steerings(draw):
    places = [(each.key, market, language) for each in TYPES for market in ("GB", "FR") for language in ("en", "fr")]
    known = draw(st.lists(st.sampled_from(places), max_size=len(places), unique=True))
    return SteeringFacts(
        at=NOON,
        version="a",
        occupancy=draw(st.sampled_from([0.0, 0.6, 0.9, 1.0])),
        trust=draw(st.sampled_from([1.0, 1.0, 0.3, 0.0])),
        cop_prices={each: draw(st.sampled_from([0.0, 1.0, 1.6, 5.0, 12.3])) for each in COP_IDS[:4]},
        cheapest={place: draw(st.floats(0, 2000)) for place in known},
        cop_reserves={each: draw(st.sampled_from([0.0, 12.345, 900.0])) for each in COP_IDS[1:4]},
        seconds_between={place: draw(st.floats(0, 2000)) for place in known[:3]},
    )


@st.composite
def snapshots(draw, most_waiting=12, most_cops=5, one_channel=False):
    channels = [("chat",), ("email",)] if one_channel else [("chat",), ("chat", "email"), ("email", "chat")]
    n_waiting, n_cops = draw(st.integers(0, most_waiting)), draw(st.integers(0, most_cops))
    facts = [
        HandleTimeFact(each.key, cop_id, draw(st.integers(0, 50)), draw(st.floats(3, 8)), draw(st.floats(0, 1)))
        for each, cop_id in draw(st.lists(st.tuples(st.sampled_from(TYPES), st.sampled_from(COP_IDS)), max_size=4))
    ]
    return Snapshot(
        at=NOON,
        conversations=tuple(draw(conversations(at)) for at in range(n_waiting)),
        cops=tuple(draw(cops(at, channels)) for at in range(n_cops)),
        issue_types=TYPES,
        handle_times=tuple(facts),
        parameters=draw(parameters()),
        steering=draw(st.one_of(st.none(), steerings())),
    )
