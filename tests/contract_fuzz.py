"""Requests drawn from the OpenAPI document, alone and in sequences, against a floor that moves on between them."""

import itertools
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable, UnsatisfiedAssumption
from rest_door import Door
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    missing_required_header,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
    use_after_free,
)

from routing.domain.errors import RoutingError

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    missing_required_header,
    unsupported_method,
    use_after_free,
    ignored_auth,
]
TOO_LARGE = 413
KINDS = {
    "conversation_id": "/v1/conversations",
    "review_id": "/v1/reviews",
    "offer_id": "/v1/cops/{cop}/offers",
    "assignment_id": "/v1/cops/{cop}/assignments",
}
COPS = ("ada", "ben", "cleo")
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
STEPS = 12


@dataclass
class Fuzz:
    """One door, what was asked of it, and what was wrong with the answers."""

    door: Door
    header: dict[str, str]
    seed: int
    asked: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    wrong: dict[str, str] = field(default_factory=dict)
    steps: int = 0
    lengths: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.schema = schemathesis.openapi.from_asgi("/openapi.json", self.door.app, headers=self.header)
        self._random = random.Random(self.seed)
        self._known: dict[str, list[str]] = {kind: [] for kind in KINDS}

    def run_for(self, seconds: float) -> None:
        """Rounds until the time is over; the last one is cut short."""
        ends, rounds = time.monotonic() + seconds, itertools.count()
        while time.monotonic() < ends:
            self.round(MODES[next(rounds) % 2], lambda: time.monotonic() > ends)

    def round(self, mode: GenerationMode, is_over: Callable[[], bool] = lambda: False, examples: int = 4) -> None:
        """Every operation by itself, then sequences of them."""
        self._move()
        for operation in (found.ok() for found in self.schema.get_all_operations()):
            self._alone(operation, mode, examples)
            if is_over():
                return
        self._sequences(examples)

    def _alone(self, operation: Any, mode: GenerationMode, examples: int) -> None:
        @self._settings(examples)
        @given(case=operation.as_strategy(generation_mode=mode))
        def one(case: Any) -> None:
            self._ask(case)

        self._noting(str(operation.label), one)

    def _sequences(self, examples: int) -> None:
        fuzz = self

        class Sequence(self.schema.as_state_machine()):  # type: ignore[misc]
            made = 0

            def before_call(self, case: Any) -> None:
                fuzz._aim(case)

            def get_call_kwargs(self, case: Any) -> dict[str, Any]:
                return {"headers": fuzz.header}

            def after_call(self, response: Any, case: Any) -> None:
                self.made += 1
                fuzz.steps += 1
                fuzz._count(response, case)

            def teardown(self) -> None:
                fuzz.lengths[self.made] += 1
                super().teardown()

            def validate_response(self, response: Any, case: Any, **given: Any) -> None:
                case.validate_response(response, checks=fuzz._checks(response, case), headers=fuzz.header)

        chosen = settings(self._settings(examples), stateful_step_count=STEPS)
        self._noting("sequences", lambda: Sequence.run(settings=chosen))

    def _settings(self, examples: int) -> settings:
        return settings(
            max_examples=examples,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        )

    def _noting(self, what: str, run: Callable[[], object]) -> None:
        """All that is wrong is gathered, so that one fault does not hide the next."""
        try:
            run()
        except (FailureGroup, AssertionError, ExceptionGroup) as error:
            self.wrong.setdefault(what, f"{error}"[:3_000])
        except (UnsatisfiedAssumption, Unsatisfiable):
            return  # nothing about this operation can be asked wrongly

    def _ask(self, case: Any) -> None:
        self._aim(case)
        response = case.call(headers=self.header)
        self._count(response, case)
        case.validate_response(response, checks=self._checks(response, case), headers=self.header)

    def _checks(self, response: Any, case: Any) -> list[Any]:
        """A wrong body must be refused. Wrong ids and headers are put right on the way, unknown queries are ignored."""
        only_body = _is_wrong(case, ParameterLocation.BODY) and not _is_wrong(case, ParameterLocation.QUERY)
        judged = only_body and response.status_code != TOO_LARGE
        return [*CHECKS, negative_data_rejection] if judged else CHECKS

    def _aim(self, case: Any) -> None:
        """Mostly at things that exist: an id drawn blindly would hardly ever be one. An event stream ends at once."""
        stopping = self.door.app.state.stopping
        stopping.set() if case.operation.path == "/v1/events" else stopping.clear()
        for name in case.path_parameters or {} if not _is_wrong(case, ParameterLocation.PATH) else {}:
            known = COPS if name == "cop_id" else self._known.get(name, ())
            if known and self._random.random() < 0.6:
                case.path_parameters[name] = self._random.choice(known)

    def _count(self, response: Any, case: Any) -> None:
        self.asked[str(case.operation.label)] += 1
        self.statuses[response.status_code] += 1
        if sum(self.asked.values()) % 25 == 0:
            self._move()

    def _move(self) -> None:
        """The floor goes on: messages are understood, offers made; then look what there is."""
        self.door.available(*COPS)
        for text in ("my card is gone card_lost", "unsure card_late"):
            self.door.client.post("/v1/conversations", json={"text": text, "market": "uk"}, headers=self.header)
        try:
            self.door.understand()
            self.door.match()
        except RoutingError:
            return  # what a hostile request left behind may be refused; only answers are judged here
        for kind, path in KINDS.items():
            found = [item["id"] for cop in COPS for item in self._items(path.format(cop=cop))]
            self._known[kind] = sorted(set(found))[-30:]

    def _items(self, path: str) -> list[dict[str, Any]]:
        reply = self.door.client.get(path, headers=self.header)
        return list(reply.json()["items"]) if reply.status_code == 200 else []

    def told(self) -> str:
        """What was asked, in a line."""
        many = f"{sum(self.asked.values())} requests over {len(self.asked)} operations"
        lengths = f"lengths {dict(sorted(self.lengths.items()))}"
        chained = f"{self.steps} of them in {sum(self.lengths.values())} sequences ({lengths})"
        return f"{many}, {chained}, seed {self.seed}, statuses {dict(sorted(self.statuses.items()))}"


def _is_wrong(case: Any, where: ParameterLocation) -> bool:
    return case.meta is not None and case.meta.is_negative_at(where)
