"""The shape of a pack's kinds of file; each description says what is allowed, in the words errors use."""

import json
from enum import StrEnum
from typing import Any

from pydantic.json_schema import models_json_schema

from routing.adapters.pack.schema.experiment import PolicyFile
from routing.adapters.pack.schema.floor import FloorFile
from routing.adapters.pack.schema.outside import OutsideFile
from routing.adapters.pack.schema.table import Table
from routing.adapters.pack.schema.taxonomy import TaxonomyFile

__all__ = [
    "MODELS",
    "FileKind",
    "FloorFile",
    "OutsideFile",
    "PolicyFile",
    "Table",
    "TaxonomyFile",
    "json_schema",
    "json_schema_text",
]


class FileKind(StrEnum):
    """What a file of a pack holds."""

    TAXONOMY = "taxonomy"
    FLOOR = "floor"
    OUTSIDE = "outside"
    POLICY = "policy"


MODELS: dict[FileKind, type[Table]] = {
    FileKind.TAXONOMY: TaxonomyFile,
    FileKind.FLOOR: FloorFile,
    FileKind.OUTSIDE: OutsideFile,
    FileKind.POLICY: PolicyFile,
}


def json_schema() -> dict[str, Any]:
    """One JSON Schema (2020-12) that each file of a pack fulfils."""
    references, document = models_json_schema([(model, "validation") for model in MODELS.values()])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A file of a Pointsman pack",
        "anyOf": list(references.values()),
        "$defs": document["$defs"],
    }


def json_schema_text() -> str:
    """The JSON Schema as it is shipped."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
