"""Writes the starter pack out for a team to edit."""

from pathlib import Path

from routing.adapters.pack.loading import STARTER_FOLDER
from routing.adapters.pack.reading import pack_files
from routing.adapters.pack.schema import json_schema_text

SCHEMA_NAME = "pack.schema.json"
README_NAME = "README.md"

_README = """\
# Your pack

The files Pointsman runs on. This is a copy of the starter pack, for an invented bank; make it yours:

- `taxonomy/*.toml`: one file a family. What customers' problems can be, how urgent each is, which skill it needs, and
  messages to learn from (`examples`) and to measure with (`held_out`, never learnt from), in customers' own words.
- `floor.toml`: your markets and your COps, with skills, languages, capacity and shifts. The names here are invented.
- `outside.toml`: messages that no issue type covers, so that Pointsman learns to say "this is something else".
- `pack.schema.json`: the format, for editors that complete and check TOML as you type (Taplo, Even Better TOML).

After each edit:

    pointsman check .

It lists everything that is wrong at once: the file, the place, the value, and what is allowed. To run Pointsman on this
pack, set `POINTSMAN_PACK` to this folder.
"""


class FolderInUse(Exception):
    """The folder holds something already, or is no folder."""


def write_starter(folder: Path) -> int:
    """Copy the starter pack into a new or empty folder. Returns the number of files; FolderInUse when it is neither."""
    if folder.exists() and not folder.is_dir():
        raise FolderInUse(f"{folder} is not a folder")
    if folder.is_dir() and any(folder.iterdir()):
        raise FolderInUse(f"{folder} is not empty")
    contents = _starter_files() | {SCHEMA_NAME: json_schema_text(), README_NAME: _README}
    for name, content in contents.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content, encoding="utf-8", newline="\n")
    return len(contents)


def _starter_files() -> dict[str, str]:
    """Relative name -> content, each headed by a comment that leads editors to the schema."""
    names = [path.relative_to(STARTER_FOLDER) for path, _ in pack_files(STARTER_FOLDER)]
    return {
        name.as_posix(): f"#:schema {'../' * (len(name.parts) - 1) or './'}{SCHEMA_NAME}\n\n"
        + (STARTER_FOLDER / name).read_text(encoding="utf-8")
        for name in names
    }
