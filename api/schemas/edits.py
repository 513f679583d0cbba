"""Edits of the policy and the pack, as they are asked for and shown."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, JsonValue
from pydantic.config import JsonDict

from api.schemas.base import Given, Key, Reason, Shown
from routing.adapters.edit_preview import EditPreview
from routing.domain.edit import Edit, EditSubject, FieldChange, Values
from routing.services.editing import MOST_ENTRIES, Version, Wanted

MOST_FIELDS = 50
LARGEST_NUMBER = 1_000_000_000


_NO_OTHERS: JsonDict = {"additionalProperties": False}
_Fields = Annotated[dict[Key, JsonValue], Field(max_length=MOST_FIELDS, json_schema_extra=_NO_OTHERS)]
_Entries = Annotated[dict[Key, _Fields], Field(max_length=MOST_ENTRIES, json_schema_extra=_NO_OTHERS)]


class EditRequest(Given):
    """What to change of the version that was seen, and why; or which version to go back to."""

    seen: int = Field(
        strict=True, ge=0, le=LARGEST_NUMBER, description="number of the version that was looked at; 0 before the first"
    )
    reason: Reason = Field(examples=["two new people on cards"])
    change: _Entries | None = Field(
        default=None,
        description="entry -> field -> value as in the files; `removed` and `added` for COps and software",
        examples=[{"amara-okafor": {"skills": {"cards": 0.9}}}],
    )
    roll_back_to: int | None = Field(
        default=None, strict=True, ge=0, le=LARGEST_NUMBER, description="take over that version; 0: the files alone"
    )


class ChangeReply(Shown):
    """One value that differs; null: the entry does not have it."""

    entry: str
    field: str
    before: Any
    after: Any

    @classmethod
    def every(cls, changes: "list[FieldChange]") -> "list[ChangeReply]":
        """Each of them."""
        return [cls.model_validate(each) for each in changes]


class EditReply(Shown):
    """One version. `digest` is of all that differs from the files."""

    subject: EditSubject
    number: int
    by: str
    reason: str
    at: datetime
    digest: str
    rolled_back_to: int | None
    changes: list[ChangeReply]

    @classmethod
    def of(cls, edit: Edit, changes: "list[FieldChange]") -> "EditReply":
        """A version with what it changed."""
        values = {name: getattr(edit, name) for name in cls.model_fields if name != "changes"}
        return cls(**values, changes=ChangeReply.every(changes))


class EditsReply(Shown):
    """Everything of a subject as it is in force, and the newest versions, the newest first."""

    subject: EditSubject
    number: int = Field(description="of the version in force; 0 while the files are as they are")
    entries: dict[str, dict[str, Any]]
    history: list[EditReply]

    @classmethod
    def of(cls, subject: EditSubject, number: int, values: Values, history: list[Version]) -> "EditsReply":
        """What is in force, with its history."""
        entries = {key: dict(fields) for key, fields in values.items()}
        told = [EditReply.of(each.edit, list(each.changes)) for each in history]
        return cls(subject=subject, number=number, entries=entries, history=told)


class EditPreviewReply(Shown):
    """What an edit would change, and what it would have changed in the last day's recorded rounds of matching.

    Each round is solved again by itself: what would have followed from a decision that went otherwise is not known.
    """

    changes: list[ChangeReply]
    rounds_recorded: int
    rounds_solved: int = Field(description="as many as three seconds allow, spread over the day")
    conversations: int = Field(description="that waited in these rounds")
    conversations_changed: int = Field(description="of these, that somebody else, or nobody, would have been offered")
    conversations_concerned: int = Field(description="of these, whose likeliest issue type is edited")
    market_conversations: int = Field(description="that came in the last day in markets that are edited")
    market_conversations_opened: int = Field(description="of these, that came while closed and would be open")
    market_conversations_closed: int = Field(description="of these, that came while open and would be closed")
    market_conversations_unspoken: int = Field(description="of these, in a language that their market would not have")

    @classmethod
    def of(cls, wanted: Wanted, found: EditPreview) -> "EditPreviewReply":
        """Both together."""
        return cls(
            changes=ChangeReply.every(wanted.changes),
            rounds_recorded=found.recorded,
            rounds_solved=found.solved,
            conversations=len(found.waited),
            conversations_changed=len(found.moved),
            conversations_concerned=len(found.concerned),
            market_conversations=found.arrivals.came,
            market_conversations_opened=found.arrivals.opened,
            market_conversations_closed=found.arrivals.closed,
            market_conversations_unspoken=found.arrivals.unspoken,
        )
