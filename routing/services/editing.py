"""Editing the policy and the pack: wanted, applied as the next version, rolled back, followed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from routing.domain.cop import CopId, Presence
from routing.domain.edit import (
    ADDED,
    JOINED,
    LONGEST_REASON,
    REMOVED,
    Edit,
    EditSubject,
    FieldChange,
    Values,
    changed,
    differences,
    idle_entries,
    laid_over,
    lean,
)
from routing.domain.errors import EditedMeanwhile, Invalid, InvalidEdit, NotFound, Refused
from routing.domain.events import EventKind
from routing.domain.market import Markets
from routing.domain.notes import noted
from routing.domain.writable import require_writable
from routing.ports import Books, UnitOfWork
from routing.services.context import Context, Subject, record, retrying
from routing.services.offers import rescind

MOST_ENTRIES = 50
MOST_TOLD = 100
NAMES = {
    EditSubject.POLICY: "table",
    EditSubject.ROSTER: "COp",
    EditSubject.TAXONOMY: "issue type",
    EditSubject.MARKETS: "market",
    EditSubject.AGENTS: "software agent",
}


@dataclass(frozen=True, slots=True)
class EditWish:
    """What somebody wants changed and why. `seen`: the number of the version they looked at, 0 before the first.

    `change`: entry -> field -> value, in place of what is in force. With `roll_back_to` the whole content of that
    version takes its place instead; 0 means the files alone.
    """

    subject: EditSubject
    seen: int
    reason: str
    change: Values | None = None
    roll_back_to: int | None = None


@dataclass(frozen=True, slots=True)
class Editor:
    """Who edits; `markets` None means every market."""

    name: str
    markets: Markets = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """The version that a wish would make, and everything as it is in force without it and with it."""

    edit: Edit
    before: Values
    after: Values

    @property
    def changes(self) -> list[FieldChange]:
        """What differs."""
        return differences(self.before, self.after)

    @property
    def gone(self) -> list[str]:
        """Entries that are there no more."""
        return [entry for entry in self.before if entry not in self.after]


def wanted(context: Context, books: Books, wish: EditWish, who: Editor) -> Wanted:
    """What a wish would make of the version in force, not stored.

    EditedMeanwhile where that is not the version that was seen; InvalidEdit names everything that is wrong.
    Somebody with only some markets changes only COps all of whose markets are theirs.
    """
    with context.store.reading() as uow:
        return _wanted(context, uow, books, wish, who)


def _wanted(context: Context, uow: UnitOfWork, books: Books, wish: EditWish, who: Editor) -> Wanted:
    newest = uow.edits.newest(wish.subject)
    _require_seen(wish, newest)
    reason = noted("reason", context.masker.mask(wish.reason), LONGEST_REASON)
    base, content = books.base(wish.subject), newest.content if newest else {}
    then = _content(uow, wish, base, content)
    number = (newest.number if newest else 0) + 1
    edit = Edit(wish.subject, number, then, who.name, reason, context.clock.now(), wish.roll_back_to)
    found = Wanted(edit, laid_over(base, content), laid_over(base, then))
    _require_own(found, who.markets)
    if wish.roll_back_to is not None and who.markets is not None:
        _require_nothing_aside(base, content, then)
    if not found.changes and then == content:
        raise Invalid("change", "nothing", "a value other than the one in force")
    faults = books.faults(wish.subject, then)
    if faults:
        raise InvalidEdit(faults)
    return found


def _require_seen(wish: EditWish, newest: Edit | None) -> None:
    """The version that was looked at is the one in force; none that was never made can have been seen."""
    number = newest.number if newest else 0
    if wish.seen > number:
        raise Invalid("seen", wish.seen, f"the number of a version: 0 to {number}")
    if newest is not None and wish.seen < number:
        raise EditedMeanwhile(wish.subject, number, newest.by)


def _content(uow: UnitOfWork, wish: EditWish, base: Values, content: Values) -> Values:
    if wish.roll_back_to is not None and wish.change is not None:
        raise Invalid("change", "a change beside `roll_back_to`", "one of the two")
    if wish.roll_back_to is None:
        return changed(base, content, _sound(wish, base, content))
    target = uow.edits.find(wish.subject, wish.roll_back_to)
    if target is None and wish.roll_back_to:
        raise NotFound(f"version of the {wish.subject}", str(wish.roll_back_to))
    return lean(base, target.content if target else {})


def _sound(wish: EditWish, base: Values, content: Values) -> Values:
    change = wish.change or {}
    if not 1 <= len(change) <= MOST_ENTRIES:
        raise Invalid("change", f"{len(change)} entries", f"1 to {MOST_ENTRIES}")
    require_writable(change)
    for key, fields in change.items():
        if wish.subject not in JOINED and (marked := {ADDED, REMOVED} & fields.keys()):
            raise Invalid(f"{key}.{min(marked)}", "given", "left out: only COps and software join and leave")
        there = key in laid_over(base, content)
        if fields.get(ADDED) and (there or key in base):
            raise Invalid("id", key, "an id that nobody has")
        if not (there or fields.get(ADDED) or (key in base and fields.get(REMOVED) is False)):
            raise NotFound(NAMES[wish.subject], key)
        if any(not isinstance(fields.get(mark, False), bool) for mark in (ADDED, REMOVED)):
            raise Invalid(f"{key}.{REMOVED}", fields.get(REMOVED), "true or false")
    return change


def _require_own(found: Wanted, within: Markets) -> None:
    if within is None:
        return
    if found.edit.subject is not EditSubject.ROSTER:
        raise Refused(f"the {found.edit.subject} is the whole bank's: it takes somebody with every market")
    for key in dict.fromkeys(change.entry for change in found.changes):
        before, after = markets_of(found.before.get(key)), markets_of(found.after.get(key))
        if before and before.isdisjoint(within):
            raise NotFound("COp", key)
        if not before | after <= within:
            raise Invalid(f"{key}.markets", sorted(before | after), ", ".join(sorted(within)))


def _require_nothing_aside(base: Values, content: Values, then: Values) -> None:
    """Whose files are gone belongs to nobody who could be asked: such edits stay unless every market is theirs."""
    aside = {*idle_entries(base, content), *idle_entries(base, then)}
    if any(content.get(key, {}) != then.get(key, {}) for key in aside):
        raise Refused("edits left aside would come or go with this: it takes somebody with every market")


def markets_of(cop: Mapping[str, object] | None) -> frozenset[str]:
    """The markets that a COp's fields name; none where these are not a list of keys."""
    named = (cop or {}).get("markets")
    return frozenset(each for each in named if isinstance(each, str)) if isinstance(named, list) else frozenset()


