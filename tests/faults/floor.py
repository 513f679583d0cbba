"""The bank that everything happens to: its pack, and what the simulator itself says who may serve whom."""

import json
import sqlite3
from dataclasses import replace
from datetime import datetime
from random import Random

from builders import FixedPacks, make_cop, make_market, make_pack

from routing.domain.cop import Channel, Cop, CopId
from routing.domain.limits import Conflict, LimitRules
from routing.domain.pack import Pack

COPS = ("ada", "ben", "cleo", "dora", "eve")
MANAGERS = ("mona", "max")
MARKETS = {"uk": ("uk", "ie"), "ie": ("ie",), "fr": ("fr",)}
"""A market, and the markets whose COps may serve its customers."""
GROUPS = ("france", "main")
ENEMY = "cust-0"
"""A customer whom ada must never serve."""
WORDS = ("card_lost", "card_late", "limit_raise", "fraud_seen", "unsure card_lost", "unsure limit_raise", "hm")


def whole_pack(capacity: int = 2) -> Pack:
    """Somebody for everybody: ben serves whom ada must not, dora alone is in France."""
    held = {Channel.CHAT: capacity, Channel.EMAIL: 1}
    cops = (
        make_cop("ada", markets=frozenset({"uk", "ie"}), capacity=held),
        make_cop("ben", markets=frozenset({"uk"}), capacity=held),
        make_cop("cleo", markets=frozenset({"ie"}), capacity=held),
        make_cop("dora", markets=frozenset({"fr"}), languages={"fr": 1.0}, capacity=held),
        make_cop("eve", markets=frozenset({"uk", "ie"}), skills={"card_lost": 0.9, "card_late": 0.5}, capacity=held),
    )
    markets = (
        make_market("uk", backups=("ie",)),
        make_market("ie"),
        make_market("fr", languages=("fr",), matching_group="france"),
    )
    rules = LimitRules(conflicts=(Conflict(frozenset({ENEMY}), frozenset({CopId("ada")})),))
    return replace(make_pack(cops), markets={market.key: market for market in markets}, limits=rules)


def edited(random: Random) -> Pack:
    """The team edits the roster: less room, or somebody is taken out of a market or off a skill."""
    pack = whole_pack(random.randint(0, 3))
    ada = pack.roster[CopId("ada")]
    changes = (
        {},
        {"markets": frozenset({"ie"})},
        {"skills": {"card_lost": 0.9, "fraud_seen": 0.9}},
        {"languages": {"de": 1.0}},
    )
    return replace(pack, roster={**pack.roster, CopId("ada"): replace(ada, **random.choice(changes))})


def breach(packs: FixedPacks, row: sqlite3.Row, cop_id: str, presence: str, at: datetime) -> str | None:
    """Why this COp must not be offered this conversation now; None when they may. Written from the docs alone."""
    cop: Cop | None = packs.pack.roster.get(CopId(cop_id))
    if cop is None:
        return "is not on the roster"
    waited = (at - datetime.fromisoformat(row["waiting_since"] + "+00:00")).total_seconds()
    patient = waited < row["target_seconds"] and not (row["fraud"] or row["vulnerable"])
    skills = [packs.pack.taxonomy.get(key).skill for key, _ in json.loads(row["candidates"])]
    wrong = {
        f"is {presence}": presence != "available",
        f"does not serve {row['market']}": not cop.markets & set(MARKETS[row["market"]]),
        "must never serve this customer": row["customer_id"] == ENEMY and cop_id == "ada",
        f"has none of the skills {skills}": not any(cop.skills.get(skill, 0.0) > 0 for skill in skills),
        f"does not speak {row['language']}": patient and cop.languages.get(row["language"], 0.0) <= 0,
    }
    return next((said for said, is_so in wrong.items() if is_so), None)
