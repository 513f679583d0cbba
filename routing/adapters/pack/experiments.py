"""Experiments of a pack: what they may name, and what they become."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from routing.adapters.pack.declared import Declared, Entry
from routing.adapters.pack.errors import PackError, clipped, shown
from routing.adapters.pack.places import path_of
from routing.adapters.pack.reading import Document
from routing.adapters.pack.schema import FileKind, PolicyFile
from routing.adapters.pack.schema.experiment import ExperimentTable
from routing.adapters.pack.values import instant_of
from routing.domain.experiment import IN_FORCE, Arm, ArmPolicy, Experiment, Way

RESERVED = (IN_FORCE, Way.GREEDY.value, Way.LONGEST_IDLE.value)
"""Policies that need no file."""


def experiment_of(table: ExperimentTable, policies: Mapping[str, PolicyFile], groups: Mapping[str, str]) -> Experiment:
    """The experiment a table says; `groups`: market -> matching group."""
    return Experiment(
        name=table.name,
        seed=table.seed,
        block_minutes=table.block_minutes,
        settling_minutes=table.settling_minutes,
        groups=None if table.markets is None else frozenset(groups[key] for key in table.markets),
        starts_at=instant_of(table.start),
        ends_at=instant_of(table.end),
        arms={Arm.A: _arm(table.baseline, policies), Arm.B: _arm(table.candidate, policies)},
        spares_fast_lane=table.fast_lane == "exempt",
    )


def _arm(name: str, policies: Mapping[str, PolicyFile]) -> ArmPolicy:
    if name == IN_FORCE:
        return ArmPolicy()
    if name in RESERVED:
        return ArmPolicy(name, Way(name))
    return ArmPolicy(name, Way.POLICY, policies[name].model_dump())


def experiments_compare_known_policies(declared: Declared) -> Iterator[PackError]:
    """An arm goes by the policy in force, by a plain rule, or by a policy file of the pack."""
    names = sorted(document.name for document in declared.policies)
    for experiment in declared.experiments:
        for field in ("baseline", "candidate"):
            name = experiment.text(field)
            if name is None or name in RESERVED or name in names or not declared.knows(FileKind.POLICY):
                continue
            files = ", ".join(names) or f"none there; write policies/{clipped(name)}.toml"
            yield _finding(experiment, (field,), name, f"{', '.join(RESERVED)}, or a file of policies/: {files}")


def policy_files_are_policies(declared: Declared) -> Iterator[PackError]:
    """Every value of a policy file is one that matching knows, and within its range."""
    from optimizer.errors import ParametersInvalid
    from optimizer.policy import policy_from

    for document in declared.policies:
        if document.name in RESERVED:
            yield PackError(document.file, "", shown(document.name), f"another name than {', '.join(RESERVED)}")
        try:
            policy_from(_tables_of(document))
        except ParametersInvalid as error:
            for fault in error.faults:
                yield PackError(document.file, fault.path, clipped(fault.value), fault.allowed)


def _tables_of(document: Document) -> dict[str, Any]:
    """Its tables; whatever else is there does not have the shape of a policy file, which is told elsewhere."""
    return {name: table for name in ("matching", "pricing") if isinstance(table := document.data.get(name), dict)}


def experiments_switch_whole_groups(declared: Declared) -> Iterator[PackError]:
    """Markets that share COps touch one another: they take part together or not at all."""
    groups = {key: market.text("matching_group") for market in declared.markets if (key := market.text("key"))}
    for experiment in declared.experiments:
        named = {key for _, key in experiment.texts("markets")}
        for position, key in experiment.texts("markets"):
            if groups and key not in groups:
                allowed = "a market of this file: " + ", ".join(sorted(groups))
                yield _finding(experiment, ("markets", position), key, allowed)
                continue
            missing = sorted(
                other for other, group in groups.items() if group == groups.get(key) and other not in named
            )
            if missing:
                allowed = f"its matching group as a whole, which has {', '.join(missing)} too"
                yield _finding(experiment, ("markets", position), key, allowed)


def _finding(entry: Entry, steps: tuple[str | int, ...], value: object, allowed: str) -> PackError:
    path = path_of(entry.document.data, (entry.table, *steps))
    return PackError(entry.document.file, path, shown(value), allowed)


EXPERIMENT_RULES: tuple[Callable[[Declared], Iterable[PackError]], ...] = (
    policy_files_are_policies,
    experiments_compare_known_policies,
    experiments_switch_whole_groups,
)