def apply(context: Context, books: Books, wish: EditWish, who: Editor) -> Edit:
    """Store the next version; every process goes by it from its next look on. Recorded with who, why and what."""

    def step() -> Edit:
        with context.store.transaction() as uow:
            found = _wanted(context, uow, books, wish, who)
            if found.edit.subject in JOINED:
                _send_home(uow, found)
            uow.edits.add(found.edit)
            _tell(uow, found)
            uow.commit()
            return found.edit

    return retrying(step)


def _send_home(uow: UnitOfWork, found: Wanted) -> None:
    """Who leaves the roster gives offers back and goes offline; Refused for somebody who still holds work."""
    holding = {id: len(uow.assignments.active_for_cop(CopId(id))) for id in found.gone}
    busy = [f"{id} ({count})" for id, count in holding.items() if count]
    if busy:
        raise Refused(
            f"open conversations are held by {', '.join(busy)}; they are finished or handed on before somebody leaves"
        )
    for id in found.gone:
        for offer in uow.offers.pending_for_cop(CopId(id)):
            rescind(uow, offer, found.edit.at, "COp left the roster")
        try:
            uow.cops.set_presence(CopId(id), Presence.OFFLINE, found.edit.at)
        except NotFound:
            continue  # nobody ever saw them: they were added and removed before any process looked


def _tell(uow: UnitOfWork, found: Wanted) -> None:
    edit = found.edit
    places = [f"{change.entry}.{change.field}" for change in found.changes]
    data = {"what": edit.subject, "number": edit.number, "digest": edit.digest, "reason": edit.reason}
    more = {} if edit.rolled_back_to is None else {"rolled_back_to": edit.rolled_back_to}
    told = {"changed": places[:MOST_TOLD], "changes": len(places)}
    record(uow, EventKind.EDIT_APPLIED, edit.at, edit.by, Subject(), **data, **more, **told)


def open_work(context: Context, cop_id: str) -> tuple[int, int]:
    """How many conversations a COp works on now, and how many are offered to them."""
    with context.store.reading() as uow:
        id = CopId(cop_id)
        return len(uow.assignments.active_for_cop(id)), len(uow.offers.pending_for_cop(id))


def newest(context: Context, subject: EditSubject) -> Edit | None:
    """The version in force; None while the files are as they are."""
    with context.store.reading() as uow:
        return uow.edits.newest(subject)


def in_force(context: Context, books: Books, subject: EditSubject, within: Markets = None) -> Values:
    """Everything of a subject as it is in force; of the roster, for somebody with only some markets, who serves one."""
    edit = newest(context, subject)
    return _seen(subject, laid_over(books.base(subject), edit.content if edit else {}), within)


def _seen(subject: EditSubject, values: Values, within: Markets) -> Values:
    if within is None or subject is not EditSubject.ROSTER:
        return values
    return {key: fields for key, fields in values.items() if markets_of(fields) & within}


@dataclass(frozen=True, slots=True)
class Version:
    """One version with what it changed, as far as the viewer's markets go."""

    edit: Edit
    changes: Sequence[FieldChange]


def history(context: Context, books: Books, subject: EditSubject, within: Markets = None) -> list[Version]:
    """The newest versions, the newest first, each against the one before it over the files as they are now."""
    with context.store.reading() as uow:
        edits = uow.edits.history(subject, MOST_TOLD + 1)
    base = books.base(subject)
    contents = [*(edit.content for edit in edits[1:]), {}]
    pairs = zip(edits[:MOST_TOLD], contents[:MOST_TOLD], strict=False)
    found = [Version(edit, _between(subject, base, old, edit.content, within)) for edit, old in pairs]
    return [each for each in found if each.changes or within is None]


def difference(context: Context, books: Books, subject: EditSubject, numbers: tuple[int, int]) -> list[FieldChange]:
    """What differs between two versions over the files as they are now; 0 means the files alone. NotFound."""
    with context.store.reading() as uow:
        old, new = (_content_of(uow, subject, number) for number in numbers)
    return _between(subject, books.base(subject), old, new, None)


def _content_of(uow: UnitOfWork, subject: EditSubject, number: int) -> Values:
    found = uow.edits.find(subject, number) if number else None
    if found is None and number:
        raise NotFound(f"version of the {subject}", str(number))
    return found.content if found else {}


def _between(subject: EditSubject, base: Values, old: Values, new: Values, within: Markets) -> list[FieldChange]:
    before, after = (_seen(subject, laid_over(base, content), within) for content in (old, new))
    return differences(before, after)


def follow(context: Context, books: Books) -> bool:
    """Go by the newest versions in this process; True when that changed the pack or the policy."""
    with context.store.reading() as uow:
        newest_ones = {subject: uow.edits.newest(subject) for subject in EditSubject}
    return books.lay(newest_ones)
