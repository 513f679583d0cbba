"""Adding, retiring, merging and splitting issue types: a model of other types from the rows it keeps, and a preview."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from encoders.classifier import IntentClassifier, Knowledge
from encoders.errors import IssueTypeExists, TaxonomyChangeError, TooFewIssueTypes, UnknownIssueType
from encoders.training.changes import NEW, Draft, NewType, joined, keys_of, new_rows
from encoders.training.dealing import deal
from encoders.training.described import TypeDescription
from encoders.training.hygiene import message_hashes
from encoders.training.judging import measured
from encoders.training.refitting import Refitted, refitted
from encoders.training.taxonomy_preview import Preview, previewed

__all__ = ["Changed", "Means", "NewType", "Preview", "Unsure", "add", "merge", "retire", "split"]

_NO_TYPE = ""
_DESCRIBED_WEIGHT = 1.0


class Unsure(StrEnum):
    """What becomes of rows that a split cannot tell apart."""

    LIKELIEST = "likeliest"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class Means:
    """`outside`: messages about none of the types, where the gate counts them; `at`: when, for the model's record."""

    outside: tuple[str, ...] = ()
    threads: int = 1
    seed: int = 0
    at: str | None = None


_PLAIN = Means()


@dataclass(frozen=True, slots=True)
class Changed:
    """The classifier after the change, and what the change does."""

    classifier: IntentClassifier
    preview: Preview


def add(classifier: IntentClassifier, key: str, new: NewType, means: Means = _PLAIN) -> Changed:
    """One type more, from a description alone or from messages too; a message that is another type's row moves.

    Raises `IssueTypeExists` for a key of the model's.
    """
    _require_new(classifier, [key])
    return _changed(classifier, _Plan("add", (key,), keys_of(classifier), {key: new}), means)


def retire(classifier: IntentClassifier, key: str, into: str | None = None, means: Means = _PLAIN) -> Changed:
    """One type fewer: its rows go, or become those of the type `into`.

    Raises `UnknownIssueType`, and `TooFewIssueTypes` where only one type would be left.
    """
    _require_known(classifier, [key, *([] if into is None else [into])])
    if into == key:
        raise TaxonomyChangeError(f"issue type {key!r} cannot be retired into itself")
    keys = keys_of(classifier).astype(object)
    keys[keys == key] = _NO_TYPE if into is None else into
    named = (key,) if into is None else (key, into)
    return _changed(classifier, _Plan("retire", named, keys, {}, gone={key}), means)


def merge(
    classifier: IntentClassifier, keys: Sequence[str], into: str, new: NewType | None = None, means: Means = _PLAIN
) -> Changed:
    """Several types as one, under the key of one of them or a new one; `new` says what it is about.

    Raises `UnknownIssueType`, `IssueTypeExists` where `into` is a type that is not merged, and `TooFewIssueTypes`.
    """
    _require_known(classifier, keys)
    if len(set(keys)) < 2:
        raise TooFewIssueTypes(f"merging needs two issue types; {len(set(keys))} is named")
    if into not in keys:
        _require_new(classifier, [into])
    rows = keys_of(classifier).astype(object)
    rows[np.isin(rows.astype(str), keys)] = into
    families = classifier.knowledge.families
    found = {families.get(key, "") for key in ([into] if into in families else keys)}
    described = new or NewType(TypeDescription(into))
    made = {into: described if described.family else replace(described, family=min(found) if len(found) == 1 else "")}
    plan = _Plan("merge", tuple(dict.fromkeys([*keys, into])), rows, made, gone={key for key in keys if key != into})
    return _changed(classifier, plan, means)


def split(
    classifier: IntentClassifier,
    key: str,
    into: Mapping[str, NewType],
    means: Means = _PLAIN,
    unsure: Unsure = Unsure.LIKELIEST,
) -> Changed:
    """One type as several: its rows are dealt by likeness to descriptions and examples, and prove nothing.

    One of the new types may keep the old key. Raises `UnknownIssueType`, `IssueTypeExists`, and `TooFewIssueTypes`.
    """
    _require_known(classifier, [key])
    _require_new(classifier, [name for name in into if name != key])
    if len(into) < 2:
        raise TooFewIssueTypes(f"splitting {key!r} needs two new issue types; {len(into)} is given")
    keys = keys_of(classifier).astype(object)
    own = np.flatnonzero(keys == key)
    dealt = deal(classifier.knowledge.lessons.embeddings[own], into, classifier.encoder)
    keys[own] = np.array(list(into), dtype=object)[dealt.choice]
    if unsure is Unsure.DROP:
        keys[own[dealt.unsure]] = _NO_TYPE
    family = classifier.knowledge.families.get(key, "")
    made = {name: new if new.family else replace(new, family=family) for name, new in into.items()}
    named = tuple(dict.fromkeys([key, *into]))
    plan = _Plan("split", named, keys, made, gone={key} - set(into), dealt=own, unsure=own[dealt.unsure])
    return _changed(classifier, plan, means)


