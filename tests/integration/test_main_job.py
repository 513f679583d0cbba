"""The main job on real bank messages, in by Kafka and REST: understood, reviewed, matched, published, learnt."""

import csv
import json
import os
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import kafka_door
import pytest
from bank import Floor
from installation import Installation, installed
from installed_database import assert_balanced, read_books
from servers import processes
from small_pack import Families, Messages, write_pack

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]

REPOSITORY = Path(__file__).resolve().parents[2]
BANKING77 = Path(os.environ.get("POINTSMAN_DATA", REPOSITORY.parent / "shared" / "data")) / "banking77" / "train.csv"
FAMILIES = {
    "cards": ("card_arrival", "card_delivery_estimate", "card_swallowed", "lost_or_stolen_card"),
    "cash": (
        "declined_cash_withdrawal",
        "cash_withdrawal_charge",
        "pending_cash_withdrawal",
        "wrong_amount_of_cash_received",
    ),
    "transfers": ("transfer_timing", "pending_transfer", "failed_transfer", "balance_not_updated_after_bank_transfer"),
}
COPS = ("anna", "ben", "cleo", "dev")
TAUGHT, JUDGED, STREAMED, LATER = 10, 6, 4, 35
PATIENCE_SECONDS = 300.0


@dataclass
class Job:
    """What goes in, and what the customers really meant: conversation id -> text, and -> issue type."""

    by_kafka: dict[str, str] = field(default_factory=dict)
    by_rest: dict[str, str] = field(default_factory=dict)
    truth: dict[str, str] = field(default_factory=dict)
    reviews: list[str] = field(default_factory=list)

    @property
    def size(self) -> int:
        return len(self.by_kafka) + len(self.by_rest)


@dataclass
class Messages77:
    """Real messages of a dozen categories, cut into what is taught, judged, streamed and taught later."""

    families: Families
    streamed: list[tuple[str, str]]
    later: list[tuple[str, str]]


@pytest.fixture(scope="module")
def messages() -> Messages77:
    if not BANKING77.is_file():
        pytest.skip(f"no banking77 messages at {BANKING77}; set POINTSMAN_DATA to the folder that holds banking77")
    by_category: dict[str, list[str]] = defaultdict(list)
    with BANKING77.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            by_category[row["category"]].append(row["text"].strip())
    unique = {key: list(dict.fromkeys(texts)) for key, texts in by_category.items()}
    cut = {key: _cut(unique[key]) for keys in FAMILIES.values() for key in keys}
    return Messages77(
        {family: {key: cut[key][0] for key in keys} for family, keys in FAMILIES.items()},
        [(streamed[turn], key) for turn in range(STREAMED) for key, (_, streamed, _) in cut.items()],
        [(text, key) for key, (_, _, later) in cut.items() for text in later],
    )


def _cut(texts: list[str]) -> tuple[Messages, list[str], list[str]]:
    # From all over the file: neighbours there are often rewordings of each other.
    spread = [text for start in range(7) for text in texts[start::7]]
    taught, judged = spread[:TAUGHT], spread[TAUGHT : TAUGHT + JUDGED]
    streamed = spread[TAUGHT + JUDGED : TAUGHT + JUDGED + STREAMED]
    return Messages(taught, judged), streamed, spread[TAUGHT + JUDGED + STREAMED :][:LATER]


@pytest.fixture
def home(
    tmp_path: Path, messages: Messages77, postgres_database: Callable[[], str], kafka_bootstrap: str
) -> Iterator[Installation]:
    """An installation on PostgreSQL and Kafka, migrated, its first model trained."""
    pack = write_pack(tmp_path / "pack", messages.families, COPS)
    prefix = f"job-{uuid.uuid4().hex[:8]}"
    variables = {
        "POINTSMAN_PACK": str(pack),
        "POINTSMAN_DATABASE_URL": postgres_database(),
        "POINTSMAN_KAFKA_BOOTSTRAP": kafka_bootstrap,
        "POINTSMAN_KAFKA_PREFIX": prefix,
        "POINTSMAN_KAFKA_GROUP": prefix,
    }
    with installed(tmp_path / "home", variables) as installation:
        installation.run("migrate")
        installation.run_here("train")
        yield installation


def test_real_messages_go_through_kafka_and_rest_to_cops_and_what_people_decide_is_learnt(
    home: Installation, messages: Messages77, tmp_path: Path
):
    home.start("consume")
    home.start("relay")
    home.serve()
    with home.client() as client:
        floor = Floor(client)
        first_model = floor.post("/v1/triage", {"text": messages.streamed[0][0]}).json()["model_version"]
        job = _stream(home, floor, messages)
        _work_until_done(floor, job)
        _assert_understood(floor, job, first_model)
        _assert_balanced_and_published(home, job, first_model)
        outcome = _retrain(home, messages, tmp_path)
        assert outcome["previous"] == first_model
        assert outcome["labels"] >= len(job.reviews) > 0
        _assert_swapped(floor, messages, outcome)
    assert "Traceback" not in "".join(home.log(role).read_text() for role in ("serve", "consume", "relay"))


