"""Edits as their pages show them: rows of values, words for changes, what a preview found."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.console import wording
from api.console.forms import LIMITS
from api.console.sentences import anew
from api.console.speech import _, marked
from routing.adapters.edit_preview import Arrivals, EditPreview
from routing.adapters.policy_file import policy_facts
from routing.domain.edit import ADDED, REMOVED, EditSubject, FieldChange, Values
from routing.domain.overflow import OutsideHours
from routing.domain.pack import Pack
from routing.services.editing import Version, Wanted

NAMES = {
    EditSubject.POLICY: marked("Policy"),
    EditSubject.ROSTER: marked("Roster"),
    EditSubject.TAXONOMY: marked("Issue types"),
    EditSubject.MARKETS: marked("Markets"),
    EditSubject.AGENTS: marked("Software agents"),
}
COLUMNS = {
    EditSubject.ROSTER: ("name", "team", "markets", "skills", "shift"),
    EditSubject.TAXONOMY: ("name", "family", "priority", "service_target"),
    EditSubject.MARKETS: ("name", "languages", "opening", "time_zone", "holidays", "backups"),
    EditSubject.AGENTS: ("name", "markets", "languages", "success", "capacity"),
}
"""What the list of a subject shows of each entry."""
NESTED = ("capacity", "shift", "service_target", "opening")
"""Tables whose values are fields of the form."""
SOLVED_AGAIN = marked(
    "{solved} of the {recorded} rounds of matching that made offers in the last 24 hours were solved again: "
    "of {waited} conversations that waited in them {moved} would have been offered to somebody else, or to nobody, "
    "in that round."
)
ONLY_READ = marked(
    "{solved} of the {recorded} rounds of matching that made offers in the last 24 hours were read. Matching does not "
    "look at what is edited: nobody would have gone elsewhere."
)
BY_HOURS = marked(
    "{count} conversations came to what is edited in the last 24 hours: {opened} of them while it was closed and would "
    "be open, {closed} while it was open and would be closed."
)
WAITS = marked(
    "A closed market's customers wait for it to open, and their age stands still; who waited for that in these rounds "
    "is not in them."
)
SERVES = marked("Here a closed market's customers are served as at any hour: opening hours hold nobody back.")
BY_LANGUAGE = marked(
    "{count} conversations came to what is edited in the last 24 hours: {unspoken} of them in a language that it would "
    "no longer have."
)
MOST_ROWS = 200
MOST_CHANGES = 200
MOST_MOVED = 20


@dataclass(frozen=True, slots=True)
class PolicyValue:
    """One value of the policy: in force, in the file, and what it may be."""

    place: str
    value: str
    written: str
    allowed: str
    unit: str
    meaning: str

    @property
    def edited(self) -> bool:
        """Whether it is other than in the file."""
        return self.value != self.written


@dataclass(frozen=True, slots=True)
class Row:
    """One entry of a list."""

    key: str
    cells: tuple[str, ...]
    state: str


@dataclass(frozen=True, slots=True)
class Told:
    """One change, in words."""

    entry: str
    field: str
    before: str
    after: str


def policy_values(base: Values, values: Values) -> Iterator[PolicyValue]:
    """Every value in force beside the file's, in the order of the documentation."""
    for fact in policy_facts():
        written, value = (said(each.get(fact.table, {}).get(fact.name)) for each in (base, values))
        yield PolicyValue(
            f"{fact.table}.{fact.name}",
            value,
            written,
            anew(fact.allowed, LIMITS),
            _(fact.unit) if fact.unit else "",
            _(fact.meaning),
        )


def fields_of(fields: Mapping[str, Any]) -> dict[str, str]:
    """What an entry's form shows, field by field."""
    nested = {name: value for table in NESTED for name, value in fields.get(table, {}).items()}
    return {name: said(value) for name, value in {**fields, **nested}.items()}


