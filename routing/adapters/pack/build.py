"""Turns validated files into the domain's pack."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, time, timedelta
from itertools import chain
from typing import Any

from routing.adapters.pack.experiments import experiment_of
from routing.adapters.pack.keeping import retention_of
from routing.adapters.pack.schema import FloorFile, OutsideFile, PolicyFile, Table, TaxonomyFile
from routing.adapters.pack.schema.limits import HardCasesTable
from routing.adapters.pack.schema.markets import MarketTable, OverflowTable
from routing.adapters.pack.schema.roster import AgentTable, CopTable, ShiftTable
from routing.adapters.pack.schema.taxonomy import IssueTypeTable
from routing.adapters.pack.values import DAYS, minute_of
from routing.domain.cop import Channel, Cop, CopId, Shift
from routing.domain.experiment import Experiment
from routing.domain.issue import Family, IssueType, Taxonomy
from routing.domain.limits import Conflict, HardCases, LimitRules, Quota
from routing.domain.market import Market, OpeningHours
from routing.domain.overflow import OutsideHours, Overflow
from routing.domain.pack import LabelledMessage, Pack
from routing.domain.practice import Practice
from routing.domain.service_level import ServiceTarget
from routing.domain.software import Software

VERSION_LENGTH = 12
SOFTWARE_TEAM = "software"
NO_POLICIES: Mapping[str, PolicyFile] = {}


def build_pack(files: Sequence[Table], policies: Mapping[str, PolicyFile] = NO_POLICIES) -> Pack:
    """The pack these files hold: all taxonomy files, the floor, the outside file if there is one, and policies."""
    taxonomies = sorted((f for f in files if isinstance(f, TaxonomyFile)), key=lambda f: f.family.key)
    floors = [f for f in files if isinstance(f, FloorFile)]
    outside = [table for f in files if isinstance(f, OutsideFile) for table in f.outside]
    said = [*taxonomies, *floors, *(f for f in files if isinstance(f, OutsideFile))]
    version = version_of(said, policies)
    taxonomy = _taxonomy(taxonomies, version)
    markets = {table.key: market_of(table) for floor in floors for table in floor.market}
    return Pack(
        version=version,
        taxonomy=taxonomy,
        markets=markets,
        roster=_roster(taxonomies, floors),
        training_examples=_labelled((t.key, t.examples) for t in _issue_types(taxonomies)),
        held_out_examples=_labelled((t.key, t.held_out) for t in _issue_types(taxonomies)),
        outside_calibration=tuple(chain.from_iterable(table.calibration for table in outside)),
        outside_held_out=tuple(chain.from_iterable(table.held_out for table in outside)),
        limits=_limits(floors, taxonomy),
        overflow=_overflow([floor.overflow for floor in floors if floor.overflow is not None]),
        experiment=_experiment(floors, policies, markets),
        retention=retention_of(floors),
    )


def version_of(files: Iterable[Table], policies: Mapping[str, PolicyFile] = NO_POLICIES) -> str:
    """A digest of what the files say; comments, spacing and names of files but policies do not change it."""
    said = [_said(file.model_dump()) for file in files]
    said += [[name, policies[name].model_dump(mode="json")] for name in sorted(policies)]
    content = json.dumps(said, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()[:VERSION_LENGTH]


_LATER_FIELDS = frozenset(
    {
        "overflow",
        "holidays",
        "backups",
        "quota",
        "hard_cases",
        "conflict",
        "learning",
        "practice",
        "agent",
        "experiment",
        "retention",
    }
)
"""Fields that came after the first release: unused, they leave a pack's version what it was."""


def _said(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _said(item) for key, item in value.items() if item or key not in _LATER_FIELDS}
    return [_said(item) for item in value] if isinstance(value, list) else value


def _issue_types(files: Iterable[TaxonomyFile]) -> list[IssueTypeTable]:
    return [table for file in files for table in file.issue_type]


def _taxonomy(files: Sequence[TaxonomyFile], version: str) -> Taxonomy:
    types = {table.key: _issue_type(table, file.family.key) for file in files for table in file.issue_type}
    families = {file.family.key: Family(file.family.key, file.family.name) for file in files}
    return Taxonomy(version, types, families)


def _issue_type(table: IssueTypeTable, family: str) -> IssueType:
    return IssueType(
        key=table.key,
        name=table.name,
        description=table.description,
        family=family,
        skill=table.skill,
        priority=table.priority,
        service_target=ServiceTarget(table.service_target.share, table.service_target.seconds),
        handle_time_seconds=table.handle_time_seconds,
        vulnerable=table.vulnerable,
        fraud=table.fraud,
    )


