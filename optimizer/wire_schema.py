"""The shape of a snapshot file, field by field: what each may be, and the description its JSON Schema gives."""

from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, create_model

from optimizer import problem
from optimizer.parameters import PRIORITIES, MatchingParameters, ranges
from optimizer.side.limit import MOST, LimitKind
from optimizer.side.practice import MOST_PRACTICE
from optimizer.steering import LARGEST_BETWEEN, LARGEST_CHEAPEST, LARGEST_PRICE, LARGEST_RESERVE

Name = Annotated[str, Field(min_length=1, max_length=200)]
Share = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(ge=0, le=problem.LONGEST_SECONDS)]
Slots = Annotated[int, Field(ge=0, le=problem.MOST_SLOTS)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True)


class CandidateFile(_Strict):
    """One issue type the conversation may be about, from its triage."""

    issue_type: Name
    probability: Annotated[float, Field(gt=0, le=1)]


class ConversationFile(_Strict):
    """One conversation nobody works on yet."""

    id: Name
    candidates: Annotated[list[CandidateFile], Field(min_length=1)]
    market: Name
    language: Name
    channel: Name
    priority: Annotated[int, Field(ge=1, le=PRIORITIES, description="1 is the most urgent")]
    waiting_seconds: Seconds
    target_seconds: Annotated[float, Field(ge=problem.SHORTEST_TARGET_SECONDS, le=problem.LONGEST_SECONDS)]
    vulnerable: bool = False
    fraud: bool = False
    last_cop_id: Name | None = None
    excluded_cop_ids: list[Name] = []
    forbidden_cop_ids: Annotated[list[Name], Field(description="COps who must never be given it")] = []
    least_proficiency: Annotated[
        float | None, Field(gt=0, le=1, description="asked for instead of the parameters' min_proficiency")
    ] = None
    all_candidates: Annotated[
        list[CandidateFile], Field(description="by which limits count it, where not all are among the candidates")
    ] = []


class CopFile(_Strict):
    """One COp now."""

    id: Name
    skills: Annotated[dict[Name, Share], Field(description="proficiency by skill")]
    languages: Annotated[dict[Name, Share], Field(description="proficiency by language")]
    markets: list[Name]
    free: Annotated[dict[Name, Slots], Field(description="free slots by channel")]
    load: Annotated[Slots, Field(description="units of work held now")]
    available: Annotated[bool, Field(description="present and on shift")]
    seconds_to_shift_end: Annotated[float, Field(le=problem.LONGEST_SECONDS)] | None = None
    attempt_seconds: Annotated[
        dict[Name, Annotated[float, Field(ge=-problem.LONGEST_SECONDS, le=problem.LONGEST_SECONDS)]],
        Field(description="software only: by issue type, what its attempt costs beyond a COp's usual work"),
    ] = {}
    idle_seconds: Annotated[Seconds, Field(description="since they were last given or finished something")] = 0.0


class IssueTypeFile(_Strict):
    """What the matcher needs of one issue type."""

    key: Name
    skill: Name
    handle_time_seconds: Annotated[float, Field(ge=1, le=problem.LONGEST_SECONDS)]


class HandleTimeFile(_Strict):
    """What wrap-ups have taught about one COp on one issue type."""

    issue_type: Name
    cop_id: Name
    count: Annotated[int, Field(ge=0, le=10**12)]
    mean_log_seconds: Annotated[float, Field(ge=0, le=problem.MOST_LOG_SECONDS)]
    var_log_seconds: Annotated[float, Field(ge=0, le=problem.MOST_LOG_VARIANCE)]


class LimitFile(_Strict):
    """How many conversations some COps may be given in this tick, all together."""

    name: Name
    cop_ids: list[Name]
    most: Annotated[int, Field(ge=0, le=MOST)]
    issue_types: Annotated[list[Name] | None, Field(description="what it counts; null: everything")] = None
    kind: Annotated[LimitKind, Field(description="all but a quota spare fraud and vulnerable customers")] = (
        LimitKind.QUOTA
    )


class PracticeFile(_Strict):
    """How many more conversations of what they learn a COp should be given, where there are some."""

    name: Name
    cop_id: Name
    least: Annotated[int, Field(ge=0, le=MOST_PRACTICE)]
    issue_types: Annotated[list[Name], Field(min_length=1, description="what they learn by it")]


class CheapestFile(_Strict):
    """The least that serving one kind of conversation costs, over the group's able COps."""

    issue_type: Name
    market: Name
    language: Name
    seconds: Annotated[float, Field(ge=0, le=LARGEST_CHEAPEST, description="price x expected handle time")]


class BetweenFile(_Strict):
    """How often a slot of somebody able to serve one kind of conversation comes free."""

    issue_type: Name
    market: Name
    language: Name
    seconds: Annotated[float, Field(ge=0, le=LARGEST_BETWEEN)]


class SteeringFile(_Strict):
    """Prices of scarce time; without them a tick is unpriced."""

    at: Annotated[AwareDatetime, Field(description="when they were worked out, with an offset")]
    version: Annotated[str, Field(max_length=200, description="what they were worked out from")] = ""
    occupancy: Annotated[Share, Field(description="share of the floor's slots in use, smoothed")]
    trust: Annotated[Share, Field(description="how far they are believed; less than 1 on small floors")] = 1.0
    cop_prices: Annotated[
        dict[Name, Annotated[float, Field(ge=0, le=LARGEST_PRICE)]],
        Field(description="by COp: seconds of time to spare that a second of theirs is worth"),
    ]
    cheapest: list[CheapestFile]
    cop_reserves: Annotated[
        dict[Name, Annotated[float, Field(ge=0, le=LARGEST_RESERVE)]],
        Field(description="by COp: weighted seconds the fast lane may lose by a slot of theirs being taken"),
    ] = {}
    seconds_between: list[BetweenFile] = []


def _parameters_model() -> type[BaseModel]:
    fields: dict[str, Any] = {}
    for name, default in _defaults().items():
        allowed = ranges()[name]
        number = Annotated[float, Field(ge=allowed.low, le=allowed.high)]
        about = f"{allowed.meaning} ({allowed.unit})"
        kind: Any = number
        if isinstance(default, list):
            kind = Annotated[list[number], Field(min_length=len(default), max_length=len(default))]
        fields[name] = (kind, Field(default=default, description=about))
    return create_model("ParametersFile", __base__=_Strict, __doc__="Weights, thresholds, limits.", **fields)


def _defaults() -> dict[str, Any]:
    default = MatchingParameters()
    values = {name: getattr(default, name) for name in ranges()}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


ParametersFile = _parameters_model()


class SnapshotFile(_Strict):
    """Everything one tick decides on."""

    at: Annotated[AwareDatetime, Field(description="when the snapshot was taken, with an offset")]
    conversations: list[ConversationFile]
    cops: list[CopFile]
    issue_types: list[IssueTypeFile]
    handle_times: list[HandleTimeFile] = []
    parameters: ParametersFile = ParametersFile()  # type: ignore[valid-type]
    steering: SteeringFile | None = None
    limits: list[LimitFile] = []
    practices: list[PracticeFile] = []
