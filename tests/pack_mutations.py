"""Mutations of a good pack: what stands where, and what the check must say of it."""

import datetime
from typing import Any, NamedTuple

CARDS, PAYMENTS, FLOOR, OUTSIDE = "taxonomy/cards.toml", "taxonomy/payments.toml", "floor.toml", "outside.toml"
LOST, ANN, BEA, GB = "issue_type[key=card_lost]", "cop[id=ann]", "cop[id=bea]", "market[key=gb]"
ABSENT = object()


class Mutation(NamedTuple):
    """At `steps` of `file` stands `new`; the check tells `path`, `value` and words that hold `allowed`."""

    file: str
    steps: tuple[str | int, ...]
    new: object
    path: str
    value: str
    allowed: str


def lost(field: str, new: object, value: str, allowed: str, more: str = "") -> Mutation:
    return Mutation(CARDS, ("issue_type", 0, field), new, f"{LOST}.{field}{more}", value, allowed)


def ann(steps: tuple[str | int, ...], new: object, place: str, value: str, allowed: str) -> Mutation:
    return Mutation(FLOOR, ("cop", 0, *steps), new, f"{ANN}.{place}", value, allowed)


def gb(steps: tuple[str | int, ...], new: object, place: str, value: str, allowed: str) -> Mutation:
    return Mutation(FLOOR, ("market", 0, *steps), new, f"{GB}.{place}", value, allowed)


