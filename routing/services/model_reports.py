"""What was written about a model, as it was registered with it: a page to read, and the same as figures."""

import json
from collections.abc import Mapping
from typing import Any

from routing.domain.errors import NotFound, Unavailable
from routing.domain.model import Model, StoredFile
from routing.ports import ModelFiles
from routing.services import models
from routing.services.context import Context

PAGE, FIGURES = "report.html", "report.json"


def page_file(model: Model) -> StoredFile | None:
    """The report among a model's files, if it has one."""
    return next((file for file in model.reports if file.path.endswith(PAGE)), None)


def page(context: Context, files: ModelFiles, version: str) -> bytes:
    """The report of a model; NotFound when there is none, Unavailable when it is no longer what was registered."""
    file = page_file(models.found(context, version))
    if file is None:
        raise NotFound("report of model", version)
    return files.content(file)


def figures(files: ModelFiles, model: Model) -> Mapping[str, Any] | None:
    """What was measured of a model; None where no report was written, Unavailable where it was changed since."""
    file = next((file for file in model.reports if file.path.endswith(FIGURES)), None)
    if file is None:
        return None
    try:
        found = json.loads(files.content(file))
    except ValueError as error:
        raise Unavailable(f"the report of model {model.id} is no JSON: {error}") from error
    return found if isinstance(found, dict) else None