def _stream(home: Installation, floor: Floor, messages: Messages77) -> Job:
    """Half through Kafka, half through REST; the COps come in by both doors."""
    job = Job()
    for number, (text, key) in enumerate(messages.streamed):
        door = job.by_rest if number % 2 else job.by_kafka
        door[f"c-{number}"] = text
        job.truth[f"c-{number}"] = key
    bootstrap, prefix = _kafka(home)
    _wait(lambda: kafka_door.topics_exist(bootstrap, prefix), "topics")
    kafka_door.send_presence(bootstrap, prefix, COPS[:2], "available")
    for cop in COPS[2:]:
        floor.put_presence(cop, "available")
    kafka_door.send_messages(bootstrap, prefix, job.by_kafka)
    for id, text in job.by_rest.items():
        assert floor.write(text, id).status_code == 201
    return job


def _work_until_done(floor: Floor, job: Job) -> None:
    def step() -> bool:
        job.reviews += floor.decide_all(job.truth)
        floor.accept_all()
        floor.wrap_up_all(job.truth)
        states = floor.states()
        return len(states) == job.size and set(states.values()) == {"closed"}

    _wait(step, "every conversation closed")


def _assert_understood(floor: Floor, job: Job, model: str) -> None:
    """Every conversation ends under its true type, says which model read it, and why it went to its COp."""
    right = 0
    for id, truth in job.truth.items():
        account = floor.get(f"/v1/conversations/{id}/explanation")
        assert account["why_issue_type"]["issue_type"] == truth
        triage = account["why_issue_type"]["triage"]
        assert triage["model_version"] == model
        right += triage["issue_type"] == truth
        assert account["why_cop"]["why"]["terms"], "the cost terms say why this COp"
    assert right / job.size > 0.6, "chance would be right on one in twelve"
    assert {cop["status"]["presence"] for cop in floor.items("/v1/cops")} == {"available"}


def _assert_balanced_and_published(home: Installation, job: Job, model: str) -> None:
    url = home.variables["POINTSMAN_DATABASE_URL"]
    _wait(lambda: read_books(url).unpublished == 0, "an empty outbox")
    books = read_books(url)
    assert_balanced(books)
    assert set(books.states) == set(job.truth)
    topics = kafka_door.published(*_kafka(home))
    for id in job.truth:
        _assert_life_of_one(id, topics, model)
    decided = {event["data"]["review_id"] for event in topics["reviews"] if event["type"].endswith("decided.v1")}
    assert decided == set(job.reviews)


def _assert_life_of_one(id: str, topics: dict[str, list[dict[str, Any]]], model: str) -> None:
    """Its events are in order within each topic, and make one life when merged."""
    own = {name: [event for event in events if event["key"] == id] for name, events in topics.items()}
    for events in own.values():
        assert [event["sequence"] for event in events] == sorted(event["sequence"] for event in events)
    assert [event["data"]["model_version"] for event in own["triage"]] == [model]
    life = sorted((event for events in own.values() for event in events), key=lambda event: event["sequence"])
    kinds = [event["type"].removeprefix("pointsman.").removesuffix(".v1") for event in life]
    assert kinds[0] == "conversation.triaged"
    assert kinds[-3:] == ["offer.accepted", "assignment.started", "assignment.wrapped_up"]
    assert kinds.count("assignment.started") == 1


def _retrain(home: Installation, messages: Messages77, folder: Path) -> dict[str, Any]:
    data = folder / "more.csv"
    with data.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "category"), *messages.later, ("no such type", "not_in_the_pack")])
    done = home.run("train", "--with-feedback", "--data", data, "--json")
    outcome: dict[str, Any] = json.loads(done.stdout)
    assert "1 rows were not used" in done.stderr
    assert outcome["swapped"], json.dumps(outcome)
    assert outcome["accuracy"] >= outcome["accuracy_before"]
    return outcome


def _assert_swapped(floor: Floor, messages: Messages77, outcome: dict[str, Any]) -> None:
    """The running service takes the new model up by itself; what was decided before keeps its own."""
    text = messages.streamed[0][0]
    _wait(lambda: floor.post("/v1/triage", {"text": text}).json()["model_version"] == outcome["version"], "the swap")
    created = floor.write("Where is my new card?", "after-the-swap")
    assert created.status_code == 201
    _wait(lambda: _triage_of(floor, "after-the-swap") is not None, "a triage")
    assert _triage_of(floor, "after-the-swap")["model_version"] == outcome["version"]  # type: ignore[index]
    assert _triage_of(floor, "c-0")["model_version"] == outcome["previous"]  # type: ignore[index]


def _triage_of(floor: Floor, id: str) -> dict[str, Any] | None:
    found: dict[str, Any] | None = floor.get(f"/v1/conversations/{id}")["triage"]
    return found


def _kafka(home: Installation) -> tuple[str, str]:
    return home.variables["POINTSMAN_KAFKA_BOOTSTRAP"], home.variables["POINTSMAN_KAFKA_PREFIX"]


def _wait(reached: Callable[[], bool], what: str) -> None:
    processes.wait_until(reached, what, PATIENCE_SECONDS)
