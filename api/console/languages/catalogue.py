"""Gettext catalogues: read from and written as `.po` text, and the languages that this folder has one for."""

import gettext
import io
import json
import re
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
_FIELD = re.compile(r'(msgctxt|msgid|msgid_plural|msgstr(?:\[\d+\])?)?\s*("(?:[^"\\]|\\.)*")')
OWN_NAME = ("this language's own name", "English")
_MAGIC = 0x950412DE


@dataclass(frozen=True, slots=True)
class Entry:
    """One sentence: English, with its plural where it has one, and the forms of a translation, which may be empty."""

    id: str
    plural: str = ""
    context: str = ""
    forms: tuple[str, ...] = ()
    places: tuple[str, ...] = field(default=(), compare=False)

    @property
    def key(self) -> tuple[str, str]:
        """What the sentence is found by."""
        return self.context, self.id


@dataclass(frozen=True, slots=True)
class Language:
    """One language; `words` answers with English where it has no sentence."""

    code: str
    words: gettext.NullTranslations

    @property
    def name(self) -> str:
        """What its speakers call it."""
        return self.words.pgettext(*OWN_NAME)


ENGLISH = Language("en", gettext.NullTranslations())


@cache
def languages() -> Mapping[str, Language]:
    """Every language the console speaks, by its code, English first; read once, from this folder."""
    files = sorted(FOLDER.glob("*.po"))
    return {"en": ENGLISH} | {file.stem: Language(file.stem, translations(read(file))) for file in files}


def translations(entries: Iterable[Entry]) -> gettext.GNUTranslations:
    """The standard library's own reader, given what a compiled catalogue would hold."""
    return gettext.GNUTranslations(io.BytesIO(_compiled(entries)))


def read(file: Path) -> list[Entry]:
    """The entries of a `.po` file, its header first."""
    return list(_entries(file.read_text(encoding="utf-8").splitlines()))


def _entries(lines: Iterable[str]) -> Iterator[Entry]:
    found: dict[str, str] = {}
    name = ""
    for line in lines:
        field_of = _FIELD.fullmatch(line.strip())
        if field_of is None:
            continue
        if field_of[1] in ("msgctxt", "msgid") and any(each.startswith("msgstr") for each in found):
            yield _entry(found)
            found = {}
        name = field_of[1] or name
        found[name] = found.get(name, "") + json.loads(field_of[2])
    if found:
        yield _entry(found)


def _entry(found: Mapping[str, str]) -> Entry:
    forms = tuple(text for name, text in found.items() if name.startswith("msgstr"))
    return Entry(found["msgid"], found.get("msgid_plural", ""), found.get("msgctxt", ""), forms)


def written(entries: Iterable[Entry]) -> str:
    """Entries as the text of a `.po` file."""
    return "\n".join(_block(entry) for entry in entries)


def _block(entry: Entry) -> str:
    lines = [f"#: {place}" for place in entry.places]
    if entry.context:
        lines.append(f"msgctxt {_quoted(entry.context)}")
    lines.append(f"msgid {_quoted(entry.id)}")
    if entry.plural:
        lines.append(f"msgid_plural {_quoted(entry.plural)}")
        lines += [f"msgstr[{place}] {_quoted(form)}" for place, form in enumerate(entry.forms or ("", ""))]
    else:
        lines.append(f"msgstr {_quoted(entry.forms[0] if entry.forms else '')}")
    return "".join(f"{line}\n" for line in lines)


def _quoted(text: str) -> str:
    if "\n" not in text:
        return json.dumps(text, ensure_ascii=False)
    return "\n".join(['""', *(json.dumps(line, ensure_ascii=False) for line in text.splitlines(keepends=True))])


def _compiled(entries: Iterable[Entry]) -> bytes:
    """The catalogue as GNU's binary format: a header of seven numbers, two tables of places, then the texts."""
    said = [entry for entry in entries if entry.forms and all(entry.forms)]
    pairs = sorted((_key(entry), "\0".join(entry.forms).encode()) for entry in said)
    tables = 7 * 4, 7 * 4 + 8 * len(pairs)
    at = 7 * 4 + 16 * len(pairs)
    places: list[int] = []
    for texts in ([key for key, _ in pairs], [value for _, value in pairs]):
        for each in texts:
            places += [len(each), at]
            at += len(each) + 1
    head = struct.pack(f"<7I{len(places)}I", _MAGIC, 0, len(pairs), *tables, 0, 0, *places)
    return head + _texts([key for key, _ in pairs]) + _texts([value for _, value in pairs])


def _texts(found: Sequence[bytes]) -> bytes:
    return b"".join(each + b"\0" for each in found)


def _key(entry: Entry) -> bytes:
    context = f"{entry.context}\4" if entry.context else ""
    plural = f"\0{entry.plural}" if entry.plural else ""
    return f"{context}{entry.id}{plural}".encode()
