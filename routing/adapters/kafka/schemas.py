"""The JSON Schema of every event type; `python -m routing.adapters.kafka.schemas DIR` writes one file each."""

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from routing.adapters.kafka.incoming import INCOMING
from routing.adapters.kafka.outgoing import DATA_OF, type_of
from routing.adapters.kafka.wire import CloudEvent, EventType

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def models() -> dict[EventType, type[BaseModel]]:
    """Every event type with the model of its data."""
    return {**INCOMING, **{type_of(kind): model for kind, model in DATA_OF.items()}}


def schema_of(event_type: EventType) -> dict[str, Any]:
    """The schema of the whole event: the envelope with this type's data in it."""
    model = models()[event_type]
    envelope = CloudEvent.model_json_schema()
    data = model.model_json_schema(mode="validation" if event_type in INCOMING else "serialization")
    definitions = data.pop("$defs", {})
    envelope["properties"]["type"] = {"const": str(event_type)}
    envelope["properties"]["dataschema"] = {"const": event_type.dataschema}
    envelope["properties"]["data"] = data
    head = {"$schema": DIALECT, "$id": event_type.dataschema, "title": str(event_type)}
    description = (model.__doc__ or "").strip()
    return {**envelope, **head, "description": description, **({"$defs": definitions} if definitions else {})}


def export(folder: Path) -> None:
    """Write one file a type; files of types that are no more are left for a person to remove."""
    folder.mkdir(parents=True, exist_ok=True)
    for event_type in models():
        (folder / f"{event_type}.json").write_text(rendered(event_type), encoding="utf-8")


def rendered(event_type: EventType) -> str:
    """The file's text."""
    return json.dumps(schema_of(event_type), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    export(Path(sys.argv[1]))
