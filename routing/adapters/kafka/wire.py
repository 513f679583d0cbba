"""CloudEvents 1.0 on Kafka: the envelope, read from bytes that nobody vouches for, and written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import from_json

CONTENT_TYPE = "application/cloudevents+json; charset=UTF-8"
STRUCTURED = "application/cloudevents"
LARGEST_EVENT_BYTES = 1_000_000
EARLIEST_TIME = datetime(2000, 1, 1, tzinfo=UTC)
MOST_ID_CHARACTERS = 128
_BINARY_PREFIX = "ce_"

Id = Annotated[str, StringConstraints(min_length=1, max_length=MOST_ID_CHARACTERS, pattern=r"^[^\x00-\x1f\x7f]+$")]
Headers = Sequence[tuple[str, bytes | None]]
Model = TypeVar("Model", bound=BaseModel)


class Reason(StrEnum):
    """Why a message went to the dead-letter topic; the names are part of the published contract."""

    NO_VALUE = "no_value"
    TOO_LARGE = "too_large"
    BAD_ENCODING = "bad_encoding"
    BAD_JSON = "bad_json"
    TOO_DEEP = "too_deep"
    NOT_A_CLOUD_EVENT = "not_a_cloud_event"
    MISSING_FIELD = "missing_field"
    BAD_FIELD = "bad_field"
    UNKNOWN_TYPE = "unknown_type"
    UNKNOWN_VERSION = "unknown_version"
    WRONG_TOPIC = "wrong_topic"
    UNKNOWN_MARKET = "unknown_market"
    UNKNOWN_COP = "unknown_cop"
    REFUSED = "refused"
    FAILED = "failed"
    UNREADABLE_RECORD = "unreadable_record"
    DOES_NOT_FIT_ITS_SCHEMA = "does_not_fit_its_schema"


class Unreadable(Exception):
    """A message that is not what the contract says; `place` names the field and never carries its value."""

    def __init__(self, reason: Reason, place: str = "") -> None:
        super().__init__(f"{reason}{f' at {place}' if place else ''}")
        self.reason, self.place = reason, place


@dataclass(frozen=True, slots=True)
class EventType:
    """`pointsman.<name>.v<version>`, and the URI of the schema its data follows."""

    name: str
    version: int = 1

    def __str__(self) -> str:
        return f"pointsman.{self.name}.v{self.version}"

    @property
    def dataschema(self) -> str:
        """The schema's name; the file is docs/schemas/events/<type>.json."""
        return f"urn:pointsman:events:{self.name}:v{self.version}"


class CloudEvent(BaseModel):
    """The envelope, with the attributes we use; others are allowed and ignored. `sequence` rises with every event."""

    model_config = ConfigDict(frozen=True)

    specversion: Literal["1.0"]
    id: Id
    source: Id
    type: Annotated[str, StringConstraints(min_length=1, max_length=MOST_ID_CHARACTERS)]
    subject: Annotated[str, StringConstraints(max_length=MOST_ID_CHARACTERS)] | None = None
    time: Annotated[AwareDatetime, Field(ge=EARLIEST_TIME)] | None = None
    dataschema: str | None = None
    datacontenttype: Annotated[str, StringConstraints(pattern=r"^application/([\w.-]+\+)?json\b")] | None = None
    sequence: str | None = None
    data: Any

    def encoded(self) -> bytes:
        """Structured JSON, without the attributes that are not set."""
        return self.model_dump_json(exclude_none=False, exclude=_unset(self)).encode()


def _unset(event: CloudEvent) -> set[str]:
    return {name for name in CloudEvent.model_fields if getattr(event, name) is None}


def decode(value: bytes | None, headers: Headers = ()) -> CloudEvent:
    """Read the envelope, structured or binary; Unreadable says what is wrong and where."""
    if value is None:
        raise Unreadable(Reason.NO_VALUE)
    if len(value) > LARGEST_EVENT_BYTES:
        raise Unreadable(Reason.TOO_LARGE)
    content = parse_json(value)
    attributes = _binary_attributes(headers)
    if attributes is not None:
        content = {**attributes, "data": content}
    if not isinstance(content, dict) or content.get("specversion") != "1.0":
        raise Unreadable(Reason.NOT_A_CLOUD_EVENT, "specversion")
    return validated(CloudEvent, content)


def parse_json(value: bytes) -> Any:
    """JSON from hostile bytes: UTF-8 only, no NaN, no lone surrogates, at most some 200 levels deep."""
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        raise Unreadable(Reason.BAD_ENCODING) from None
    try:
        return from_json(value, allow_inf_nan=False)
    except ValueError as error:
        # The parser's message tells a place and never the content.
        deep = "recursion limit" in str(error)
        raise Unreadable(Reason.TOO_DEEP if deep else Reason.BAD_JSON) from None


def validated(model: type[Model], content: object, place: str = "") -> Model:
    """The content as this model, or Unreadable at its first problem."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        path = ".".join(str(step) for step in (place, *first["loc"]) if step != "")
        reason = Reason.MISSING_FIELD if first["type"] == "missing" else Reason.BAD_FIELD
        raise Unreadable(reason, path) from None


def _binary_attributes(headers: Headers) -> Mapping[str, str] | None:
    found = {name.lower(): value or b"" for name, value in headers}
    if "ce_specversion" not in found or found.get("content-type", b"").startswith(STRUCTURED.encode()):
        return None
    try:
        attributes = {
            name.removeprefix(_BINARY_PREFIX): value.decode("utf-8")
            for name, value in found.items()
            if name.startswith(_BINARY_PREFIX)
        }
    except UnicodeDecodeError:
        raise Unreadable(Reason.BAD_ENCODING, "headers") from None
    content_type = found.get("content-type")
    return attributes if content_type is None else {**attributes, "datacontenttype": content_type.decode("latin-1")}
