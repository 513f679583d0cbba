"""Brings a running service's floor to life: customers write, COps come, answer, decline and wrap up."""

import heapq
import itertools
import logging
import queue
import random
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx

from routing.domain.conversation import QUEUED, ConversationState
from routing.domain.cop import Presence
from routing.domain.events import EventKind
from routing.domain.pack import Pack
from simulation.behaviour import Answer, People
from simulation.floor_client import FloorClient, Json
from simulation.scenario import Scenario

log = logging.getLogger(__name__)
ROSTER_CHECK_SECONDS = 60.0
UNSKILLED_HANDOVER_SECONDS = 40.0
LONGEST_PAUSE_SECONDS = 0.2
Action = Callable[[], None]


class LiveFloor:
    """Everybody on the floor, driven by the service's events; a second start picks up from what REST says."""

    def __init__(
        self, client: FloorClient, pack: Pack, scenario: Scenario, now: Callable[[], datetime], speed: float = 1.0
    ) -> None:
        self._client, self._pack, self._scenario, self._now, self._speed = client, pack, scenario, now, speed
        self._people = People(pack, scenario, random.Random(f"{scenario.seed}:{now().isoformat()}"))
        self._due: list[tuple[datetime, int, Action]] = []
        self._order = itertools.count()
        self._heard: queue.Queue[Json] = queue.Queue()
        self._truth: dict[str, str | None] = {}
        self._on_break: dict[str, datetime] = {}

    def run(self, stop: threading.Event) -> None:
        """Live until told to stop."""
        last_seq = int(self._client.get("/v1/floor")["last_seq"])
        listener = threading.Thread(target=self._listen, args=(last_seq, stop), name="floor-listener", daemon=True)
        listener.start()
        self._staff_floor()
        self._pick_up_work()
        self._open_doors()
        while not stop.is_set():
            self._hear()
            self._act()
            stop.wait(min(LONGEST_PAUSE_SECONDS, self._seconds_to_next() / self._speed))

    def _listen(self, last_seq: int, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                for event in self._client.events(last_seq):
                    last_seq = int(event["seq"])
                    self._heard.put(event)
                    if stop.is_set():
                        return
            except (httpx.HTTPError, RuntimeError) as error:
                log.debug("event stream ended: %s", type(error).__name__)
                stop.wait(1.0)

    def _hear(self) -> None:
        while not self._heard.empty():
            event = self._heard.get_nowait()
            if event["kind"] == EventKind.OFFER_MADE:
                self._on_offer(event["data"]["offer_id"])
            elif event["kind"] == EventKind.REVIEW_OPENED:
                self._on_review(event["data"]["review_id"], event["conversation_id"])
            elif event["kind"] == EventKind.ASSIGNMENT_STARTED:
                data = event["data"]
                self._on_assignment(
                    data["assignment_id"], event["conversation_id"], event["cop_id"], data["issue_type"]
                )

    def _act(self) -> None:
        while self._due and self._due[0][0] <= self._now():
            _, _, action = heapq.heappop(self._due)
            try:
                action()
            except httpx.HTTPError as error:
                log.debug("an action failed: %s", type(error).__name__)

    def _seconds_to_next(self) -> float:
        if not self._due:
            return LONGEST_PAUSE_SECONDS
        return max(0.0, (self._due[0][0] - self._now()).total_seconds())

    def _after(self, seconds: float, action: Action) -> None:
        heapq.heappush(self._due, (self._now() + timedelta(seconds=seconds), next(self._order), action))

    def _open_doors(self) -> None:
        if not self._client.get("/v1/conversations?limit=1")["items"]:
            for _ in range(self._scenario.opening_backlog):
                self._write()
        self._after(self._people.gap_seconds(self._now()), self._arrive)

    def _arrive(self) -> None:
        self._after(self._people.gap_seconds(self._now()), self._arrive)
        self._write()

    def _write(self) -> None:
        need = self._people.need()
        body = {"market": need.market, "channel": need.channel, "text": need.text, "customer_id": need.customer_id}
        created = self._client.post("/v1/conversations", body)
        if created is None:
            return
        id = created["conversation_id"]
        self._truth[id] = need.issue_type
        self._wait(id)

    def _wait(self, conversation_id: str) -> None:
        self._after(self._people.patience_seconds(), lambda: self._leave(conversation_id))

    def _leave(self, conversation_id: str) -> None:
        # The service refuses while a COp is at work on it, or when it has ended: then nobody leaves.
        if self._client.post(f"/v1/conversations/{conversation_id}/abandon", {}) is not None:
            self._truth.pop(conversation_id, None)

    def _on_offer(self, offer_id: str) -> None:
        answer, delay = self._people.answer()
        if answer is Answer.ACCEPT:
            self._after(delay, lambda: self._tell(f"/v1/offers/{offer_id}/accept", {}))
        elif answer is Answer.DECLINE:
            self._after(
                delay, lambda: self._tell(f"/v1/offers/{offer_id}/decline", {"reason": "in the middle of a call"})
            )

    def _on_review(self, review_id: str, conversation_id: str) -> None:
        delay = self._people.review_delay_seconds()
        if delay is not None and conversation_id in self._truth:
            truth = self._truth[conversation_id]
            self._after(delay, lambda: self._decide(review_id, truth))

    def _decide(self, review_id: str, issue_type: str | None) -> None:
        # What somebody at the console holds is left to them.
        free = {item["id"] for item in self._client.items("/v1/reviews") if item["holder"] is None}
        if review_id in free:
            self._tell(f"/v1/reviews/{review_id}/verdict", {"issue_type": issue_type})

    def _on_assignment(self, assignment_id: str, conversation_id: str, cop_id: str, believed: str | None) -> None:
        truth = self._truth.pop(conversation_id, believed)
        path = f"/v1/assignments/{assignment_id}"
        known = truth if truth is not None and truth in self._pack.taxonomy.keys else None
        if known is not None and not self._can_help(cop_id, known):
            self._truth[conversation_id] = known
            body = {"reason": "needs another skill", "issue_type": known}
            self._after(UNSKILLED_HANDOVER_SECONDS, lambda: self._tell(f"{path}/transfer", body))
            return
        worked_on = known or believed or next(iter(self._pack.taxonomy.issue_types))
        seconds = self._people.handle_time_seconds(worked_on, cop_id)
        outcome: Json = {"disposition": "resolved" if known else "not_ours", "handle_time_seconds": round(seconds, 1)}
        if known is not None and known != believed:
            outcome["issue_type"] = known
        self._after(seconds, lambda: self._tell(f"{path}/wrap-up", outcome))

    def _can_help(self, cop_id: str, issue_type: str) -> bool:
        cop = next((cop for id, cop in self._pack.roster.items() if id == cop_id), None)
        return cop is not None and cop.skills.get(self._pack.taxonomy.get(issue_type).skill, 0.0) > 0

    def _tell(self, path: str, body: Json) -> None:
        self._client.post(path, body)

    def _staff_floor(self) -> None:
        self._after(ROSTER_CHECK_SECONDS, self._staff_floor)
        for view in self._client.items("/v1/cops"):
            wanted = self._wanted_presence(view)
            if wanted != view["status"]["presence"]:
                self._client.put(f"/v1/cops/{view['id']}/presence", {"presence": str(wanted)})

    def _wanted_presence(self, view: dict[str, Any]) -> Presence:
        if not view["on_shift"]:
            return Presence.OFFLINE
        back = self._on_break.get(view["id"])
        if back is not None and self._now() < back:
            return Presence.AWAY
        at_work = view["status"]["presence"] == Presence.AVAILABLE
        if at_work and self._people.takes_break(ROSTER_CHECK_SECONDS):
            self._on_break[view["id"]] = self._now() + timedelta(seconds=self._people.break_seconds())
            return Presence.AWAY
        return Presence.AVAILABLE

    def _pick_up_work(self) -> None:
        queued = "&".join(f"state={state}" for state in (*sorted(QUEUED), ConversationState.OFFERED))
        for waiting in self._client.items(f"/v1/conversations?{queued}"):
            self._wait(waiting["id"])
        for view in self._client.items("/v1/cops"):
            for offer in self._client.items(f"/v1/cops/{view['id']}/offers"):
                self._on_offer(offer["id"])
            for work in self._client.items(f"/v1/cops/{view['id']}/assignments"):
                self._on_assignment(work["id"], work["conversation_id"], work["cop_id"], work["issue_type"])