def said(value: Any) -> str:
    """A value as one line that a form takes back."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float | int):
        return f"{value:.12g}"
    if isinstance(value, list):
        return ", ".join(map(said, value))
    return _table(value) if isinstance(value, Mapping) else str(value)


def _table(value: Mapping[str, Any]) -> str:
    if "days" in value:
        return f"{said(value['days'])} {value.get('start')} - {value.get('end')} {value.get('time_zone', '')}".strip()
    return ", ".join(f"{key} {said(each)}" for key, each in value.items())


def rows(subject: EditSubject, base: Values, content: Values, asked: str, shown: Values) -> list[Row]:
    """The entries that hold the words looked for, those that are edited marked; the removed ones last."""
    found = [Row(key, _cells(subject, fields), _state(key, base, content)) for key, fields in shown.items()]
    words = asked.casefold().split()
    return [row for row in found if all(word in f"{row.key} {' '.join(row.cells)}".casefold() for word in words)]


def _cells(subject: EditSubject, fields: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(said(fields.get(name)) for name in COLUMNS[subject])


def _state(key: str, base: Values, content: Values) -> str:
    fields = content.get(key, {})
    if fields.get(ADDED) and key not in base:
        return marked("added")
    return marked("edited") if fields else ""


def removed(base: Values, content: Values) -> list[str]:
    """Who of the files is off the roster."""
    return [key for key, fields in content.items() if fields.get(REMOVED) and key in base]


def told(changes: Sequence[FieldChange]) -> list[Told]:
    """The changes in words, at most 200."""
    return [
        Told(
            each.entry,
            wording.within(wording.plain(each.field)),
            said(each.before) or _("nothing"),
            said(each.after) or _("nothing"),
        )
        for each in changes[:MOST_CHANGES]
    ]


def change_text(form_change: Values | None) -> str:
    """A change as its preview carries it on to be applied."""
    return "" if form_change is None else json.dumps(form_change, ensure_ascii=False)


def sentences(wanted: Wanted, found: EditPreview, pack: Pack) -> Iterator[str]:
    """What a preview found, and what it cannot know."""
    if wanted.edit.subject is EditSubject.MARKETS:
        yield from _of_markets(wanted, found.arrivals, pack)
    if found.recorded:
        yield from _of_rounds(wanted, found)
    else:
        yield _("No round of matching was recorded in the last 24 hours, so there is nothing to try the edit on.")
    yield from _of_subject(wanted)


def _of_markets(wanted: Wanted, found: Arrivals, pack: Pack) -> Iterator[str]:
    fields = {change.field for change in wanted.changes}
    if fields & {"opening", "holidays", "time_zone"}:
        yield _(BY_HOURS).format(count=found.came, opened=found.opened, closed=found.closed)
        yield _(WAITS if pack.overflow.outside_hours is OutsideHours.WAIT else SERVES)
    if "languages" in fields:
        yield _(BY_LANGUAGE).format(count=found.came, unspoken=found.unspoken)
        yield _("New languages hold for conversations understood from now on; the first one is taken in doubt.")


def _of_rounds(wanted: Wanted, found: EditPreview) -> Iterator[str]:
    rounds = {"solved": found.solved, "recorded": found.recorded}
    if found.steers:
        said = _(SOLVED_AGAIN)
        yield said.format(**rounds, waited=len(found.waited), moved=len(found.moved))
        yield _("Each round is solved by itself, as it stood; what would have followed otherwise is not known.")
    else:
        yield _(ONLY_READ).format(**rounds)
    if wanted.edit.subject is EditSubject.TAXONOMY:
        about = _("{count} of these conversations were most likely about what is edited.")
        yield about.format(count=len(found.concerned))
    if found.unread:
        yield _("{count} rounds were too large for a preview or could not be read.").format(count=found.unread)


def _of_subject(wanted: Wanted) -> Iterator[str]:
    fields = {change.field for change in wanted.changes}
    if wanted.edit.subject is EditSubject.TAXONOMY:
        if fields & {"priority", "service_target"}:
            yield _("A new priority or target holds for conversations understood from now on.")
        if "description" in fields:
            yield _("The model learns a new description when it is next trained, from the files.")
    if wanted.edit.subject is EditSubject.POLICY and any(each.entry == "pricing" for each in wanted.changes):
        yield _("Prices have no say here: each round keeps those that it was made with.")
    if any(entry not in wanted.before for entry in wanted.after):
        yield _("Whoever is added was not at work in these rounds, so the figures do not count them.")


def near(pack: Pack, market: str) -> list[str]:
    """The other markets of a market's matching group, whose COps can help out there."""
    home = pack.markets.get(market)
    groups = pack.matching_groups.get(home.matching_group, ()) if home else ()
    return [key for key in groups if key != market]


def names_of(pack: Pack, ids: Sequence[str | None]) -> dict[str | None, str]:
    """COps by id, as people call them."""
    roster = {str(id): cop.name for id, cop in pack.roster.items()}
    return {id: _("nobody") if id is None else roster.get(id, id) for id in ids}


def versions(found: Sequence[Version]) -> list[tuple[Version, list[Told]]]:
    """The history, each version with its changes in words."""
    return [(each, told(list(each.changes))) for each in found]
