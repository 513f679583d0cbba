"""Checks one file against the schema, and tells each misfit in plain words."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from routing.adapters.pack.errors import PackError, clipped, shown
from routing.adapters.pack.places import Step, path_of
from routing.adapters.pack.reading import Document
from routing.adapters.pack.schema import MODELS, Table

MISSING = "(missing)"


def shape_of(document: Document) -> tuple[Table | None, list[PackError]]:
    """The validated file, or everything that does not fit."""
    model = MODELS[document.kind]
    try:
        return model.model_validate(document.data), []
    except ValidationError as error:
        return None, [_misfit(document, model, detail) for detail in error.errors(include_url=False)]


def _misfit(document: Document, model: type[Table], detail: ErrorDetails) -> PackError:
    steps = _steps(detail)
    return PackError(document.file, path_of(document.data, steps), _value_of(detail), _allowed(model, steps, detail))


def _steps(detail: ErrorDetails) -> tuple[Step, ...]:
    """The way to the misfit, without the mark that pydantic sets where a table's key is what is wrong."""
    *way, last = detail["loc"]
    marked = bool(way) and last == "[key]" and detail["type"] != "extra_forbidden"
    return tuple(way) if marked else detail["loc"]


def _value_of(detail: ErrorDetails) -> str:
    if detail["type"] == "missing":
        return MISSING
    # A misspelt key is what is wrong, not what it holds.
    return clipped(str(detail["loc"][-1])) if detail["type"] == "extra_forbidden" else shown(detail["input"])


def _allowed(model: type[Table], steps: Sequence[Step], detail: ErrorDetails) -> str:
    if detail["type"] == "extra_forbidden":
        return _known_keys(_model_at(model, steps[:-1]), str(steps[-1]))
    if detail["type"] == "value_error":
        return str(detail["ctx"]["error"])
    if detail["type"] == "model_type":
        return "a table with " + ", ".join(_model_at(model, steps).model_fields)
    return _description(model, steps)


def _known_keys(model: type[BaseModel], key: str) -> str:
    known = ", ".join(model.model_fields)
    near = get_close_matches(key[:64], list(model.model_fields), n=1)
    return f"one of {known}" + (f"; did you mean {near[0]}?" if near else "")


def _model_at(model: type[BaseModel], steps: Sequence[Step]) -> type[BaseModel]:
    """The table's model that lies at the end of these steps."""
    for step in steps:
        field = model.model_fields.get(str(step))
        if field is not None:
            model = _table_in(field.annotation) or model
    return model


def _description(model: type[BaseModel], steps: Sequence[Step]) -> str:
    """The words of the deepest field on the way."""
    words = ""
    for step in steps:
        field = model.model_fields.get(step) if isinstance(step, str) else None
        if field is None:
            continue
        words = field.description or words
        inner = _table_in(field.annotation)
        if inner is None:
            return words
        model = inner
    return words


def _table_in(annotation: Any) -> type[BaseModel] | None:
    for candidate in (annotation, *get_args(annotation)):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate
    return None