def market_of(table: MarketTable) -> Market:
    """One market."""
    opening = table.opening
    hours = OpeningHours(_weekdays(opening.days), minute_of(opening.start), minute_of(opening.end))
    return Market(
        key=table.key,
        name=table.name,
        languages=tuple(table.languages),
        time_zone=table.time_zone,
        matching_group=table.matching_group,
        opening=hours,
        holidays=frozenset(date.fromisoformat(day) for day in table.holidays),
        backups=tuple(table.backups),
    )


def _overflow(tables: Sequence[OverflowTable]) -> Overflow:
    if not tables:
        return Overflow()
    values = tables[0].model_dump()
    return Overflow(**{**values, "outside_hours": OutsideHours(values["outside_hours"])})


def _limits(floors: Sequence[FloorFile], taxonomy: Taxonomy) -> LimitRules:
    hard = next((floor.hard_cases for floor in floors if floor.hard_cases is not None), None)
    quotas = [Quota(t.name, frozenset(t.teams), t.most, _some(t.issue_types)) for floor in floors for t in floor.quota]
    conflicts = [
        Conflict(frozenset(t.customers), frozenset(map(CopId, t.cops))) for floor in floors for t in floor.conflict
    ]
    learning = {CopId(cop.id): dict(cop.learning) for floor in floors for cop in floor.cop if cop.learning}
    practices = tuple(_practices(floors, taxonomy))
    shares = None if hard is None else _hard_cases(hard)
    return LimitRules(tuple(quotas), shares, learning or None, tuple(conflicts), practices)


def _practices(floors: Sequence[FloorFile], taxonomy: Taxonomy) -> Iterator[Practice]:
    for cop in (cop for floor in floors for cop in floor.cop):
        for topic, least in cop.practice.items():
            # An issue type may be called as its family is: then the key means the issue type.
            family = frozenset(each.key for each in taxonomy.issue_types.values() if each.family == topic)
            types = frozenset({topic}) if topic in taxonomy.keys else family
            yield Practice(CopId(cop.id), topic, least, types)


def _experiment(
    floors: Sequence[FloorFile], policies: Mapping[str, PolicyFile], markets: Mapping[str, Market]
) -> Experiment | None:
    table = next((floor.experiment for floor in floors if floor.experiment is not None), None)
    groups = {key: market.matching_group for key, market in markets.items()}
    return None if table is None else experiment_of(table, policies, groups)


def _some(keys: Iterable[str] | None) -> frozenset[str] | None:
    return None if keys is None else frozenset(keys)


def _hard_cases(table: HardCasesTable) -> HardCases:
    return HardCases(frozenset(table.issue_types), table.share, timedelta(hours=table.window_hours))


def cop_of(table: CopTable) -> Cop:
    """One COp of the roster."""
    return Cop(
        id=CopId(table.id),
        name=table.name,
        team=table.team,
        markets=frozenset(table.markets),
        languages=dict(table.languages),
        skills=dict(table.skills),
        capacity={channel: getattr(table.capacity, channel.value) for channel in Channel},
        shift=_shift(table.shift),
    )


def _roster(taxonomies: Sequence[TaxonomyFile], floors: Sequence[FloorFile]) -> dict[CopId, Cop]:
    skills = {table.key: table.skill for table in _issue_types(taxonomies)}
    people = {CopId(table.id): cop_of(table) for floor in floors for table in floor.cop}
    return people | {CopId(table.id): agent_of(table, skills) for floor in floors for table in floor.agent}


def agent_of(table: AgentTable, skills: Mapping[str, str]) -> Cop:
    """Software is there round the clock, once it says so; what it may attempt bounds it more than its skills."""
    return Cop(
        id=CopId(table.id),
        name=table.name,
        team=SOFTWARE_TEAM,
        markets=frozenset(table.markets),
        languages=dict.fromkeys(table.languages, 1.0),
        skills={skills[key]: 1.0 for key in table.success if key in skills},
        capacity={channel: getattr(table.capacity, channel.value) for channel in Channel},
        shift=Shift(frozenset(range(7)), time(0), time(0), "UTC"),
        software=Software(
            success=dict(table.success),
            handle_time_seconds=table.handle_time_seconds,
            failure_cost_seconds=table.failure_cost_seconds,
            least_certainty=table.least_certainty,
        ),
    )


def _shift(table: ShiftTable) -> Shift:
    return Shift(_weekdays(table.days), _time(table.start), _time(table.end), table.time_zone)


def _time(clock: str) -> time:
    """24:00 becomes midnight, which as an end lies on the next day."""
    hours, minutes = divmod(minute_of(clock), 60)
    return time(hours % 24, minutes)


def _weekdays(days: Iterable[str]) -> frozenset[int]:
    return frozenset(DAYS.index(day) for day in days)


def _labelled(groups: Iterable[tuple[str, list[str]]]) -> tuple[LabelledMessage, ...]:
    return tuple((text, key) for key, texts in groups for text in texts)