MUTATIONS = [
    # Unknown and missing keys.
    lost("colour", "red", "colour", "one of key, name, description"),
    lost("priorty", 2, "priorty", "did you mean priority?"),
    lost("name", ABSENT, "(missing)", "1 to 200 characters"),
    lost("examples", ABSENT, "(missing)", "at least 2 texts"),
    Mutation(CARDS, ("issue_type", 0, "key"), ABSENT, "issue_type[0].key", "(missing)", "starting with a letter"),
    Mutation(CARDS, ("family",), ABSENT, "family", "(missing)", "[family]"),
    Mutation(CARDS, ("famly",), {"key": "x"}, "famly", "famly", "did you mean family?"),
    Mutation(CARDS, ("family", "key"), ABSENT, "family.key", "(missing)", "small letters"),
    ann(("shift",), ABSENT, "shift", "(missing)", "time_zone"),
    ann(("shift", "tz"), "Europe/London", "shift.tz", "tz", "one of days, start, end, time_zone"),
    ann(("capacity", "fax"), 1, "capacity.fax", "fax", "one of chat, email, social, callback"),
    # Wrong types.
    lost("priority", "high", '"high"', "whole number from 1"),
    lost("priority", True, "true", "whole number from 1"),
    lost("priority", 2.5, "2.5", "whole number from 1"),
    lost("fraud", "yes", '"yes"', "true or false"),
    lost("service_target", 180, "180", "share"),
    lost("examples", "one message", '"one message"', "at least 2 texts"),
    Mutation(CARDS, ("issue_type", 0, "examples", 3), 17, f"{LOST}.examples[3]", "17", "1 to 4000 characters"),
    Mutation(CARDS, ("issue_type",), {"key": "single"}, "issue_type", '{ key = "single" }', "[[issue_type]]"),
    ann(("skills",), ["cards"], "skills", '["cards"]', "proficiency"),
    ann(("markets",), "gb", "markets", '"gb"', "keys of markets"),
    ann(("shift", "start"), datetime.time(8), "shift.start", "08:00:00", "HH:MM"),
    # Out of range.
    lost("priority", 0, "0", "from 1 (most urgent) to 5"),
    lost("priority", 6, "6", "from 1 (most urgent) to 5"),
    lost("service_target", {"share": 0, "seconds": 60}, "0", "above 0, at most 1", ".share"),
    lost("service_target", {"share": 1.5, "seconds": 60}, "1.5", "above 0, at most 1", ".share"),
    lost("service_target", {"share": 0.8, "seconds": 0}, "0", "seconds above 0", ".seconds"),
    lost("handle_time_seconds", -5, "-5", "seconds above 0"),
    lost("handle_time_seconds", float("nan"), "nan", "seconds above 0"),
    lost("handle_time_seconds", float("inf"), "inf", "seconds above 0"),
    lost("key", "Card Lost", '"Card Lost"', "small letters")._replace(path="issue_type[0].key"),
    lost("name", "   ", '"   "', "1 to 200 characters"),
    lost("examples", ["only one"], '["only one"]', "at least 2"),
    Mutation(CARDS, ("issue_type", 0, "examples", 0), "", f"{LOST}.examples[0]", '""', "1 to 4000"),
    Mutation(CARDS, ("issue_type", 0, "held_out", 0), "x" * 5000, f"{LOST}.held_out[0]", '"' + "x" * 58 + "…", "4000"),
    ann(("skills", "cards"), 1.2, "skills.cards", "1.2", "from 0 to 1"),
    ann(("languages", "en"), -0.1, "languages.en", "-0.1", "from 0 to 1"),
    ann(("skills",), {}, "skills", "{}", "skills"),
    ann(("capacity", "chat"), 21, "capacity.chat", "21", "from 0 to 20"),
    ann(("capacity", "chat"), -1, "capacity.chat", "-1", "from 0 to 20"),
    ann(("capacity", "chat"), 1.5, "capacity.chat", "1.5", "from 0 to 20"),
    # Time zones, languages, times, days.
    ann(("shift", "time_zone"), "Europe/Londn", "shift.time_zone", '"Europe/Londn"', "did you mean Europe/London?"),
    gb(("time_zone",), "GMT+25", "time_zone", '"GMT+25"', "IANA"),
    gb(("languages", 0), "english", "languages[0]", '"english"', "ISO 639-1"),
    gb(("languages", 1), "xx", "languages[1]", '"xx"', "ISO 639-1"),
    gb(("languages",), ["en", "en"], "languages", '["en", "en"]', "only once"),
    ann(("languages", "EN"), 1.0, "languages.EN", '"EN"', "ISO 639-1"),
    ann(("shift", "start"), "24:00", "shift.start", '"24:00"', '"00:00" to "23:59"'),
    ann(("shift", "start"), "8:00", "shift.start", '"8:00"', "HH:MM"),
    ann(("shift", "end"), "18:60", "shift.end", '"18:60"', "HH:MM"),
    ann(("shift", "end"), "24:01", "shift.end", '"24:01"', "HH:MM"),
    ann(("shift", "end"), "08:00", "shift.end", '"08:00"', "other than start"),
    ann(("shift", "days", 0), "monday", "shift.days[0]", '"monday"', "mon, tue"),
    ann(("shift", "days"), [], "shift.days", "[]", "weekdays"),
    gb(("opening", "end"), "08:00", "opening.end", '"08:00"', 'after start ("09:00")'),
    # What widens the search.
    gb(("holidays",), ["2026-02-30"], "holidays[0]", '"2026-02-30"', "dates that exist"),
    gb(("holidays",), [datetime.date(2026, 12, 25)], "holidays[0]", "2026-12-25", "YYYY-MM-DD"),
    gb(("backups",), ["atlantis"], "backups[0]", '"atlantis"', "another market of its matching group: ie"),
    gb(("backups",), ["gb"], "backups[0]", '"gb"', "another market of its matching group: ie"),
    Mutation(FLOOR, ("overflow",), {"outside_hours": "sleep"}, "overflow.outside_hours", '"sleep"', '"wait"'),
    Mutation(FLOOR, ("overflow",), {"relax_step": 0}, "overflow.relax_step", "0", "0.01 to 1"),
    Mutation(FLOOR, ("overflow",), {"relax_att": 1}, "overflow.relax_att", "relax_att", "did you mean relax_at?"),
    # How long things are kept.
    Mutation(FLOOR, ("retention",), {"words_days": 0}, "retention.words_days", "0", "1 to 36500"),
    Mutation(FLOOR, ("retention",), {"records_days": 14}, "retention.records_days", "14", "15 to 36500"),
    Mutation(FLOOR, ("retention",), {"words_day": 9}, "retention.words_day", "words_day", "did you mean words_days?"),
    Mutation(FLOOR, ("retention",), {"words_days": 731}, "retention[0].words_days", "731", "at most records_days"),
    gb(("retention",), {"labels_days": 800}, "retention.labels_days", "800", "nothing outlasts its records"),
    gb(("retention",), {"ticks_days": 1}, "retention.ticks_days", "ticks_days", "one of words_days"),
    # What limits.
    Mutation(
        FLOOR,
        ("quota",),
        [{"name": "North", "teams": ["Green"], "most": 3}],
        "quota[0].teams[0]",
        '"Green"',
        "a team of some COp in this file: Blue",
    ),
    Mutation(
        FLOOR,
        ("quota",),
        [{"name": "North", "teams": ["Blue"], "most": -1}],
        "quota[0].most",
        "-1",
        "a whole number from 0",
    ),
    Mutation(
        FLOOR,
        ("hard_cases",),
        {"issue_types": ["card_lots"], "share": 0.3},
        "hard_cases[0].issue_types[0]",
        '"card_lots"',
        "an issue type of the pack: card_late, card_lost",
    ),
    Mutation(
        FLOOR,
        ("hard_cases",),
        {"issue_types": ["card_lost"], "share": 0},
        "hard_cases.share",
        "0",
        "above 0, at most 1",
    ),
    Mutation(
        FLOOR,
        ("conflict",),
        [{"customers": ["k-1"], "cops": ["zoe"]}],
        "conflict[0].cops[0]",
        '"zoe"',
        "a COp of this file: ann, bea",
    ),
    ann(("learning",), {"card_lots": 1}, "learning", '"card_lots"', "an issue type of the pack"),
    ann(("learning",), {"card_lost": 21}, "learning.card_lost", "21", "0 to 20"),
    ann(("practice",), {"card_lots": 1}, "practice", '"card_lots"', "an issue type or a family of the pack"),
    ann(("practice",), {"card_lost": 0}, "practice.card_lost", "0", "1 to 200"),
    ann(("practice",), {"card_lost": 2.5}, "practice.card_lost", "2.5", "1 to 200"),
    Mutation(OUTSIDE, ("outside", 0, "kind"), "middle", "outside[0].kind", '"middle"', '"near"'),
    # Empty files.
    Mutation(FLOOR, ("cop",), ABSENT, "cop", "(missing)", "[[cop]]"),
    Mutation(FLOOR, ("market",), [], "market", "[]", "[[market]]"),
    Mutation(CARDS, ("issue_type",), [], "issue_type", "[]", "[[issue_type]]"),
    # Duplicates.
    Mutation(PAYMENTS, ("family", "key"), "cards", "family.key", '"cards"', f"{CARDS} has it too"),
    Mutation(
        PAYMENTS,
        ("issue_type", 0, "key"),
        "card_lost",
        "issue_type[key=card_lost].key",
        '"card_lost"',
        f"{CARDS} {LOST}",
    ),
    Mutation(CARDS, ("issue_type", 1, "key"), "card_lost", "issue_type[1].key", '"card_lost"', "issue_type[0].key"),
    Mutation(FLOOR, ("cop", 1, "id"), "ann", "cop[1].id", '"ann"', "cop[0].id has it too"),
    Mutation(FLOOR, ("market", 1, "key"), "gb", "market[1].key", '"gb"', "market[0].key has it too"),
    Mutation(
        PAYMENTS,
        ("issue_type", 0, "examples", 2),
        "Lost  CARD question 4",
        "issue_type[key=transfer_failed].examples[2]",
        '"Lost  CARD question 4"',
        f"{CARDS} {LOST}.examples[4] has it too",
    ),
    Mutation(
        CARDS,
        ("issue_type", 0, "held_out", 1),
        "lost card question 7",
        f"{LOST}.held_out[1]",
        '"lost card question 7"',
        "not among the examples",
    ),
    Mutation(
        OUTSIDE,
        ("outside", 0, "calibration", 0),
        "lost card unseen 1",
        "outside[0].calibration[0]",
        '"lost card unseen 1"',
        "no issue type has",
    ),
    Mutation(
        OUTSIDE,
        ("outside", 0, "held_out", 9),
        "my dog 3",
        "outside[0].held_out[9]",
        '"my dog 3"',
        "not under calibration",
    ),
    # Dangling references.
    ann(("markets", 1), "fr", "markets[1]", '"fr"', "gb, ie"),
    lost("skill", "alchemy", '"alchemy"', "cards, payments"),
]


def mutate(data: dict[str, Any], mutation: Mutation) -> None:
    *way, last = mutation.steps
    place: Any = data
    for step in way:
        place = place[step]
    if mutation.new is ABSENT:
        del place[last]
    else:
        place[last] = mutation.new
