"""Contract: edits are kept as versions, nobody overwrites another's, and each is told in the history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from builders import NOON, FixedPacks, make_assignment, make_context, make_conversation, make_cop, make_pack
from seeds import committed, put_conversations, put_offer, read, told

from routing.domain.conversation import ConversationState
from routing.domain.cop import CopId, Presence
from routing.domain.edit import Edit, EditFault, EditSubject, Values
from routing.domain.errors import EditedMeanwhile, Invalid, InvalidEdit, NotFound, Refused, StaleState
from routing.domain.events import EventKind
from routing.domain.offer import OfferState
from routing.ports import Store
from routing.services import editing
from routing.services.context import Context
from routing.services.editing import Editor, EditWish

ROSTER, POLICY = EditSubject.ROSTER, EditSubject.POLICY
MONA, HERE = Editor("mona"), Editor("hanna", frozenset({"uk"}))
FILES: dict[EditSubject, Values] = {
    ROSTER: {
        "ada": {"team": "blue", "markets": ["uk"]},
        "ben": {"team": "blue", "markets": ["uk", "ie"]},
        "ivo": {"team": "red", "markets": ["ie"]},
    },
    POLICY: {"matching": {"price_weight": 2.4}},
    EditSubject.TAXONOMY: {},
}


@dataclass
class PlainBooks:
    """ports.Books that finds fault with a team called wrong."""

    laid: dict[EditSubject, Edit | None] = field(default_factory=dict)

    def base(self, subject: EditSubject) -> Values:
        return FILES[subject]

    def faults(self, subject: EditSubject, content: Values) -> Sequence[EditFault]:
        assert subject in EditSubject
        wrong = [key for key, fields in content.items() if fields.get("team") == "wrong"]
        return [EditFault(f"{key}.team", "wrong", "blue or red") for key in wrong]

    def lay(self, edits: Mapping[EditSubject, Edit | None]) -> bool:
        before, self.laid = self.laid, dict(edits)
        return before != self.laid


BOOKS = PlainBooks()


def team(name: str, seen: int = 0, cop: str = "ada", **more: Any) -> EditWish:
    return EditWish(ROSTER, seen, "a new team", {cop: {"team": name, **more}})


def applied(context: Context, *wishes: EditWish, who: Editor = MONA) -> list[Edit]:
    return [editing.apply(context, BOOKS, wish, who) for wish in wishes]


def test_a_version_comes_back_as_it_was_stored(store: Store) -> None:
    context = make_context(store)
    [edit] = applied(context, team("green", markets=["uk", "ie"]))
    kept = read(store, lambda uow: (uow.edits.newest(ROSTER), uow.edits.find(ROSTER, 1), uow.edits.newest(POLICY)))
    assert kept == (edit, edit, None)
    assert (edit.number, edit.by, edit.at, edit.content["ada"]["team"]) == (1, "mona", NOON, "green")


def test_of_two_who_saw_the_same_version_the_second_changes_nothing(store: Store) -> None:
    context = make_context(store)
    applied(context, team("green"))
    with pytest.raises(EditedMeanwhile, match="mona edited the roster meanwhile"):
        applied(context, team("yellow"), who=Editor("mick"))
    assert [each.content["ada"]["team"] for each in read(store, lambda uow: uow.edits.history(ROSTER, 9))] == ["green"]


@pytest.mark.parametrize("number", [1, 3])
def test_the_store_takes_the_next_number_alone(store: Store, number: int) -> None:
    committed(store, lambda uow: uow.edits.add(Edit(ROSTER, 1, {}, "mona", "first", NOON)))
    with pytest.raises(StaleState):
        committed(store, lambda uow: uow.edits.add(Edit(ROSTER, number, {}, "mick", "again", NOON)))


def test_what_says_the_same_as_the_files_is_no_edit_any_more(store: Store) -> None:
    context = make_context(store)
    _, back = applied(context, team("green"), team("blue", seen=1))
    assert back.content == {}


def test_a_roll_back_is_a_version_of_its_own_and_history_tells_both(store: Store) -> None:
    context = make_context(store)
    applied(context, team("green"), team("yellow", seen=1))
    [back] = applied(context, EditWish(ROSTER, 2, "yellow was wrong", roll_back_to=1))
    assert (back.number, back.content, back.rolled_back_to) == (3, {"ada": {"team": "green"}}, 1)
    newest, *_ = editing.history(context, BOOKS, ROSTER)
    assert [(each.entry, each.field, each.before, each.after) for each in newest.changes] == [
        ("ada", "team", "yellow", "green")
    ]
    assert [each.after for each in editing.difference(context, BOOKS, ROSTER, (0, 2))] == ["yellow"]


def test_a_wrong_edit_is_not_stored_and_every_fault_is_named(store: Store) -> None:
    context = make_context(store)
    with pytest.raises(InvalidEdit) as refused:
        applied(context, team("wrong"))
    assert [(each.place, each.value, each.allowed) for each in refused.value.faults] == [
        ("ada.team", "wrong", "blue or red")
    ]
    assert read(store, lambda uow: uow.edits.newest(ROSTER)) is None


@pytest.mark.parametrize(
    "wish",
    [
        team("blue"),
        EditWish(ROSTER, 0, " ", {"ada": {"team": "green"}}),
        EditWish(ROSTER, 0, "both", {"ada": {"team": "green"}}, roll_back_to=0),
        team("green", seen=1),
    ],
)
def test_nothing_changed_no_reason_two_wishes_or_a_version_nobody_made_is_no_edit(store: Store, wish: EditWish) -> None:
    with pytest.raises(Invalid):
        applied(make_context(store), wish)


def test_a_version_that_is_yet_to_be_made_cannot_have_been_seen(store: Store) -> None:
    context = make_context(store)
    applied(context, team("green"))
    with pytest.raises(Invalid, match="seen is 7; allowed: the number of a version: 0 to 1"):
        applied(context, team("yellow", seen=7))


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"ada": {"team": "a\x00b"}}, "ada.team"),
        ({"ada": {"team": "\x1b[31mred"}}, "ada.team"),
        ({"ada": {"markets": ["uk", "\ud800"]}}, "ada.markets[1]"),
        ({"ada": {"skills": {"c\x00": 1}}}, "ada.skills.c\ufffd"),
        ({"a\x00": {"team": "blue"}}, "a\ufffd"),
    ],
)
def test_a_text_that_no_file_holds_is_named_by_its_place(store: Store, change: Any, place: str) -> None:
    with pytest.raises(Invalid, match="text without control characters") as refused:
        applied(make_context(store), EditWish(ROSTER, 0, "a trial", change))
    assert str(refused.value).startswith(f"{place} is ")


def test_what_is_nested_without_end_is_refused(store: Store) -> None:
    deep: Any = "blue"
    for _ in range(2_000):
        deep = [deep]
    with pytest.raises(Invalid, match="levels deep"):
        applied(make_context(store), EditWish(ROSTER, 0, "a trial", {"ada": {"team": deep}}))


@pytest.mark.parametrize("mark", ["added", "removed"])
def test_no_table_of_the_policy_comes_or_goes(store: Store, mark: str) -> None:
    with pytest.raises(Invalid, match=f"matching.{mark}"):
        applied(make_context(store), EditWish(POLICY, 0, "a trial", {"matching": {mark: True}}))


def test_a_roll_back_by_who_has_one_market_leaves_alone_what_the_files_no_longer_have(store: Store) -> None:
    context = make_context(store)
    gone = {"ada": {"team": "green"}, "zoe-of-elsewhere": {"team": "green"}}
    committed(store, lambda uow: uow.edits.add(Edit(ROSTER, 1, gone, "mona", "while zoe was in the files", NOON)))
    back = EditWish(ROSTER, 1, "back", roll_back_to=0)
    with pytest.raises(Refused, match="left aside"):
        applied(context, back, who=HERE)
    assert [each.number for each in applied(context, back)] == [2]


def test_who_has_one_market_edits_only_cops_that_are_wholly_theirs(store: Store) -> None:
    context = make_context(store)
    for refused in (team("green", cop="ben"), team("green", markets=["uk", "ie"])):
        with pytest.raises(Invalid):
            applied(context, refused, who=HERE)
    with pytest.raises(NotFound):
        applied(context, team("green", cop="ivo"), who=HERE)
    with pytest.raises(Refused):
        applied(context, EditWish(POLICY, 0, "why not", {"matching": {"price_weight": 1.0}}), who=HERE)
    applied(context, team("green"), who=HERE)
    applied(context, team("green", seen=1, cop="ivo"))
    with pytest.raises(NotFound):
        applied(context, EditWish(ROSTER, 2, "back", roll_back_to=0), who=HERE)
    assert [each.edit.number for each in editing.history(context, BOOKS, ROSTER, HERE.markets)] == [1]


def test_it_is_told_who_edited_what_and_why(store: Store) -> None:
    context = make_context(store)
    [edit] = applied(context, team("green"))
    [fact] = told(store, EventKind.EDIT_APPLIED)
    assert (fact.actor, fact.data["what"], fact.data["number"], fact.data["digest"]) == (
        "mona",
        "roster",
        1,
        edit.digest,
    )
    assert (fact.data["reason"], fact.data["changed"]) == ("a new team", ["ada.team"])


def removal(cop: str = "ada") -> EditWish:
    return EditWish(ROSTER, 0, "left the bank", {cop: {"removed": True}})


def test_who_holds_work_cannot_leave_the_roster(store: Store) -> None:
    context = make_context(store, packs=FixedPacks(make_pack([make_cop("ada")])))
    put_offer(store, cop_id=CopId("ada"), state=OfferState.ACCEPTED)
    committed(store, lambda uow: uow.assignments.add(make_assignment(cop_id=CopId("ada"))))
    with pytest.raises(Refused, match=r"ada \(1\)"):
        applied(context, removal())
    assert read(store, lambda uow: uow.edits.newest(ROSTER)) is None


def test_who_leaves_gives_offers_back_and_is_offline_at_once(store: Store) -> None:
    context = make_context(store, packs=FixedPacks(make_pack([make_cop("ada")])))
    committed(store, lambda uow: uow.cops.set_presence(CopId("ada"), Presence.AVAILABLE, NOON))
    put_conversations(store, make_conversation(state=ConversationState.OFFERED))
    offer = put_offer(store, cop_id=CopId("ada"))
    committed(store, lambda uow: uow.cops.reserve(CopId("ada"), offer.channel))
    applied(context, removal("ada"))
    assert read(store, lambda uow: uow.cops.status(CopId("ada"))).presence is Presence.OFFLINE
    assert read(store, lambda uow: uow.offers.get(offer.id)).state is OfferState.RESCINDED
    assert read(store, lambda uow: uow.conversations.get(offer.conversation_id)).state is ConversationState.WAITING


def test_every_process_goes_by_the_newest_versions(store: Store) -> None:
    context, books = make_context(store), PlainBooks()
    assert editing.follow(context, books)
    assert not editing.follow(context, books)
    [edit] = applied(context, team("green"))
    assert editing.follow(context, books)
    assert books.laid[ROSTER] == edit
