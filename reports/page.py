"""A report as one HTML page that needs nothing else: everything escaped, its style inside, no script, no request."""

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Layout:
    """A kind of page: its template, and its style together with what all reports share."""

    template: Template
    style: str

    def render(self, **values: object) -> str:
        """The page; every text among `values` is escaped unless it is Markup."""
        return self.template.render(style=self.style, policy=_policy(self.style), **values)


def layout(folder: Path, filters: Mapping[str, Callable[..., object]], names: Mapping[str, object]) -> Layout:
    """The page that `page.html` in `folder` describes: it extends `report.html`, and `page.css` adds to its style."""
    found = Environment(
        loader=FileSystemLoader([folder, _FOLDER]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters |= filters
    found.globals |= names
    style = "".join(place.read_text(encoding="utf-8") for place in (_FOLDER / "report.css", folder / "page.css"))
    return Layout(found.get_template("page.html"), style)


def write_whole(path: Path, content: str) -> None:
    """Write a file whole or not at all; its folder is made. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.part")
    try:
        draft.write_text(content, encoding="utf-8", errors="backslashreplace")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _policy(style: str) -> str:
    """Nothing but this very style: no script, no picture, no request, even if a message could bring a tag in."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
