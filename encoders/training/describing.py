"""Issue types from a file that people wrote: names, and what each is about."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from encoders.errors import DataFileError
from encoders.table import Unreadable, clip, read_rows
from encoders.training.described import TypeDescription, spoken

_KEYS = ("key", "issue_type", "category")
_ABOUT = ("description", "about")
_MOST_LETTERS = 2_000


def read_descriptions(path: Path) -> dict[str, TypeDescription]:
    """Issue type to its description, from a CSV or JSONL with `name` (and `key`, `description`), or a JSON file.

    The JSON is a list of names, a list of objects with the same fields, or an object from key to name or to such an
    object. Without a key the name is the key. Raises `DataFileError` naming the entry that cannot be used.
    """
    path = Path(path)
    entries = _from_json(path) if path.suffix.lower() == ".json" else _from_rows(path)
    found: dict[str, TypeDescription] = {}
    for place, key, description in entries:
        if key in found:
            raise DataFileError(path, f"{place}: issue type {clip(key)!r} is described twice")
        found[key] = description
    if len(found) < 2:
        raise DataFileError(path, f"describes {len(found)} issue types; at least two are needed")
    return found


def _from_rows(path: Path) -> Iterator[tuple[str, str, TypeDescription]]:
    for row in read_rows(path, "name"):
        if isinstance(row, Unreadable):
            raise DataFileError(path, f"line {row.line}: {row.reason}")
        yield _entry(path, f"line {row.line}", row.values)


def _from_json(path: Path) -> Iterator[tuple[str, str, TypeDescription]]:
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise DataFileError(path, "no such file") from None
    except IsADirectoryError:
        raise DataFileError(path, "is a folder, not a file") from None
    except (ValueError, RecursionError) as error:
        raise DataFileError(path, f"is not readable as JSON ({type(error).__name__})") from None
    if isinstance(content, Mapping):
        content = [{"key": key, **_fields(value)} for key, value in content.items()]
    if not isinstance(content, list):
        raise DataFileError(path, "is neither a list of issue types nor an object of them")
    for number, item in enumerate(content, start=1):
        yield _entry(path, f"entry {number}", _fields(item))


def _fields(item: Any) -> Mapping[str, Any]:
    return item if isinstance(item, dict) else {"name": item}


def _entry(path: Path, place: str, values: Mapping[str, Any]) -> tuple[str, str, TypeDescription]:
    name = values.get("name") or next((values[key] for key in _KEYS if values.get(key)), None)
    key = next((values[key] for key in _KEYS if values.get(key)), name)
    about = next((values[key] for key in _ABOUT if values.get(key)), "")
    if not isinstance(name, str) or not spoken(name):
        raise DataFileError(path, f"{place}: name is {clip(name)!r}; a text with a letter or a digit is needed")
    for field, value in (("name", name), ("key", key), ("description", about)):
        if not isinstance(value, str) or len(value) > _MOST_LETTERS or "\x00" in value:
            allowed = f"a text of at most {_MOST_LETTERS} characters is allowed"
            raise DataFileError(path, f"{place}: {field} is {clip(value)!r}; {allowed}")
    return place, str(key).strip(), TypeDescription(str(name).strip(), str(about))