def _no_rows() -> NDArray[np.int64]:
    return np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class _Plan:
    """`keys` (n,) the type that each old row is to have, empty for none; `made`: what is known of new types."""

    what: str
    named: tuple[str, ...]
    keys: NDArray[Any]
    made: Mapping[str, NewType]
    gone: Collection[str] = ()
    dealt: NDArray[np.int64] = field(default_factory=_no_rows)
    unsure: NDArray[np.int64] = field(default_factory=_no_rows)


def _changed(classifier: IntentClassifier, plan: _Plan, means: Means) -> Changed:
    draft = _draft(classifier, plan, means.seed)
    found = refitted(classifier, draft, means.outside, means.threads)
    preview = previewed(classifier, draft, found)
    knowledge = _completed(classifier, draft, found.knowledge)
    record = _record(classifier, knowledge, draft, found, means.at)
    return Changed(IntentClassifier(classifier.encoder, knowledge, record), preview)


def _draft(classifier: IntentClassifier, plan: _Plan, seed: int) -> Draft:
    keys = plan.keys.astype(object)
    counts = Counter(key for key in keys if key != _NO_TYPE)
    material = new_rows(classifier, plan.made, counts, seed, _DESCRIBED_WEIGHT)
    dropped = np.flatnonzero(keys == _NO_TYPE).astype(np.int64)
    keys[material.copies] = _NO_TYPE  # they come again, as messages of the type that was given
    kept = np.flatnonzero(keys != _NO_TYPE).astype(np.int64)
    all_keys = [*keys[kept], *material.keys]
    issue_types = tuple(sorted(set(all_keys)))
    _require_all(classifier, plan, issue_types)
    number_of = {name: number for number, name in enumerate(issue_types)}
    labels = np.array([number_of[key] for key in all_keys], dtype=np.int64)
    dealt = np.isin(kept, plan.dealt)
    return Draft(
        what=plan.what,
        keys=plan.named,
        issue_types=issue_types,
        lessons=joined(classifier.knowledge.lessons, kept, material.lessons, labels),
        origin=np.concatenate([kept, np.full(len(material.keys), NEW, dtype=np.int64)]),
        dealt=np.concatenate([dealt, np.zeros(len(material.keys), dtype=np.bool_)]),
        dropped=dropped,
        families=_families(classifier, plan, issue_types),
        examples=material.examples,
        unsure=plan.unsure,
    )


def _families(classifier: IntentClassifier, plan: _Plan, issue_types: Sequence[str]) -> dict[str, str]:
    made = {key: new.family for key, new in plan.made.items() if new.family}
    return {key: family for key, family in {**classifier.knowledge.families, **made}.items() if key in issue_types}


def _completed(classifier: IntentClassifier, draft: Draft, knowledge: Knowledge) -> Knowledge:
    """What is no part of judging: a tuned encoder stays, and new messages are known again."""
    old = classifier.knowledge
    hashes = message_hashes(draft.examples, str(classifier.record.get("examples_digest", "")))
    known = np.concatenate([old.message_hashes, hashes]) if len(old.message_hashes) else old.message_hashes
    return replace(knowledge, tuned=old.tuned, message_hashes=known)


def _record(
    classifier: IntentClassifier, knowledge: Knowledge, draft: Draft, found: Refitted, at: str | None
) -> dict[str, Any]:
    done = {
        "what": draft.what,
        "keys": list(draft.keys),
        "messages": len(draft.examples),
        "unproven": list(found.unproven),
        **({} if at is None else {"at": at}),
    }
    before = classifier.record
    return {**before, "held_out": measured(knowledge), "operations": [*before.get("operations", ()), done]}


def _require_known(classifier: IntentClassifier, keys: Sequence[str]) -> None:
    for key in keys:
        if key not in classifier.issue_types:
            raise UnknownIssueType(key, get_close_matches(key, classifier.issue_types, n=3))


def _require_new(classifier: IntentClassifier, keys: Sequence[str]) -> None:
    for key in keys:
        if not key.strip():
            raise TaxonomyChangeError("an issue type's key is empty")
        if key in classifier.issue_types:
            raise IssueTypeExists(key)


def _require_all(classifier: IntentClassifier, plan: _Plan, issue_types: Sequence[str]) -> None:
    """No type disappears that was not meant to, and at least two are left."""
    lost = sorted(set(classifier.issue_types) - set(plan.gone) - set(issue_types))
    if lost:
        raise TaxonomyChangeError(f"every message of {', '.join(lost)} would be another type's; retire or merge it")
    if len(issue_types) < 2:
        raise TooFewIssueTypes("fewer than two issue types would be left, and a model needs two")
