"""The page that was written about a model, as it was registered with it."""

from routing.domain.errors import NotFound
from routing.domain.model import Model, StoredFile
from routing.ports import ModelFiles
from routing.services import models
from routing.services.context import Context

PAGE = "report.html"


def page_file(model: Model) -> StoredFile | None:
    """The report among a model's files, if it has one."""
    return next((file for file in model.reports if file.path.endswith(PAGE)), None)


def page(context: Context, files: ModelFiles, version: str) -> bytes:
    """The report of a model; NotFound when there is none, Unavailable when it is no longer what was registered."""
    file = page_file(models.found(context, version))
    if file is None:
        raise NotFound("report of model", version)
    return files.content(file)
