"""Brings the catalogues up to date with the console's sentences: `python -m api.console.languages [CODE]`.

A code that has no catalogue yet gets an empty one.
"""

import sys
from collections.abc import Mapping, Sequence

from api.console.languages.catalogue import FOLDER, Entry, read, written
from api.console.languages.extraction import entries
from api.console.rendering import environment

HEADER = """Language: {code}
MIME-Version: 1.0
Content-Type: text/plain; charset=UTF-8
Content-Transfer-Encoding: 8bit
Plural-Forms: nplurals=2; plural=(n != 1);
"""


def main(codes: Sequence[str]) -> None:
    """Update every catalogue, and begin those asked for."""
    found = entries(environment())
    for code in sorted({*codes, *(file.stem for file in FOLDER.glob("*.po"))}):
        file = FOLDER / f"{code}.po"
        known = {entry.key: entry for entry in (read(file) if file.exists() else ())}
        updated = merged(found, known, code)
        file.write_text(written(updated), encoding="utf-8")
        missing = sum(not all(entry.forms) or not entry.forms for entry in updated)
        print(f"{code}: {len(updated) - 1} sentences, {missing} without a translation")


def merged(found: Sequence[Entry], known: Mapping[tuple[str, str], Entry], code: str) -> list[Entry]:
    """The header, then every sentence of the console with the translation it had; what no longer stands there goes."""
    header = known.get(("", ""), Entry("", forms=(HEADER.format(code=code),)))
    return [header, *(_with_forms(entry, known.get(entry.key)) for entry in found)]


def _with_forms(entry: Entry, known: Entry | None) -> Entry:
    forms = known.forms if known and known.plural == entry.plural else ()
    return Entry(entry.id, entry.plural, entry.context, forms, entry.places)


if __name__ == "__main__":
    main(sys.argv[1:])
