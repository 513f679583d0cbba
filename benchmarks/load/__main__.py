"""`python -m benchmarks.load`: what a whole installation takes in, how soon it offers, and what saturates first.

Every role is a process of its own, the customers and COps are another one (this), all on one machine. First the
classifier by itself, in batches; then a backlog taken in as fast as it goes, nobody at work; then a steady stream with
everybody at work. The last two are run again with a classifier that reads nothing: what remains is our own code.

With `--soak` a steady stream alone, with what each process holds in memory each minute, and how fast that grew.
"""

import argparse
import json
import os
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.circumstances import circumstances
from benchmarks.load.bank import Bank, found_bank
from benchmarks.load.databases import own_database
from benchmarks.load.doors import Door, KafkaDoor, RestDoor, send_at_once, send_evenly
from benchmarks.load.figures import Figures, alone, flatness, latency, minutes, quarters, shares, slopes
from benchmarks.load.house import House, Use
from benchmarks.load.people import People

RESULTS = Path(__file__).parent / "results"
WHAT = (
    "intake: messages a second from the first sent to the last one triaged and queued; "
    "intake_of_classifier: its ratio to the classifier's own batch throughput, the median of the rounds; "
    "offers: seconds from the moment a message was due to the offer as a listener of the event "
    "stream hears of it, in all and by quarters of the time; received, triaged: the same of the steps before; "
    "busy: processor seconds a second of each role, and of those who drive them; "
    "fallbacks: rounds of matching that took the plain plan; memory_mb: resident, by role; "
    "memory_mb_an_hour: its slope behind the first third"
)
COPS, CAPACITY = 300, 10
SOAK_RATE = 12.0
LOOK_SECONDS, MINUTE = 5.0, 60.0
PATIENCE_SECONDS = 600.0
DRAIN_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run; `doors` are the names of those that messages come in by, `rate` is messages a second."""

    bank: Bank
    models: Path
    doors: Sequence[str]
    bootstrap: str | None
    postgres: str | None
    backlog: int
    seconds: float
    split: bool
    rounds: int


def main() -> None:
    """Run both halves, or the soak, and write the result."""
    options = _options()
    about = {
        "doors": options.doors,
        "database": "SQLite" if options.postgres is None else "PostgreSQL",
        "processes": "serve --no-work, work" if options.split else "serve",
        "seeds": [0],
    }
    found: Figures = circumstances(WHAT, about, "routing", "encoders", "optimizer", "api", "benchmarks/load")
    with tempfile.TemporaryDirectory() as folder:
        bank = found_bank(options.data / "train.csv", Path(folder) / "pack", COPS, CAPACITY)
        models = Path(folder) / "data" / "models"
        House(Path(folder), {"POINTSMAN_PACK": str(bank.pack)}).run("train")
        seconds = options.minutes * 60
        places = (options.doors, options.kafka, options.postgres)
        plan = Plan(bank, models, *places, options.backlog, seconds, options.split, options.rounds)
        found |= _soak(plan, options.rate or SOAK_RATE) if options.soak else _halves(plan, options.rate)
    out = options.out or RESULTS / ("soak.json" if options.soak else "load.json")
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def _halves(plan: Plan, rate: float | None) -> Figures:
    found: Figures = {"classifier": alone(plan.models, plan.bank, plan.backlog)}
    print(json.dumps(found["classifier"]), flush=True)
    for name, classified in (("with_classifier", True), ("without_classifier", False)):
        found[name] = _half(plan, classified, rate)
        print(name, json.dumps(found[name], indent=1), flush=True)
        rate = rate or found[name]["offers"]["rate"]
    pairs = [(found["classifier"], found["with_classifier"]["intake"])]
    pairs += [_pair(plan) for _ in range(plan.rounds - 1)]
    ratios = [round(taken_in["a_second"] / by_itself["a_second"], 3) for by_itself, taken_in in pairs]
    return {**found, "intake_of_classifier": median(ratios), "intake_of_classifier_each": ratios}


def _pair(plan: Plan) -> tuple[Figures, Figures]:
    """The classifier by itself and an intake, right behind each other: one machine is not as quick at all times."""
    by_itself = alone(plan.models, plan.bank, plan.backlog)
    with _house(plan, classified=True) as house:
        taken_in, _ = _backlog(plan, house)
    print(json.dumps([by_itself, taken_in]), flush=True)
    return by_itself, taken_in


def _soak(plan: Plan, rate: float) -> Figures:
    """A steady stream with everybody at work and nothing before it."""
    watched: list[dict[str, Use]] = []
    with _house(plan, classified=True) as house:
        people = People(house.base_url, working=True)
        with _watching(house, watched, MINUTE):
            offers = _stream(plan, house, people, rate)
        people.close()
        memory = {"memory_mb_each_minute": minutes(watched), "memory_mb_an_hour": slopes(watched, MINUTE)}
        found = {"offers": offers, **memory, "fallbacks": _fallbacks(house)}
    print(json.dumps(found, indent=1), flush=True)
    return found


def _fallbacks(house: House) -> float:
    return house.metric("pointsman_solver_fallbacks_total")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with train.csv (text,category)")
    parser.add_argument("--doors", nargs="+", choices=["rest", "kafka"], default=["rest"])
    parser.add_argument("--kafka", help="host:port of a broker, for the door of that name; the relay publishes there")
    parser.add_argument("--postgres", help="URL of a database on a server where others may be made; else SQLite")
    parser.add_argument("--backlog", type=int, default=2_000, help="messages taken in at once")
    parser.add_argument("--rate", type=float, help="messages a second of the stream; half of the intake if not given")
    parser.add_argument("--minutes", type=float, default=5.0, help="length of the stream")
    parser.add_argument("--split", action="store_true", help="triage and matching in a process of their own")
    parser.add_argument("--rounds", type=int, default=1, help="how often the intake is compared with the classifier")
    parser.add_argument("--soak", action="store_true", help="the stream alone, with memory each minute")
    parser.add_argument("--out", type=Path, help="the result; among the committed ones if not given")
    options = parser.parse_args()
    if "kafka" in options.doors and options.kafka is None:
        parser.error("--doors kafka needs --kafka host:port")
    return options


def _half(plan: Plan, classified: bool, rate: float | None) -> Figures:
    """Backlog, then stream; without a rate the stream has half of what the backlog was taken in at."""
    with _house(plan, classified) as house:
        intake, backlog = _backlog(plan, house)
        people = People(house.base_url, working=True)
        if not people.wait_for("assignment.wrapped_up", backlog, PATIENCE_SECONDS):
            raise RuntimeError("the backlog was not worked off")
        offers = _stream(plan, house, people, rate or intake["a_second"] / 2)
        people.close()
        return {"intake": intake, "offers": offers, "fallbacks": _fallbacks(house)}


@contextmanager
def _house(plan: Plan, classified: bool) -> Iterator[House]:
    prefix = f"load-{os.getpid()}-{int(classified)}"
    with tempfile.TemporaryDirectory() as folder, own_database(plan.postgres, prefix) as database:
        kafka = {"BOOTSTRAP": plan.bootstrap, "PREFIX": prefix, "GROUP": prefix} if plan.bootstrap else {}
        variables = {f"POINTSMAN_KAFKA_{name}": str(value) for name, value in kafka.items()}
        variables |= {"POINTSMAN_PACK": str(plan.bank.pack), "POINTSMAN_MODELS": str(plan.models)}
        if database is not None:
            variables["POINTSMAN_DATABASE_URL"] = database
        with House(Path(folder), variables) as house:
            house.run("migrate")
            house.serve(classified, plan.split)
            for role in ("consume", "relay") if kafka else ():
                house.start(role)
            yield house


@contextmanager
def _doors(plan: Plan, house: House) -> Iterator[list[Door]]:
    open_doors: list[Door] = []
    for name in plan.doors:
        prefix = house.variables.get("POINTSMAN_KAFKA_PREFIX", "")
        open_doors.append(RestDoor(house.base_url) if name == "rest" else KafkaDoor(str(plan.bootstrap), prefix))
    yield open_doors
    refused = sum(door.finish() for door in open_doors)
    if refused:
        raise RuntimeError(f"{refused} messages were refused")


def _backlog(plan: Plan, house: House) -> tuple[Figures, dict[str, float]]:
    people, before = People(house.base_url, working=False), house.use()
    with _doors(plan, house) as doors:
        due = send_at_once(doors, plan.bank.customers(), plan.backlog)
        complete = people.wait_for("conversation.triaged", due, PATIENCE_SECONDS)
    last = max(people.seen.of("conversation.triaged").values())
    seconds, after = last - min(due.values()), house.use()
    people.close()
    if not complete:
        raise RuntimeError("not every message was triaged")
    known = {"messages": len(due), "seconds": round(seconds, 2), "a_second": round(len(due) / seconds, 1)}
    return {**known, "busy": shares(before, after, seconds)}, due


def _stream(plan: Plan, house: House, people: People, rate: float) -> Figures:
    watched, began = [house.use()], time.monotonic()
    with _doors(plan, house) as doors, _watching(house, watched, LOOK_SECONDS):
        due = send_evenly(doors, plan.bank.customers(), rate, plan.seconds)
    seconds = time.monotonic() - began
    people.wait_for("offer.made", due, DRAIN_SECONDS)
    offered, asked = people.seen.of("offer.made"), people.seen.of("review.opened")
    waits = [offered[id] - at for id, at in due.items() if id in offered and id not in asked]
    counts = {
        "messages": len(due),
        "reviewed": sum(id in asked for id in due),
        "offered": len(waits),
        "refused": people.refused,
    }
    used = {"busy": shares(watched[0], watched[-1], seconds), "memory_mb": flatness(watched)}
    return {
        "rate": round(rate, 1),
        **counts,
        **latency(waits),
        **_on_the_way(people, due),
        "quarters": quarters(waits),
        **used,
    }


def _on_the_way(people: People, due: Mapping[str, float]) -> Figures:
    """How soon the two steps before an offer were heard of."""
    steps = {"received": "conversation.received", "triaged": "conversation.triaged"}
    heard = {name: people.seen.of(kind) for name, kind in steps.items()}
    return {name: latency([at[id] - due[id] for id in due if id in at]) for name, at in heard.items()}


@contextmanager
def _watching(house: House, watched: list[dict[str, Use]], seconds: float) -> Iterator[None]:
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(seconds):
            watched.append(house.use())

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    yield
    ended.set()
    watcher.join()
    watched.append(house.use())


if __name__ == "__main__":
    main()
